#include "daemon/stack/base/check.h"

#include <cstdlib>

namespace zsock {

void check_failed(const char* expression, const char* file, int line) {
  // Kept where a debugger or a core file shows it; the core has no log and no output of its own.
  static const char* volatile failed_expression;
  static const char* volatile failed_file;
  static volatile int failed_line;
  failed_expression = expression;
  failed_file = file;
  failed_line = line;
  std::abort();
}

}  // namespace zsock
