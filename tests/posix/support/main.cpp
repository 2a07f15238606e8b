/// \file
/// Runs the cases of one topic (--gtest_filter) on a stage of their own.

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <exception>

#include "tests/posix/support/stage.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (GTEST_FLAG_GET(list_tests)) return RUN_ALL_TESTS();
  ::signal(SIGPIPE, SIG_IGN);
  try {
    zsock::posix::Stage stage;
    const int failed = RUN_ALL_TESTS();
    const bool ended_well = stage.finish();
    if (!ended_well) std::fprintf(stderr, "zsockd did not end well\n");
    // A filter that fits nothing must not pass for a test.
    const bool ran = ::testing::UnitTest::GetInstance()->test_to_run_count() > 0;
    return failed != 0 || !ended_well || !ran ? 1 : 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "no stage: %s\n", error.what());
    return 1;
  }
}
