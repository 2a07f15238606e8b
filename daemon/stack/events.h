#pragma once
/// \file
/// What the stack tells its host about sockets, and the options the host may set on them.

#include <cstdint>
#include <optional>

#include "daemon/stack/base/errors.h"
#include "daemon/stack/base/ids.h"
#include "daemon/stack/tcp/connection.h"
#include "daemon/stack/tcp/options.h"
#include "daemon/stack/wire/addr.h"

namespace zsock {

enum class SocketKind : std::uint8_t {
  tcp,
  udp,
  ping,  ///< datagrams are ICMP echo requests and replies; the port is the identifier
};

/// Something about a socket has changed: its status() is worth another look. At most one event per
/// socket is queued.
struct SocketEvent {
  SocketId socket{};
  Owner owner = 0;
  bool acceptable =
      false;               ///< a listener has a connection to accept, or its spare rings were taken
  bool released = false;   ///< the socket is gone: id and rings are the host's again
  bool violation = false;  ///< the application's rings contradict themselves: end the client
};

/// Everything about a socket that its application can see; a pure function of the socket's state.
struct SocketStatus {
  SocketKind kind = SocketKind::tcp;
  bool listening = false;
  bool connecting = false;
  bool waits_for_text = false;        ///< connecting: the SYN goes with the first octets written
  bool connected = false;             ///< sending and receiving are possible, or were until shut
  bool receive_closed = false;        ///< no more data will come: FIN, shutdown, reset
  bool transmit_closed = false;       ///< nothing more may be written
  bool failed = false;                ///< reset, refused, timed out
  SockError error = SockError::none;  ///< pending; cleared by take_error()
  bool soft_error = false;            ///< SO_ERROR has something to tell that ends nothing
  bool queued_error = false;          ///< take_queued_error() has something to tell
  std::uint64_t receive_tail = 0;     ///< readable up to here
  std::uint64_t transmit_head = 0;    ///< free up to here + capacity
  std::uint64_t notify_position = 0;  ///< reading past this is worth a doorbell
  std::optional<std::uint64_t> urgent_mark{};
  bool fin_acknowledged = false;  ///< all written and our FIN acknowledged
  /// Octets that a ring should have (Stack::grow_ring); 0: it is large enough.
  std::size_t receive_wanted = 0;
  std::size_t transmit_wanted = 0;
  std::uint32_t unsent_limit = 0;   ///< TCP_NOTSENT_LOWAT; 0: none, and the next is 0, too
  std::uint64_t transmit_next = 0;  ///< sent up to here
};

/// What a socket does about path MTUs; the numbers are Linux's (ip(7)).
enum class MtuDiscovery : std::uint8_t {
  off = 0,        ///< fragments, and lets routers do it
  wanted = 1,     ///< packets that fit must not be fragmented on the way; others are, here
  required = 2,   ///< what does not fit is refused
  probing = 3,    ///< as required, but only the link's MTU counts
  interface = 4,  ///< only the link's MTU counts; routers may fragment
  omitted = 5,    ///< as interface, but what does not fit is fragmented here
};

/// Options that live in the stack. Values are integers; durations in microseconds.
enum class Option : std::uint8_t {
  reuse_address,
  reuse_port,
  broadcast,
  v6_only,
  hop_limit,  ///< IP_TTL, IPV6_UNICAST_HOPS; -1: default
  multicast_hop_limit,
  multicast_loop,
  multicast_all,           ///< IP_MULTICAST_ALL
  multicast_all_v6,        ///< IPV6_MULTICAST_ALL
  multicast_interface,     ///< IP_MULTICAST_IF, as an index; 0: by route
  multicast_interface_v6,  ///< IPV6_MULTICAST_IF; 0: by route
  traffic_class,           ///< IP_TOS, IPV6_TCLASS
  receive_error,           ///< IP_RECVERR
  receive_error_v6,        ///< IPV6_RECVERR
  mtu_discovery,           ///< IP_MTU_DISCOVER, a MtuDiscovery
  mtu_discovery_v6,        ///< IPV6_MTU_DISCOVER, a MtuDiscovery
  dont_fragment_v6,        ///< IPV6_DONTFRAG
  keep_alive,
  keepalive_idle,
  keepalive_interval,
  keepalive_probes,
  no_delay,
  cork,
  more,  ///< MSG_MORE of the last write
  oob_inline,
  linger,  ///< -1: off
  user_timeout,
  syn_retries,
  max_segment,
  fin_wait_2,
  congestion,  ///< a tcp::CongestionControl
  quick_ack,
  defer_accept,       ///< rounded up to the time of a SYN-ACK retransmission
  fast_open_queue,    ///< TCP_FASTOPEN
  fast_open_connect,  ///< TCP_FASTOPEN_CONNECT
  pacing_limit,       ///< SO_MAX_PACING_RATE: octets per second, 64 bits; all ones: none
  unsent_limit,       ///< TCP_NOTSENT_LOWAT: 32 bits, signed or not; 0: none
};

}  // namespace zsock
