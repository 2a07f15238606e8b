// What happens to an IPv6 packet that comes in.

#include <cstring>

#include "daemon/stack/net/ingress.h"
#include "daemon/stack/wire/icmpv6.h"

namespace zsock::net {
namespace {

constexpr std::size_t kMaxPayload = 65535;
constexpr std::size_t kPayloadLength = 4;  ///< where in the IPv6 header
constexpr std::uint8_t kCe = 3;            ///< of the ECN field (RFC 3168 5)
constexpr wire::Ipv6ChainLimits kLimits{};

constexpr std::uint8_t kErroneousHeaderField = 0;   // RFC 4443 3.4
constexpr std::uint8_t kIncompleteHeaderChain = 3;  // RFC 7112 5

constexpr Complaint parameter_problem(std::uint8_t code, std::size_t pointer) {
  return {.type = wire::icmpv6_type::kParameterProblem,
          .code = code,
          .rest = static_cast<std::uint32_t>(pointer)};
}

/// The least octets an upper-layer header takes (RFC 7112 2).
std::size_t minimal_header(std::uint8_t protocol) {
  constexpr std::size_t kTcpHeader = 20;
  constexpr std::size_t kShortHeader = 8;
  switch (protocol) {
    case wire::ip_protocol::kTcp:
      return kTcpHeader;
    case wire::ip_protocol::kUdp:
    case wire::ip_protocol::kIcmpV6:
      return kShortHeader;
    default:
      return 0;
  }
}

}  // namespace

Input Ingress::receive_v6(ByteView bytes, const Context& context) {
  ++core_.counters.ipv6_in;
  const auto packet = wire::Ipv6::parse(bytes);
  if (!packet) {
    ++core_.counters.drop_ipv6_malformed;
    return {};
  }
  if (!accept_source_v6(packet->source, context)) return {};
  if (packet->destination.is_loopback() && context.in != kLoopbackInterface) {
    ++core_.counters.drop_ip_martian;
    return {};
  }
  const Target target = target_v6(packet->destination, context);
  if (target == Target::none || (target == Target::unicast && context.link_group)) {
    ++core_.counters.drop_ipv6_bad_destination;
    return {};
  }
  return walk_v6(*packet, context);
}

bool Ingress::accept_source_v6(const wire::IpAddress& source, const Context& context) {
  if (context.in != kLoopbackInterface && source.is_loopback()) {
    ++core_.counters.drop_ip_martian;
    return false;
  }
  if (source.is_multicast() || source.is_v4_mapped()) {
    ++core_.counters.drop_ipv6_bad_source;
    return false;
  }
  return true;
}

Ingress::Target Ingress::target_v6(const wire::IpAddress& destination,
                                   const Context& context) const {
  if (destination.is_multicast()) {
    return listens(context.in, destination) ? Target::group : Target::none;
  }
  const bool is_ours = context.in == kLoopbackInterface
                           ? core_.addresses.is_valid(destination)
                           : core_.addresses.is_valid_on(context.in, destination);
  return is_ours ? Target::unicast : Target::none;
}

Input Ingress::walk_v6(const wire::Ipv6& packet, const Context& context) {
  const wire::Ipv6Chain chain = wire::walk_ipv6_chain(packet, kLimits);
  switch (chain.end) {
    case wire::Ipv6Chain::End::upper_layer:
      return deliver_v6(packet, chain, context);
    case wire::Ipv6Chain::End::fragment:
      if (context.reassembled) break;  // fragments of fragments are nobody's honest work
      return fragment_v6(packet, chain, context);
    case wire::Ipv6Chain::End::discard:
      break;
    case wire::Ipv6Chain::End::parameter_problem: {
      Complaint complaint = parameter_problem(chain.code, chain.pointer);
      complaint.even_to_group = chain.report_even_to_multicast;
      icmp_.complain(complaint, packet.packet,
                     arrival_of(context, target_v6(packet.destination, context)), context.now);
      break;
    }
  }
  ++core_.counters.drop_ipv6_extension;
  return {};
}

/// RFC 8200 4.5: what is wrong with this fragment; nothing when all is well.
std::optional<Complaint> Ingress::check_fragment_v6(const wire::Ipv6& packet,
                                                    const wire::Ipv6Fragment& fragment,
                                                    std::size_t header_size) const {
  constexpr std::size_t kOffsetField = 2;
  if (fragment.more_fragments && fragment.payload.size() % 8 != 0) {
    return parameter_problem(kErroneousHeaderField, kPayloadLength);
  }
  const std::size_t extensions =
      header_size - wire::Ipv6::kHeaderSize - wire::Ipv6Fragment::kHeaderSize;
  if (extensions + fragment.offset + fragment.payload.size() > kMaxPayload) {
    return parameter_problem(kErroneousHeaderField,
                             header_size - wire::Ipv6Fragment::kHeaderSize + kOffsetField);
  }
  if (fragment.offset != 0 || !fragment.more_fragments) return std::nullopt;
  // RFC 7112 5: the first fragment holds the whole chain, the upper layer's header included.
  wire::Ipv6 rest = packet;
  rest.next_header = fragment.next_header;
  rest.payload = fragment.payload;
  const wire::Ipv6Chain chain = wire::walk_ipv6_chain(rest, kLimits);
  const bool cut_off = chain.end == wire::Ipv6Chain::End::upper_layer &&
                       chain.payload.size() < minimal_header(chain.protocol);
  if (chain.truncated || cut_off) return parameter_problem(kIncompleteHeaderChain, 0);
  return std::nullopt;
}

Input Ingress::fragment_v6(const wire::Ipv6& packet, const wire::Ipv6Chain& chain,
                           const Context& context) {
  ++core_.counters.fragments_in;
  const auto fragment = wire::Ipv6Fragment::parse(chain.payload);
  if (!fragment) {
    ++core_.counters.drop_fragment_malformed;
    return {};
  }
  const std::size_t header_size = packet.packet.size() - fragment->payload.size();
  if (const auto complaint = check_fragment_v6(packet, *fragment, header_size)) {
    ++core_.counters.drop_fragment_malformed;
    icmp_.complain(*complaint, packet.packet,
                   arrival_of(context, target_v6(packet.destination, context)), context.now);
    return {};
  }
  if (fragment->offset == 0 && !fragment->more_fragments) {  // RFC 6946: on its own
    atomic_.assign(packet.packet.begin(), packet.packet.end());
    return join_v6(atomic_, header_size, context);
  }
  const auto whole =
      reassembly_v6_.add({.key = {.interface = context.in,
                                  .source = packet.source,
                                  .destination = packet.destination,
                                  .identification = fragment->identification},
                          .offset = fragment->offset,
                          .more = fragment->more_fragments,
                          .to_group = context.link_group,
                          .ecn = static_cast<std::uint8_t>(packet.traffic_class & kCe),
                          .header = packet.packet.first(header_size),
                          .payload = fragment->payload},
                         context.now);
  if (!whole) return {};
  const std::size_t overhead = wire::Ipv6::kHeaderSize + wire::Ipv6Fragment::kHeaderSize;
  if (whole->bytes.size() - overhead > kMaxPayload) {
    ++core_.counters.drop_fragment_malformed;
    return {};
  }
  ++core_.counters.reassembled;
  if (whole->congestion_experienced) {
    store_u8(whole->bytes, 1, static_cast<std::uint8_t>(load_u8(whole->bytes, 1) | (kCe << 4U)));
  }
  return join_v6(whole->bytes, whole->header_size, context);
}

/// Cuts the fragment header out of a packet that is whole again and goes on with it.
/// \param bytes  headers, fragment header, payload
/// \param header_size  octets up to the end of the fragment header
Input Ingress::join_v6(MutableBytes bytes, std::size_t header_size, const Context& context) {
  const std::size_t cut = wire::Ipv6Fragment::kHeaderSize;
  const std::size_t kept = header_size - cut;
  const wire::Ipv6 headers{
      .next_header = load_u8(bytes, 6),
      .packet = bytes,
      .payload = bytes.subspan(wire::Ipv6::kHeaderSize, header_size - wire::Ipv6::kHeaderSize)};
  const wire::Ipv6Chain chain = wire::walk_ipv6_chain(headers, kLimits);
  ZSOCK_CHECK(chain.end == wire::Ipv6Chain::End::fragment && chain.protocol_offset < kept);
  store_u8(bytes, chain.protocol_offset, load_u8(bytes, kept));
  std::memmove(bytes.data() + cut, bytes.data(), kept);
  const MutableBytes joined = bytes.subspan(cut);
  store_be16(joined, kPayloadLength,
             static_cast<std::uint16_t>(joined.size() - wire::Ipv6::kHeaderSize));
  const auto packet = wire::Ipv6::parse(joined);
  ZSOCK_CHECK(packet.has_value());
  Context whole = context;
  whole.reassembled = true;
  whole.checksum_verified = !core_.config.verify_checksums;
  whole.segment_size = 0;
  return walk_v6(*packet, whole);
}

Input Ingress::deliver_v6(const wire::Ipv6& packet, const wire::Ipv6Chain& chain,
                          const Context& context) {
  const Arrival arrival = arrival_of(context, target_v6(packet.destination, context));
  if (chain.protocol == wire::ip_protocol::kIcmpV6) {
    return icmp_.receive_v6(packet, chain.payload, arrival, context.now);
  }
  // Only Neighbour Discovery and its kin may come from nowhere, and nobody from one of us.
  if (packet.source.is_unspecified() ||
      (context.in != kLoopbackInterface && core_.addresses.find(packet.source) != nullptr)) {
    ++core_.counters.drop_ipv6_bad_source;
    return {};
  }
  if (chain.protocol != wire::ip_protocol::kTcp && chain.protocol != wire::ip_protocol::kUdp) {
    ++core_.counters.drop_unknown_protocol;
    icmp_.complain(parameter_problem(kUnrecognizedNextHeaderV6, chain.protocol_offset),
                   packet.packet, arrival, context.now);
    return {};
  }
  return Datagram{.source = packet.source,
                  .destination = packet.destination,
                  .interface = context.in,
                  .protocol = chain.protocol,
                  .hop_limit = packet.hop_limit,
                  .traffic_class = packet.traffic_class,
                  .to_group = arrival.to_group,
                  .checksum_verified = context.checksum_verified,
                  .reassembled = context.reassembled,
                  .segment_size = context.segment_size,
                  .payload = chain.payload,
                  .packet = packet.packet};
}

}  // namespace zsock::net
