#pragma once
/// \file
/// The network layer as its user, the facade, sees it: frames in, datagrams for local transports
/// out; datagrams of local transports in, frames out. Owns interfaces, addresses, routes,
/// neighbours, fragments and ICMP. RFC 1122, RFC 8200, RFC 4861, RFC 4862.

#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "daemon/stack/base/counters.h"
#include "daemon/stack/base/errors.h"
#include "daemon/stack/base/frame.h"
#include "daemon/stack/base/ids.h"
#include "daemon/stack/base/result.h"
#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/net/config.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::net {

/// A datagram for a transport of ours. Views are borrowed until the next call into the layer.
struct Datagram {
  wire::IpAddress source{};
  wire::IpAddress destination{};
  InterfaceId interface {};
  std::uint8_t protocol = 0;
  std::uint8_t hop_limit = 0;
  std::uint8_t traffic_class = 0;
  bool to_group = false;           ///< multicast or broadcast, at either layer
  bool checksum_verified = false;  ///< by the device
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
  std::uint8_t protocol = 0;
  SockError error =
      SockError::none;    ///< conformance table 2.6; none: too big, nothing but a new MTU
  bool hard = false;      ///< reported to connected UDP sockets even without IP_RECVERR
  std::uint16_t mtu = 0;  ///< too big: the path MTU now in force, else 0
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  ByteView transport{};  ///< at least the first 8 octets of the embedded transport header
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

struct InterfaceConfig {
  wire::MacAddr mac{};
  std::uint16_t mtu = 1500;  ///< octets of an IP packet; below 1280 IPv6 is off
  std::uint32_t max_segmentation =
      0;  ///< largest TCP payload the device takes in one frame; 0: no offload wish
};

/// The resolution of a next hop came to an end.
struct NeighborEvent {
  InterfaceId interface {};
  wire::IpAddress next_hop{};
  bool reachable = false;
};

/// What an ICMP error of ours reports.
enum class Refusal : std::uint8_t { port_unreachable, protocol_unreachable };

class Ip {
 public:
  /// \param rng, counters  outlive the layer
  Ip(const Config& config, Rng& rng, Counters& counters);
  ~Ip();
  Ip(const Ip&) = delete;
  Ip& operator=(const Ip&) = delete;

  // --- Interfaces, addresses, routes -------------------------------------------------------------
  /// Interface 0, the loopback with 127.0.0.1/8 and ::1, exists from the start. A new interface
  /// gets its link-local IPv6 address (DAD runs first).
  InterfaceId add_interface(const InterfaceConfig& config, Instant now);
  /// Adds an own address; IPv6 ones pass DAD (RFC 4862 5.4), IPv4 ones are announced by gratuitous
  /// ARP. Errors: address_in_use, invalid (unusable as a unicast address, no such interface).
  Status<SockError> add_address(InterfaceId interface, const wire::Cidr& address, Instant now);
  /// Adds a route through `gateway`, which must be on link. Errors: network_unreachable,
  /// no_buffers.
  Status<SockError> add_route(const wire::Cidr& destination, const wire::IpAddress& gateway);
  /// Changes the MTU at run time. Errors: invalid (not 68..65535).
  Status<SockError> set_mtu(InterfaceId interface, std::uint16_t mtu);

  struct AddressInfo {
    InterfaceId interface {};
    wire::Cidr address{};
    bool tentative = false;  ///< DAD not done
    bool duplicate = false;  ///< DAD failed; never used
  };
  [[nodiscard]] std::vector<AddressInfo> addresses() const;
  /// An address of ours that may be bound and used as source (tentative ones may not).
  [[nodiscard]] bool is_local(const wire::IpAddress& address) const;
  /// Limited broadcast, or directed broadcast of one of our prefixes.
  [[nodiscard]] bool is_broadcast(const wire::IpAddress& address) const;
  [[nodiscard]] const InterfaceConfig* interface(InterfaceId id) const;

  /// Joins or leaves a multicast group on an interface; memberships are counted. Errors: invalid,
  /// no_device, no_buffers.
  Status<SockError> join(InterfaceId interface, const wire::IpAddress& group, Instant now);
  Status<SockError> leave(InterfaceId interface, const wire::IpAddress& group, Instant now);

  // --- Input -------------------------------------------------------------------------------------
  /// Takes one frame. Answers ARP, ND and echo by itself. On the loopback interface the bytes are
  /// an IP packet without a link header.
  Input receive(InterfaceId in, const RxFrame& frame, Instant now);
  /// Answers `datagram` with an ICMP error, as far as RFC 1122 3.2.2, RFC 4443 2.4 and the rate
  /// limits allow.
  void refuse(const Datagram& datagram, Refusal why, Instant now);

  // --- Output ------------------------------------------------------------------------------------
  /// Routes to `destination`. \param source  unspecified: chosen (RFC 1122 3.3.4, RFC 6724)
  /// \param scope  interface of a link-local destination, else 0
  /// Errors: network_unreachable (no route), address_not_available (source not ours), invalid
  /// (link-local without scope where more than one interface could be meant), network_down.
  Result<Path, SockError> route(const wire::IpAddress& destination, const wire::IpAddress& source,
                                std::uint32_t scope) const;
  /// The path MTU to `destination` over `path`'s interface.
  [[nodiscard]] std::uint16_t path_mtu(const Path& path, const wire::IpAddress& destination,
                                       Instant now) const;

  /// Is the next hop's link address known? Starts resolution when not; its end is told by
  /// poll_event.
  [[nodiscard]] bool ready(const Path& path, Instant now);
  /// The upper layer has seen forward progress with this next hop (RFC 4861 7.3.1).
  void confirm_reachable(const Path& path, Instant now);

  /// Writes link header and IP header of a packet whose transport part is `transport_size` octets
  /// (never fragmented, DF set) to `frame.header` and returns where the transport header starts;
  /// the caller appends it, sets header_size and the offload facts. IPv4 length and checksum are
  /// those of the whole, also when it is to be segmented. REQUIRES: ready(path), or the loopback or
  /// a group path.
  std::size_t begin_frame(TxFrame& frame, const Path& path, const wire::IpAddress& destination,
                          std::uint8_t protocol, std::size_t transport_size,
                          const SendOptions& options, Instant now);

  /// Sends a datagram whose transport part (header with complete checksum, then data) is `parts`
  /// one after the other; copies, fragments (never when dont_fragment), resolves, queues. Errors:
  /// message_too_long, no_buffers (queue full: try again after the queue has drained).
  Status<SockError> send(const Path& path, const wire::IpAddress& destination,
                         std::uint8_t protocol, std::span<const ByteView> parts,
                         const SendOptions& options, bool dont_fragment, Instant now);

  /// Hands out the next queued packet of an interface as a frame, loopback included. The payload
  /// spans stay valid until the next call into the layer.
  bool poll_transmit(InterfaceId out, TxFrame& frame, Instant now);
  /// True when the output queue of the interface takes no more.
  [[nodiscard]] bool output_full(InterfaceId out) const;

  // --- Time and events ---------------------------------------------------------------------------
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);
  std::optional<NeighborEvent> poll_event();

  void check_invariants() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zsock::net
