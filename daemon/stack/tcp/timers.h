#pragma once
/// \file
/// The deadlines of one connection: eight bytes each, nothing allocated, the earliest in constant
/// time.

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "daemon/stack/base/time.h"

namespace zsock::tcp {

enum class Timer : std::uint8_t {
  retransmit,    ///< RFC 6298 5
  reordering,    ///< RFC 8985 6.2 step 5
  tail_probe,    ///< RFC 8985 7.2
  persist,       ///< RFC 9293 3.8.6.1; also the sender's SWS override, 3.8.6.2.1
  delayed_ack,   ///< RFC 9293 3.8.6.3
  keepalive,     ///< RFC 9293 3.8.4
  user_timeout,  ///< RFC 9293 3.8.3
  fin_wait_2,    ///< orphans only
  cork,          ///< TCP_CORK lets go
};

class Timers {
 public:
  Timers() { stop_all(); }

  void start(Timer timer, Instant at) { slot(timer) = at; }
  void stop(Timer timer) { slot(timer) = kNever; }
  void stop_all() { at_.fill(kNever); }
  /// A running timer that is wanted runs on; a resting one starts; one without a deadline stops.
  void hold(Timer timer, std::optional<Instant> at) {
    if (!at) {
      stop(timer);
    } else if (!running(timer)) {
      start(timer, *at);
    }
  }
  /// Has it expired? Then it is stopped.
  [[nodiscard]] bool take(Timer timer, Instant now) {
    if (slot(timer) > now) return false;
    stop(timer);
    return true;
  }

  [[nodiscard]] bool running(Timer timer) const { return at(timer) != kNever; }
  /// Instant::max() while it rests.
  [[nodiscard]] Instant at(Timer timer) const { return at_[static_cast<std::size_t>(timer)]; }
  [[nodiscard]] std::optional<Instant> earliest() const {
    const Instant first = *std::min_element(at_.begin(), at_.end());
    return first == kNever ? std::nullopt : std::optional{first};
  }

 private:
  static constexpr Instant kNever = Instant::max();
  Instant& slot(Timer timer) { return at_[static_cast<std::size_t>(timer)]; }

  std::array<Instant, static_cast<std::size_t>(Timer::cork) + 1> at_{};
};

}  // namespace zsock::tcp
