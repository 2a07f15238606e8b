#include "daemon/stack/net/ingress.h"

#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/icmpv4.h"
#include "daemon/stack/wire/icmpv6.h"

namespace zsock::net {

Ingress::Ingress(Core& core, Arp& arp, Icmp& icmp, Igmp& igmp)
    : core_(core),
      arp_(arp),
      icmp_(icmp),
      igmp_(igmp),
      reassembly_v4_(wire::Family::ipv4, core.config, core.rng, core.counters),
      reassembly_v6_(wire::Family::ipv6, core.config, core.rng, core.counters) {}

Input Ingress::receive(InterfaceId in, const RxFrame& frame, Instant now) {
  Context context{.in = in,
                  .checksum_verified = frame.checksum_verified || !core_.config.verify_checksums,
                  .segment_size = frame.segment_size,
                  .now = now};
  if (in == kLoopbackInterface) {
    const bool is_v6 = !frame.bytes.empty() && (load_u8(frame.bytes, 0) >> 4U) == 6;
    return receive_packet(frame.bytes, is_v6 ? wire::EtherType::ipv6 : wire::EtherType::ipv4,
                          context);
  }
  ++core_.counters.frames_in;
  core_.counters.octets_in += frame.bytes.size();
  const auto ethernet = wire::Ethernet::parse(frame.bytes);
  if (!ethernet) {
    ++(ethernet.error() == wire::ParseError::too_short ? core_.counters.drop_frame_too_short
                                                       : core_.counters.drop_unknown_ether_type);
    return {};
  }
  if (ethernet->source.is_multicast() || ethernet->source.is_unspecified()) {
    ++core_.counters.drop_frame_bad_source;
    return {};
  }
  const Interface& interface = core_.at(in);
  const wire::MacAddr& to = ethernet->destination;
  context.link_group = to.is_multicast();
  if (to != interface.config.mac && !to.is_broadcast() && !interface.groups.accepts(to)) {
    ++core_.counters.drop_frame_not_for_us;
    return {};
  }
  return receive_packet(ethernet->payload, static_cast<wire::EtherType>(ethernet->ether_type),
                        context);
}

Input Ingress::receive_packet(ByteView packet, wire::EtherType type, const Context& context) {
  switch (type) {
    case wire::EtherType::ipv4:
      return receive_v4(packet, context);
    case wire::EtherType::ipv6:
      if (!core_.at(context.in).ipv6_enabled()) break;
      return receive_v6(packet, context);
    case wire::EtherType::arp:
      arp_.receive(context.in, packet, context.now);
      return {};
    case wire::EtherType::vlan:
      ++core_.counters.drop_vlan;
      return {};
  }
  ++core_.counters.drop_unknown_ether_type;
  return {};
}

bool Ingress::listens(InterfaceId in, const wire::IpAddress& group) const {
  if (in != kLoopbackInterface) return core_.at(in).groups.contains(group);
  for (const Interface& interface : core_.interfaces) {
    if (interface.groups.contains(group)) return true;
  }
  return false;
}

Arrival Ingress::arrival_of(const Context& context, Target target) const {
  return {.interface = context.in,
          .to_group = context.link_group || target == Target::group,
          .reassembled = context.reassembled};
}

std::optional<Instant> Ingress::next_deadline() const {
  const std::optional<Instant> v4 = reassembly_v4_.next_deadline();
  const std::optional<Instant> v6 = reassembly_v6_.next_deadline();
  if (!v4 || (v6 && *v6 < *v4)) return v6;
  return v4;
}

void Ingress::on_deadline(Instant now) {
  constexpr std::uint8_t kReassemblyTimeExceeded = 1;
  const Complaint v4{.type = wire::icmpv4_type::kTimeExceeded, .code = kReassemblyTimeExceeded};
  const Complaint v6{.type = wire::icmpv6_type::kTimeExceeded, .code = kReassemblyTimeExceeded};
  while (const auto expired = reassembly_v4_.poll_expired(now)) report_expired(*expired, v4, now);
  while (const auto expired = reassembly_v6_.poll_expired(now)) report_expired(*expired, v6, now);
}

/// RFC 1122 3.3.2, RFC 8200 4.5: the sender learns of it only when the first fragment came.
void Ingress::report_expired(const Reassembly::Expired& expired, const Complaint& complaint,
                             Instant now) {
  if (expired.first.empty()) return;
  icmp_.complain(complaint, expired.first,
                 {.interface = expired.interface, .to_group = expired.to_group}, now);
}

void Ingress::check_invariants() const {
  reassembly_v4_.check_invariants();
  reassembly_v6_.check_invariants();
}

}  // namespace zsock::net
