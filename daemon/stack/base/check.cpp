#include "daemon/stack/base/check.h"

#include <cstdlib>

namespace zsock {

void check_failed(const char* expression, const char* file, int line) {
  // Kept where a debugger or a core file shows it; the core has no log and no output of its own.
  [[maybe_unused]] static const char* volatile failed_expression;
  [[maybe_unused]] static const char* volatile failed_file;
  [[maybe_unused]] static volatile int failed_line;
  failed_expression = expression;
  failed_file = file;
  failed_line = line;
  std::abort();
}

}  // namespace zsock
