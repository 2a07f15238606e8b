#pragma once
/// \file
/// The network layer as its user, the facade, sees it: frames in, datagrams for local transports
/// out; datagrams of local transports in, frames out. Owns interfaces, addresses, routes,
/// neighbours, fragments and ICMP. RFC 1122, RFC 8200, RFC 4861, RFC 4862.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "daemon/stack/base/counters.h"
#include "daemon/stack/base/errors.h"
#include "daemon/stack/base/frame.h"
#include "daemon/stack/base/ids.h"
#include "daemon/stack/base/result.h"
#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/net/config.h"
#include "daemon/stack/net/types.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::net {

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
  /// ARP, at once or when they have been probed for. Errors: address_in_use, invalid (unusable as a
  /// unicast address, no such interface).
  Status<SockError> add_address(InterfaceId interface, const wire::Cidr& address, Instant now,
                                Probing probing = Probing::none);
  /// Adds a route through `gateway`, which must be on link. Errors: network_unreachable,
  /// no_buffers.
  Status<SockError> add_route(const wire::Cidr& destination, const wire::IpAddress& gateway);
  /// Takes an IPv4 address, or a route through a gateway, away again; what is not there is left
  /// alone.
  void remove_address(InterfaceId interface, const wire::Cidr& address);
  void remove_route(InterfaceId interface, const wire::Cidr& destination,
                    const wire::IpAddress& gateway);
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
  /// DNS servers that routers have told of (RFC 8106).
  [[nodiscard]] std::vector<wire::IpAddress> name_servers() const;
  [[nodiscard]] bool is_local(const wire::IpAddress& address) const;
  /// Somebody else has this address of ours.
  [[nodiscard]] bool is_duplicate(const wire::IpAddress& address) const;
  /// Limited broadcast, or directed broadcast of one of our prefixes.
  [[nodiscard]] bool is_broadcast(const wire::IpAddress& address) const;
  [[nodiscard]] const InterfaceConfig* interface(InterfaceId id) const;

  /// Joins or leaves a multicast group on an interface; memberships are counted. Errors: invalid,
  /// no_device, no_buffers.
  Status<SockError> join(InterfaceId interface, const wire::IpAddress& group, Instant now);
  Status<SockError> leave(InterfaceId interface, const wire::IpAddress& group, Instant now);
  [[nodiscard]] bool is_member(InterfaceId interface, const wire::IpAddress& group) const;

  // --- Input -------------------------------------------------------------------------------------
  /// Takes one frame. Answers ARP, ND and echo by itself. On the loopback interface the bytes are
  /// an IP packet without a link header.
  Input receive(InterfaceId in, const RxFrame& frame, Instant now);
  /// Answers `datagram` with an ICMP error, as far as RFC 1122 3.2.2, RFC 4443 2.4 and the rate
  /// limits allow.
  void refuse(const Datagram& datagram, Refusal why, Instant now);

  /// The transport has made sure that it sent the packet a "too big" error quotes: its MTU takes
  /// effect for `error.remote`. Not before, so that a stranger's forgery lowers nothing
  /// (RFC 5927 7). Does nothing for other errors.
  void learn_path_mtu(const TransportError& error, Instant now);

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
  /// to `frame.header` and returns where the transport header starts; the caller appends it, sets
  /// header_size and the offload facts. IPv4 length and checksum are those of the whole, also when
  /// it is to be segmented. `packet.parts` is not looked at. REQUIRES: ready(packet.path), or the
  /// loopback or a group path; fragmentation forbidden (DF set).
  std::size_t begin_frame(TxFrame& frame, const Outbound& packet, std::size_t transport_size,
                          Instant now);

  /// Sends a datagram: copies, fragments, resolves, queues. Errors: message_too_long, no_buffers
  /// (queue full: try again after the queue has drained).
  Status<SockError> send(const Outbound& packet, Instant now);

  /// Hands out the next queued packet of an interface as a frame, loopback included. The payload
  /// spans stay valid until the next call into the layer.
  bool poll_transmit(InterfaceId out, TxFrame& frame, Instant now);
  /// Is there a packet to hand out?
  [[nodiscard]] bool has_output(InterfaceId out) const;
  /// True when the output queue of the interface takes no more.
  [[nodiscard]] bool output_full(InterfaceId out) const;

  // --- Time and events ---------------------------------------------------------------------------
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);
  std::optional<NeighborEvent> poll_event();
  /// A packet of ours whose next hop has not answered, as this host's own ICMP error would tell it
  /// (RFC 1122 3.3.1.1, RFC 4861 7.2.2). Valid until the next call.
  std::optional<TransportError> poll_undelivered();

  void check_invariants() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zsock::net
