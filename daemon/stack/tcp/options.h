#pragma once
/// \file
/// What an application has set on one TCP socket; a listener hands its values to the connections it
/// accepts.

#include <chrono>
#include <cstdint>
#include <optional>

#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/config.h"

namespace zsock::tcp {

/// As std::optional<Duration>, in half the room: every connection has some.
class OptionalTime {
 public:
  using value_type = Duration;

  constexpr OptionalTime() = default;
  template <class Rep, class Period>
  // NOLINTNEXTLINE(google-explicit-constructor): as std::optional
  constexpr OptionalTime(std::chrono::duration<Rep, Period> value) : value_(value) {}
  // NOLINTNEXTLINE(google-explicit-constructor): as std::optional
  constexpr OptionalTime(std::nullopt_t /*none*/) {}

  explicit constexpr operator bool() const { return value_ != kNone; }
  [[nodiscard]] constexpr Duration operator*() const { return value_; }
  [[nodiscard]] constexpr Duration value_or(Duration other) const { return *this ? value_ : other; }
  constexpr void reset() { value_ = kNone; }
  friend constexpr bool operator==(const OptionalTime&, const OptionalTime&) = default;

 private:
  static constexpr Duration kNone = Duration::min();
  Duration value_ = kNone;
};

struct SocketOptions {
  bool no_delay = false;    ///< TCP_NODELAY: Nagle off (RFC 9293 3.7.4)
  bool cork = false;        ///< TCP_CORK
  bool more = false;        ///< the last write had MSG_MORE: as cork, until the next
  bool keep_alive = false;  ///< SO_KEEPALIVE
  bool oob_inline = false;  ///< SO_OOBINLINE
  bool quick_ack = true;    ///< TCP_QUICKACK: the first segments are acknowledged at once
  /// TCP_DEFER_ACCEPT: so many SYN-ACK timeouts a listener waits for the first text; 0: not at all.
  std::uint8_t defer_accept = 0;
  OptionalTime keepalive_idle{};
  OptionalTime keepalive_interval{};
  std::optional<std::uint32_t> keepalive_probes{};
  OptionalTime user_timeout{};  ///< TCP_USER_TIMEOUT; RFC 9293 3.8.3
  std::optional<std::uint32_t> syn_retries{};
  std::optional<std::uint16_t> max_segment{};     ///< TCP_MAXSEG
  OptionalTime fin_wait_2{};                      ///< TCP_LINGER2; negative: none at all
  std::optional<CongestionControl> congestion{};  ///< TCP_CONGESTION
  OptionalTime linger{};                          ///< SO_LINGER when on; zero: close aborts
};

}  // namespace zsock::tcp
