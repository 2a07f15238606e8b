// What happens to an IPv4 packet that comes in.

#include "daemon/stack/net/ingress.h"
#include "daemon/stack/wire/checksum.h"
#include "daemon/stack/wire/icmpv4.h"

namespace zsock::net {
namespace {

constexpr std::size_t kMaxPacket = 65535;
constexpr std::uint8_t kIgmp = 2;

constexpr std::uint8_t kCe = 3;  ///< of the ECN field (RFC 3168 5)

// Of the header of a reassembled packet.
constexpr std::size_t kTos = 1;
constexpr std::size_t kTotalLength = 2;
constexpr std::size_t kFragmentField = 6;
constexpr std::size_t kHeaderChecksum = 10;

/// 0/8 and 240/4: no host has such an address.
bool is_reserved(const wire::IpAddress& address) {
  constexpr std::uint8_t kClassE = 240;
  return address.octets()[0] == 0 || address.octets()[0] >= kClassE;
}

}  // namespace

Input Ingress::receive_v4(ByteView bytes, const Context& context) {
  ++core_.counters.ipv4_in;
  const auto packet = wire::Ipv4::parse(bytes);
  if (!packet) {
    ++(packet.error() == wire::ParseError::bad_checksum ? core_.counters.drop_ipv4_checksum
                                                        : core_.counters.drop_ipv4_malformed);
    return {};
  }
  if (!accept_source_v4(packet->source, context)) return {};
  if (packet->destination.is_loopback() && context.in != kLoopbackInterface) {
    ++core_.counters.drop_ip_martian;
    return {};
  }
  const Target target = target_v4(packet->destination, context);
  // RFC 1122 3.3.6: a frame for everybody must not carry a packet for one.
  if (target == Target::none || (target == Target::unicast && context.link_group)) {
    ++core_.counters.drop_ipv4_bad_destination;
    return {};
  }
  if (packet->has_source_route) {
    ++core_.counters.drop_ipv4_source_route;
    return {};
  }
  return packet->is_fragment() ? fragment_v4(*packet, context) : deliver_v4(*packet, context);
}

/// RFC 1122 3.2.1.3: sources that cannot be.
bool Ingress::accept_source_v4(const wire::IpAddress& source, const Context& context) {
  if (context.in != kLoopbackInterface &&
      (source.is_loopback() || core_.addresses.find(source) != nullptr)) {
    ++core_.counters.drop_ip_martian;
    return false;
  }
  if (is_reserved(source) || source.is_multicast() || core_.addresses.is_broadcast(source)) {
    ++core_.counters.drop_ipv4_bad_source;
    return false;
  }
  return true;
}

Ingress::Target Ingress::target_v4(const wire::IpAddress& destination,
                                   const Context& context) const {
  if (context.in == kLoopbackInterface) {
    if (core_.addresses.is_valid(destination)) return Target::unicast;
    const bool is_group = core_.addresses.is_broadcast(destination) ||
                          (destination.is_multicast() && listens(context.in, destination));
    return is_group ? Target::group : Target::none;
  }
  // Strong host model: an address counts on its own interface only (RFC 1122 3.3.4.2).
  if (core_.addresses.is_valid_on(context.in, destination)) return Target::unicast;
  if (destination.is_multicast()) {
    return listens(context.in, destination) ? Target::group : Target::none;
  }
  return core_.addresses.is_broadcast(destination, context.in) ? Target::group : Target::none;
}

Input Ingress::fragment_v4(const wire::Ipv4& packet, const Context& context) {
  ++core_.counters.fragments_in;
  const std::size_t end = packet.fragment_offset + packet.payload.size();
  if (packet.header.size() + end > kMaxPacket) {
    ++core_.counters.drop_fragment_malformed;
    return {};
  }
  const auto whole = reassembly_v4_.add({.key = {.interface = context.in,
                                                 .source = packet.source,
                                                 .destination = packet.destination,
                                                 .identification = packet.identification,
                                                 .protocol = packet.protocol},
                                         .offset = packet.fragment_offset,
                                         .more = packet.more_fragments,
                                         .to_group = context.link_group,
                                         .ecn = static_cast<std::uint8_t>(packet.tos & kCe),
                                         .header = packet.header,
                                         .payload = packet.payload},
                                        context.now);
  if (!whole) return {};
  if (whole->bytes.size() > kMaxPacket) {  // the first fragment's header is the longest
    ++core_.counters.drop_fragment_malformed;
    return {};
  }
  ++core_.counters.reassembled;
  store_be16(whole->bytes, kTotalLength, static_cast<std::uint16_t>(whole->bytes.size()));
  store_be16(whole->bytes, kFragmentField, 0);
  if (whole->congestion_experienced) {
    store_u8(whole->bytes, kTos, static_cast<std::uint8_t>(load_u8(whole->bytes, kTos) | kCe));
  }
  store_be16(whole->bytes, kHeaderChecksum, 0);
  store_be16(whole->bytes, kHeaderChecksum, wire::checksum(whole->bytes.first(whole->header_size)));
  const auto parsed = wire::Ipv4::parse(whole->bytes);
  ZSOCK_CHECK(parsed.has_value());
  Context joined = context;
  joined.reassembled = true;
  joined.checksum_verified = !core_.config.verify_checksums;
  joined.segment_size = 0;
  return deliver_v4(*parsed, joined);
}

Input Ingress::deliver_v4(const wire::Ipv4& packet, const Context& context) {
  const Target target = target_v4(packet.destination, context);
  const Arrival arrival = arrival_of(context, target);
  const ByteView bytes(packet.header.data(), packet.header.size() + packet.payload.size());
  switch (packet.protocol) {
    case wire::ip_protocol::kIcmpV4:
      return icmp_.receive_v4(packet, arrival, context.now);
    case wire::ip_protocol::kTcp:
    case wire::ip_protocol::kUdp:
      return Datagram{.source = packet.source,
                      .destination = packet.destination,
                      .interface = context.in,
                      .protocol = packet.protocol,
                      .hop_limit = packet.ttl,
                      .traffic_class = packet.tos,
                      .to_group = arrival.to_group,
                      .checksum_verified = context.checksum_verified,
                      .reassembled = context.reassembled,
                      .segment_size = context.segment_size,
                      .payload = packet.payload,
                      .packet = bytes};
    case kIgmp:
      igmp_.receive(context.in, packet, context.now);
      return {};
    default:
      ++core_.counters.drop_unknown_protocol;
      icmp_.complain({.type = wire::icmpv4_type::kUnreachable, .code = kProtocolUnreachableV4},
                     bytes, arrival, context.now);
      return {};
  }
}

}  // namespace zsock::net
