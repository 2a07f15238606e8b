#pragma once
/// \file
/// The way in: checks of frame and IP header, reassembly, and the decision whom a packet is for
/// (RFC 1122 3.2.1, RFC 8200 3 and 4). Nothing is forwarded.

#include "daemon/stack/net/arp.h"
#include "daemon/stack/net/icmp.h"
#include "daemon/stack/net/igmp.h"
#include "daemon/stack/net/reassembly.h"

namespace zsock::net {

class Ingress {
 public:
  Ingress(Core& core, Arp& arp, Icmp& icmp, Igmp& igmp);

  Input receive(InterfaceId in, const RxFrame& frame, Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);
  void check_invariants() const;

 private:
  /// How the packet at hand came in.
  struct Context {
    InterfaceId in{};
    bool link_group = false;  ///< in a frame to a group or to everybody
    bool reassembled = false;
    bool checksum_verified = false;
    std::uint16_t segment_size = 0;
    Instant now{};
  };
  Input receive_packet(ByteView packet, wire::EtherType type, const Context& context);

  Input receive_v4(ByteView bytes, const Context& context);
  [[nodiscard]] bool accept_source_v4(const wire::IpAddress& source, const Context& context);
  enum class Target : std::uint8_t { none, unicast, group };
  [[nodiscard]] Target target_v4(const wire::IpAddress& destination, const Context& context) const;
  Input fragment_v4(const wire::Ipv4& packet, const Context& context);
  Input deliver_v4(const wire::Ipv4& packet, const Context& context);

  Input receive_v6(ByteView bytes, const Context& context);
  [[nodiscard]] bool accept_source_v6(const wire::IpAddress& source, const Context& context);
  [[nodiscard]] Target target_v6(const wire::IpAddress& destination, const Context& context) const;
  Input walk_v6(const wire::Ipv6& packet, const Context& context);
  Input fragment_v6(const wire::Ipv6& packet, const wire::Ipv6Chain& chain, const Context& context);
  [[nodiscard]] std::optional<Complaint> check_fragment_v6(const wire::Ipv6& packet,
                                                           const wire::Ipv6Fragment& fragment,
                                                           std::size_t header_size) const;
  Input join_v6(MutableBytes bytes, std::size_t header_size, const Context& context);
  Input deliver_v6(const wire::Ipv6& packet, const wire::Ipv6Chain& chain, const Context& context);

  [[nodiscard]] Arrival arrival_of(const Context& context, Target target) const;
  [[nodiscard]] bool listens(InterfaceId in, const wire::IpAddress& group) const;
  void report_expired(const Reassembly::Expired& expired, const Complaint& complaint, Instant now);

  Core& core_;
  Arp& arp_;
  Icmp& icmp_;
  Igmp& igmp_;
  Reassembly reassembly_v4_;
  Reassembly reassembly_v6_;
  std::vector<std::byte> atomic_;  ///< an atomic fragment without its fragment header
};

}  // namespace zsock::net
