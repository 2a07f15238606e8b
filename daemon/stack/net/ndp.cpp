#include "daemon/stack/net/ndp.h"

#include <array>
#include <utility>

namespace zsock::net {
namespace {

constexpr std::uint8_t kNdpHopLimit = 255;  // RFC 4861 7.1

Outbound ndp_outbound(InterfaceId out, const wire::IpAddress& source,
                      const wire::IpAddress& destination, std::span<const ByteView> parts) {
  return {.path = {.interface = out,
                   .source = source,
                   .next_hop = destination,
                   .is_multicast = destination.is_multicast()},
          .destination = destination,
          .protocol = wire::ip_protocol::kIcmpV6,
          .parts = parts,
          .options = {.hop_limit = kNdpHopLimit}};
}

wire::IpAddress all_nodes() {
  return wire::IpAddress::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
}

}  // namespace

void send_solicitation(Egress& egress, InterfaceId out, const wire::NeighborSolicitation& message,
                       const wire::IpAddress& source, const std::optional<wire::MacAddr>& to) {
  const wire::IpAddress group = wire::solicited_node(message.target);
  const wire::IpAddress destination = to ? message.target : group;
  std::array<std::byte, wire::NeighborSolicitation::kMaxSize> bytes{};
  const std::size_t size = message.emit(bytes, source, destination);
  const std::array<ByteView, 1> parts{ByteView(bytes).first(size)};
  egress.send_control(ndp_outbound(out, source, destination, parts),
                      to.value_or(wire::multicast_mac(group)));
}

void Ndp::on_solicitation(InterfaceId in, const wire::Icmpv6& message,
                          const wire::NdpContext& context, Instant now) {
  const auto question = wire::NeighborSolicitation::parse(message, context);
  if (!question) {
    ++core_.counters.drop_ndp_invalid;
    return;
  }
  if (dad_.on_solicitation(in, *question, context.source, now)) return;
  if (!core_.addresses.is_valid_on(in, question->target)) return;
  // A solicitation in our own name is either our own come back or a forgery.
  if (core_.addresses.find(context.source) != nullptr) {
    ++core_.counters.drop_ndp_invalid;
    return;
  }
  if (!context.source.is_unspecified() && question->source_link_address) {
    const ScopedAddress asker{in, context.source};
    egress_.release(
        asker,
        core_.neighbors.heard(asker, *question->source_link_address, Neighbors::Create::yes, now),
        now);
  }
  answer(in, *question, context.source, now);
}

/// RFC 4861 7.2.4: to the asker, or to everybody when the asker has no address yet.
void Ndp::answer(InterfaceId out, const wire::NeighborSolicitation& question,
                 const wire::IpAddress& asker, Instant now) {
  const bool to_all = asker.is_unspecified();
  const wire::IpAddress destination = to_all ? all_nodes() : asker;
  const wire::NeighborAdvertisement message{.solicited = !to_all,
                                            .override_entry = true,
                                            .target = question.target,
                                            .target_link_address = core_.at(out).config.mac};
  std::array<std::byte, wire::NeighborAdvertisement::kMaxSize> bytes{};
  const std::size_t size = message.emit(bytes, question.target, destination);
  const std::array<ByteView, 1> parts{ByteView(bytes).first(size)};
  Outbound packet = ndp_outbound(out, question.target, destination, parts);
  ++core_.counters.icmp_out;
  if (to_all) return egress_.send_control(packet, wire::multicast_mac(destination));
  packet.path.mtu = core_.at(out).config.mtu;
  if (!egress_.send(packet, now)) ++core_.counters.drop_output_queue_full;
}

void Ndp::on_advertisement(InterfaceId in, const wire::Icmpv6& message,
                           const wire::NdpContext& context, Instant now) {
  const auto said = wire::NeighborAdvertisement::parse(message, context);
  if (!said) {
    ++core_.counters.drop_ndp_invalid;
    return;
  }
  if (dad_.on_advertisement(in, said->target)) return;
  // Somebody advertises an address we use: no neighbour of ours (RFC 4862 5.4.4).
  if (core_.addresses.find(said->target) != nullptr) {
    ++core_.counters.drop_ndp_invalid;
    return;
  }
  const ScopedAddress neighbor{in, said->target};
  const Advertisement meaning{.mac = said->target_link_address,
                              .solicited = said->solicited,
                              .override_entry = said->override_entry};
  egress_.release(neighbor, core_.neighbors.advertised(neighbor, meaning, now), now);
}

/// RFC 4861 7.2.2: from the address of the packet that waits, if it is still ours.
void Ndp::ask(const Solicitation& question) {
  const InterfaceId out = question.target.interface;
  wire::IpAddress source = question.source;
  if (!core_.addresses.is_valid_on(out, source)) {
    const auto chosen = core_.addresses.choose_source(out, question.target.address);
    if (!chosen) return;
    source = *chosen;
  }
  ++core_.counters.icmp_out;
  send_solicitation(
      egress_, out,
      {.target = question.target.address, .source_link_address = core_.at(out).config.mac}, source,
      question.to);
}

}  // namespace zsock::net
