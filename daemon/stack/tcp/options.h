#pragma once
/// \file
/// What an application has set on one TCP socket; a listener hands its values to the connections it
/// accepts.

#include <cstdint>
#include <optional>

#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/config.h"

namespace zsock::tcp {

struct SocketOptions {
  bool no_delay = false;    ///< TCP_NODELAY: Nagle off (RFC 9293 3.7.4)
  bool cork = false;        ///< TCP_CORK
  bool more = false;        ///< the last write had MSG_MORE: as cork, until the next
  bool keep_alive = false;  ///< SO_KEEPALIVE
  bool oob_inline = false;  ///< SO_OOBINLINE
  bool quick_ack = true;    ///< TCP_QUICKACK: the first segments are acknowledged at once
  /// TCP_DEFER_ACCEPT: so many SYN-ACK timeouts a listener waits for the first text; 0: not at all.
  std::uint8_t defer_accept = 0;
  std::optional<Duration> keepalive_idle{};
  std::optional<Duration> keepalive_interval{};
  std::optional<std::uint32_t> keepalive_probes{};
  std::optional<Duration> user_timeout{};  ///< TCP_USER_TIMEOUT; RFC 9293 3.8.3
  std::optional<std::uint32_t> syn_retries{};
  std::optional<std::uint16_t> max_segment{};     ///< TCP_MAXSEG
  std::optional<Duration> fin_wait_2{};           ///< TCP_LINGER2; negative: none at all
  std::optional<CongestionControl> congestion{};  ///< TCP_CONGESTION
  std::optional<Duration> linger{};               ///< SO_LINGER when on; zero: close aborts
};

}  // namespace zsock::tcp
