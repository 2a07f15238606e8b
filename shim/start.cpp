/// \file
/// What happens before main.

#include <string_view>

#include "shim/next.h"
#include "shim/policy.h"
#include "shim/shim.h"

namespace zsock::shim {
namespace {

/// We are first (-z initfirst), before the C library has an environment; the dynamic linker hands
/// it to us.
[[gnu::constructor]] void start(int, char**, char** variables) {
  resolve_next();
  const Environment environment(variables);
  tracing = environment.is_on(kTraceVariable);
  debugging = tracing || environment.is_on(kDebugVariable);
  read_policy(environment);
  // The library's one object exists before there are threads.
  static_cast<void>(lib::is_own(-1));
}

}  // namespace
}  // namespace zsock::shim
