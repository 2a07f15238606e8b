#pragma once
/// \file
/// What the shim's functions share: whose a descriptor is, and the trace.

#include <sys/types.h>
#include <string_view>

#include "libzsock/descriptors.h"
#include "zsock/zsock.h"

namespace zsock::shim {

/// Names of the environment. zsock-run sets them; so may anybody.
inline constexpr const char* kSocketVariable = "ZSOCKD_SOCKET";     ///< zsockd's control socket
inline constexpr const char* kTraceVariable = "ZSOCK_TRACE";        ///< 1: a line per call
inline constexpr const char* kDebugVariable = "ZSOCK_DEBUG";        ///< 1: a line per decision
inline constexpr const char* kOnlyVariable = "ZSOCK_ONLY";          ///< rules, see policy.h
inline constexpr const char* kExceptVariable = "ZSOCK_EXCEPT";      ///< rules, see policy.h
inline constexpr const char* kFallbackVariable = "ZSOCK_FALLBACK";  ///< "kernel"

/// The program's environment as it was at the start.
class Environment {
 public:
  explicit Environment(char* const* variables) : variables_(variables) {}
  /// Empty: not there.
  [[nodiscard]] std::string_view value(std::string_view name) const {
    for (char* const* each = variables_; *each != nullptr; ++each) {
      const std::string_view text(*each);
      if (text.starts_with(name) && text.substr(name.size()).starts_with('=')) {
        return text.substr(name.size() + 1);
      }
    }
    return {};
  }
  [[nodiscard]] bool is_on(std::string_view name) const {
    return !value(name).empty() && value(name) != "0";
  }

 private:
  char* const* variables_;
};

/// True: fd is a zsock socket, so the call is ours. No lock, no system call.
inline bool ours(int fd) {
  return lib::is_known(fd);
}

extern bool tracing;
extern bool debugging;

/// Writes a line to standard error, as one write.
[[gnu::format(printf, 1, 2)]] void say(const char* format, ...);

/// With ZSOCK_DEBUG set, tells that getsockopt() or setsockopt() has failed (errno), once per
/// option.
void note_refusal(const char* call, int level, int name);

void trace_line(const char* call, int fd, long result);

/// Hands the result through; with ZSOCK_TRACE set, tells of it.
template <class T>
T traced(const char* call, int fd, T result) {
  if (tracing) trace_line(call, fd, static_cast<long>(result));
  return result;
}

}  // namespace zsock::shim
