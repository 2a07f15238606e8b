#pragma once
/// \file
/// The values that cross the border of the network layer.

#include <cstdint>
#include <variant>

#include "daemon/stack/base/errors.h"
#include "daemon/stack/base/frame.h"
#include "daemon/stack/base/ids.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::net {

/// A datagram for a transport of ours, or an ICMP echo reply, which has passed its checks. Views
/// are borrowed until the next call into the layer.
struct Datagram {
  wire::IpAddress source{};
  wire::IpAddress destination{};
  InterfaceId interface {};
  std::uint8_t protocol = 0;
  std::uint8_t hop_limit = 0;
  std::uint8_t traffic_class = 0;
  bool to_group = false;           ///< multicast or broadcast, at either layer
  bool checksum_verified = false;  ///< by the device
  bool reassembled = false;        ///< from fragments
  std::uint16_t segment_size = 0;  ///< as RxFrame::segment_size
  ByteView payload{};              ///< the transport's header and data
  ByteView packet{};               ///< the IP packet, for the ICMP errors it may cause
};

/// What an ICMP error says about a packet of ours. Checked here: checksum, embedded header,
/// embedded source is ours. Not checked here: that the transport really sent it (ports, sequence
/// number).
struct TransportError {
  wire::IpAddress local{};     ///< source of the embedded packet
  wire::IpAddress remote{};    ///< destination of the embedded packet
  wire::IpAddress reporter{};  ///< who sent the ICMP message
  InterfaceId interface {};    ///< where it came in
  std::uint8_t protocol = 0;
  SockError error =
      SockError::none;    ///< conformance table 2.6; none: too big, nothing but a new MTU
  bool hard = false;      ///< reported to connected UDP sockets even without IP_RECVERR
  std::uint16_t mtu = 0;  ///< too big: the path MTU it claims (Ip::learn_path_mtu), else 0
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  std::uint32_t icmp_info = 0;  ///< the MTU or the pointer that it tells, as it tells it
  ByteView transport{};         ///< at least the first 8 octets of the embedded transport header
};

using Input = std::variant<std::monostate, Datagram, TransportError>;

/// Where a packet goes: the outcome of routing and source address choice.
struct Path {
  InterfaceId interface {};  ///< kLoopbackInterface for our own addresses
  wire::IpAddress source{};
  wire::IpAddress next_hop{};  ///< destination itself when on link
  std::uint16_t mtu = 0;       ///< octets of an IP packet: interface MTU or less (path MTU)
  bool is_broadcast = false;
  bool is_multicast = false;
};

/// Per-packet choices of the sender.
struct SendOptions {
  std::uint8_t hop_limit = 0;  ///< 0: the default
  std::uint8_t traffic_class = 0;
  std::uint32_t flow_label = 0;  ///< IPv6
};

/// A datagram of ours: where it goes, and its transport part in pieces, one after the other.
struct Outbound {
  enum class Fragmentation : std::uint8_t {
    allowed,    ///< by anybody
    at_source,  ///< by us; a packet that fits the path asks to be told if it does not (DF)
    forbidden,
  };

  Path path{};
  wire::IpAddress destination{};
  std::uint8_t protocol = 0;
  /// Header, then data. The checksum is complete; of datagrams to be cut, the pseudo-header's sum.
  std::span<const ByteView> parts{};
  std::uint16_t segment_size = 0;  ///< UDP: one datagram for so many octets of data each; 0: one
  SendOptions options{};
  Fragmentation fragmentation = Fragmentation::allowed;
  bool ignores_path_mtu = false;  ///< only the link limits its size
};

struct InterfaceConfig {
  wire::MacAddr mac{};
  std::uint16_t mtu = 1500;  ///< octets of an IP packet; below 1280 IPv6 is off
  std::uint32_t max_segmentation =
      0;  ///< largest TCP payload the device takes in one frame; 0: no offload wish
  bool datagram_segmentation = false;  ///< it takes several datagrams in one frame
  bool autoconfiguration = false;      ///< ask for routers and believe them (RFC 4861, RFC 4862)
};

/// The resolution of a next hop came to an end.
struct NeighborEvent {
  InterfaceId interface {};
  wire::IpAddress next_hop{};
  bool reachable = false;
};

/// What an ICMP error of ours reports.
enum class Refusal : std::uint8_t { port_unreachable, protocol_unreachable };

/// Is an IPv4 address probed for before it is used (RFC 5227 2.1)?
enum class Probing : std::uint8_t { none, wanted };

}  // namespace zsock::net
