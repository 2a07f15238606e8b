#pragma once
/// \file
/// Where zsockd differs from Linux, as far as the cases notice: the one list of it. What is meant
/// to stay stands in docs/compat.md.

#include <poll.h>

#include "tests/posix/support/stage.h"

namespace zsock::posix {

enum class Deviation {
  syn_retries,  ///< TCP_SYNCNT is 7: RFC 9293 3.8.3 wants three minutes (docs/tcp.md)
};

/// For the case that shows it: is it there now?
inline bool deviates(Deviation /*what*/) {
  return is_zsockd();
}

/// What poll() shows of a state: on Linux and with zs_poll(), and under the shim, where poll() of
/// streams is the kernel's.
struct State {
  const char* linux_shows;
  const char* shim_shows;
};
inline constexpr State kUnconnected{"OUT|HUP", "OUT"};
inline constexpr State kFailed{"IN|OUT|ERR|HUP|RDHUP",
                               "IN|OUT"};                  ///< before there was a connection
inline constexpr State kGivenUp{"OUT|ERR|HUP", "IN|OUT"};  ///< an attempt, by shutdown()
inline constexpr State kDissolved{"OUT|ERR|HUP", "OUT"};   ///< by connect() with AF_UNSPEC
inline constexpr State kError{"OUT|ERR", "OUT|ERR"};  ///< of datagrams: pending, or in the queue
inline constexpr State kStreamError{"OUT|ERR", "IN|OUT"};  ///< likewise
inline constexpr State kToldBySend{"OUT", "IN|OUT"};       ///< of streams: until something reads
inline constexpr State kErrorAndData{"IN|OUT|ERR", "IN|OUT|ERR"};
inline constexpr State kErrorTold{"IN|OUT|HUP|RDHUP", "IN|OUT|ERR|HUP|RDHUP"};  ///< a reset
inline constexpr State kFailureTold{"IN|OUT|HUP|RDHUP", "IN|OUT"};
inline constexpr State kUrgent{"IN|PRI|OUT", "IN|OUT"};
/// An urgent octet by itself.
inline short urgent_event() {
  return is_shim() ? POLLIN : POLLPRI;
}

inline const char* shown(const State& state) {
  return is_shim() ? state.shim_shows : state.linux_shows;
}

}  // namespace zsock::posix
