#pragma once
/// \file
/// What an application has set on one TCP socket; a listener hands its values to the connections it
/// accepts.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/config.h"

namespace zsock::tcp {

/// As std::optional<Duration>, in a quarter of the room, to the millisecond and for up to 24 days:
/// every connection has some.
class OptionalTime {
 public:
  using value_type = Duration;

  constexpr OptionalTime() = default;
  template <class Rep, class Period>
  // NOLINTNEXTLINE(google-explicit-constructor): as std::optional
  constexpr OptionalTime(std::chrono::duration<Rep, Period> value)
      : milliseconds_(static_cast<std::int32_t>(
            std::clamp<std::int64_t>(std::chrono::floor<std::chrono::milliseconds>(value).count(),
                                     kNone + 1, std::numeric_limits<std::int32_t>::max()))) {}
  // NOLINTNEXTLINE(google-explicit-constructor): as std::optional
  constexpr OptionalTime(std::nullopt_t /*none*/) {}

  explicit constexpr operator bool() const { return milliseconds_ != kNone; }
  [[nodiscard]] constexpr Duration operator*() const {
    return std::chrono::milliseconds{milliseconds_};
  }
  [[nodiscard]] constexpr Duration value_or(Duration other) const { return *this ? **this : other; }
  constexpr void reset() { milliseconds_ = kNone; }
  friend constexpr bool operator==(const OptionalTime&, const OptionalTime&) = default;

 private:
  static constexpr std::int32_t kNone = std::numeric_limits<std::int32_t>::min();
  std::int32_t milliseconds_ = kNone;
};

struct SocketOptions {
  std::uint64_t pacing_limit = ~std::uint64_t{0};  ///< SO_MAX_PACING_RATE, as Pacer::set_limit
  bool no_delay = false;                           ///< TCP_NODELAY: Nagle off (RFC 9293 3.7.4)
  bool cork = false;                               ///< TCP_CORK
  bool more = false;        ///< the last write had MSG_MORE: as cork, until the next
  bool keep_alive = false;  ///< SO_KEEPALIVE
  bool oob_inline = false;  ///< SO_OOBINLINE
  bool quick_ack = true;    ///< TCP_QUICKACK: the first segments are acknowledged at once
  /// TCP_DEFER_ACCEPT: so many SYN-ACK timeouts a listener waits for the first text; 0: not at all.
  std::uint8_t defer_accept = 0;
  bool fast_open_connect = false;  ///< TCP_FASTOPEN_CONNECT: connect() waits for the first text
  /// TCP_FASTOPEN: children of a listener that text may reach before the handshake is over; 0: off.
  std::uint16_t fast_open_queue = 0;
  std::optional<CongestionControl> congestion{};  ///< TCP_CONGESTION
  OptionalTime keepalive_idle{};
  OptionalTime keepalive_interval{};
  std::optional<std::uint32_t> keepalive_probes{};
  OptionalTime user_timeout{};  ///< TCP_USER_TIMEOUT; RFC 9293 3.8.3
  std::optional<std::uint32_t> syn_retries{};
  std::optional<std::uint16_t> max_segment{};  ///< TCP_MAXSEG
  OptionalTime fin_wait_2{};                   ///< TCP_LINGER2; negative: none at all
  OptionalTime linger{};                       ///< SO_LINGER when on; zero: close aborts
  std::uint32_t unsent_limit = 0;              ///< TCP_NOTSENT_LOWAT, octets; 0: none
};

}  // namespace zsock::tcp
