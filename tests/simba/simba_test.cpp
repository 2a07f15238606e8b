#include <gtest/gtest.h>

#include "tests/simba/cases.h"

void note_failure(const char* file, int line, const char* text) {
  ADD_FAILURE_AT(file, line) << text;
}

#define RUN_CASE(suite, name) \
  TEST(suite, name) {         \
    name();                   \
  }
SIMBA_CASES(RUN_CASE)
