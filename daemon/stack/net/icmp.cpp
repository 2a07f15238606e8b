#include "daemon/stack/net/icmp.h"

#include <algorithm>
#include <array>

#include "daemon/stack/net/icmp_errors.h"
#include "daemon/stack/net/routing.h"
#include "daemon/stack/wire/icmpv4.h"
#include "daemon/stack/wire/icmpv6.h"

namespace zsock::net {
namespace {

constexpr std::size_t kHeaderSize = wire::Icmpv4::kHeaderSize;
static_assert(kHeaderSize == wire::Icmpv6::kHeaderSize);
constexpr std::uint8_t kEcnMask = 0x03;
/// RFC 1812 4.3.2.3, RFC 4443 2.4(c): octets of a whole error packet.
constexpr std::size_t kMaxErrorV4 = 576;
constexpr std::size_t kMaxErrorV6 = kMinIpv6Mtu;

/// Is it an ICMP message that must not be answered with an error (RFC 1122 3.2.2, RFC 4443 2.4(e))?
bool is_icmp_error(std::uint8_t protocol, ByteView message) {
  if (protocol == wire::ip_protocol::kIcmpV4) {
    return message.empty() || wire::Icmpv4{.type = load_u8(message, 0)}.is_error();
  }
  if (protocol != wire::ip_protocol::kIcmpV6) return false;
  if (message.empty()) return true;
  const std::uint8_t type = load_u8(message, 0);
  return wire::Icmpv6{.type = type}.is_error() || type == wire::icmpv6_type::kRedirect;
}

}  // namespace

Input Icmp::receive_v4(const wire::Ipv4& packet, const Arrival& arrival, Instant now) {
  ++core_.counters.icmp_in;
  const auto parsed = wire::Icmpv4::parse(packet.payload);
  if (!parsed) {
    ++core_.counters.drop_icmp_malformed;
    return {};
  }
  const Message message{parsed->type, parsed->code, parsed->rest, parsed->payload};
  switch (message.type) {
    case wire::icmpv4_type::kEcho:
      // RFC 1122 3.2.2.6: none to a broadcast or multicast.
      if (arrival.to_group) break;
      echo(
          {.type = wire::icmpv4_type::kEchoReply, .rest = message.rest, .payload = message.payload},
          {.from = packet.destination,
           .to = packet.source,
           .interface = arrival.interface,
           .traffic_class = static_cast<std::uint8_t>(packet.tos & ~kEcnMask)},
          now);
      return {};
    case wire::icmpv4_type::kEchoReply:
      return Datagram{.source = packet.source,
                      .destination = packet.destination,
                      .interface = arrival.interface,
                      .protocol = wire::ip_protocol::kIcmpV4,
                      .hop_limit = packet.ttl,
                      .traffic_class = packet.tos,
                      .to_group = arrival.to_group,
                      .payload = packet.payload};
    case wire::icmpv4_type::kUnreachable:
    case wire::icmpv4_type::kTimeExceeded:
    case wire::icmpv4_type::kParameterProblem:
      return take_error({packet.source, packet.destination, arrival.interface, message});
    default:
      break;  // RFC 6633, RFC 6918, and all that is unassigned
  }
  ++core_.counters.drop_icmp_ignored;
  return {};
}

Input Icmp::receive_v6(const wire::Ipv6& packet, ByteView bytes, const Arrival& arrival,
                       Instant now) {
  ++core_.counters.icmp_in;
  const auto parsed = wire::Icmpv6::parse(bytes, packet.source, packet.destination);
  if (!parsed) {
    ++core_.counters.drop_icmp_malformed;
    return {};
  }
  const Message message{parsed->type, parsed->code, parsed->rest, parsed->payload};
  switch (message.type) {
    case wire::icmpv6_type::kEcho: {
      // RFC 4443 4.2: a group is answered from an address of ours.
      const wire::IpAddress from =
          arrival.to_group ? wire::IpAddress::any(wire::Family::ipv6) : packet.destination;
      echo(
          {.type = wire::icmpv6_type::kEchoReply, .rest = message.rest, .payload = message.payload},
          {.from = from,
           .to = packet.source,
           .interface = arrival.interface,
           .traffic_class = static_cast<std::uint8_t>(packet.traffic_class & ~kEcnMask)},
          now);
      return {};
    }
    case wire::icmpv6_type::kEchoReply:
      return Datagram{.source = packet.source,
                      .destination = packet.destination,
                      .interface = arrival.interface,
                      .protocol = wire::ip_protocol::kIcmpV6,
                      .hop_limit = packet.hop_limit,
                      .traffic_class = packet.traffic_class,
                      .to_group = arrival.to_group,
                      .payload = bytes};
    case wire::icmpv6_type::kUnreachable:
    case wire::icmpv6_type::kPacketTooBig:
    case wire::icmpv6_type::kTimeExceeded:
    case wire::icmpv6_type::kParameterProblem:
      return take_error({packet.source, packet.destination, arrival.interface, message});
    default:
      receive_discovery(packet, *parsed, arrival, now);
      return {};
  }
}

void Icmp::receive_discovery(const wire::Ipv6& packet, const wire::Icmpv6& message,
                             const Arrival& arrival, Instant now) {
  const wire::NdpContext context{packet.source, packet.destination, packet.hop_limit};
  switch (message.type) {
    case wire::icmpv6_type::kNeighborSolicitation:
    case wire::icmpv6_type::kNeighborAdvertisement:
    case wire::icmpv6_type::kRouterAdvertisement:
      // RFC 6980 5: never in fragments. There are no neighbours on the loopback.
      if (arrival.reassembled || arrival.interface == kLoopbackInterface) {
        ++core_.counters.drop_ndp_invalid;
        return;
      }
      if (message.type == wire::icmpv6_type::kNeighborSolicitation) {
        return ndp_.on_solicitation(arrival.interface, message, context, now);
      }
      if (message.type == wire::icmpv6_type::kNeighborAdvertisement) {
        return ndp_.on_advertisement(arrival.interface, message, context, now);
      }
      return discovery_.on_advertisement(arrival.interface, message, context, now);
    case wire::icmpv6_type::kMldQuery:
      if (arrival.interface == kLoopbackInterface) break;
      return mld_.on_query(arrival.interface, packet, message, now);
    case wire::icmpv6_type::kMldReport:
      if (arrival.interface == kLoopbackInterface) break;
      return mld_.on_report(arrival.interface, packet, message);
    default:
      break;  // router solicitations, redirects, unknown ones
  }
  ++core_.counters.drop_icmp_ignored;
}

void Icmp::echo(const Message& answer, const Reply& reply, Instant now) {
  if (!is_answerable(reply.to, {.interface = reply.interface})) {
    ++core_.counters.drop_icmp_ignored;
    return;
  }
  if (!core_.limiter.allow_reply(now)) {
    ++core_.counters.drop_icmp_rate_limited;
    return;
  }
  send(answer, reply, now);
}

/// May anything at all be sent back to this source?
bool Icmp::is_answerable(const wire::IpAddress& source, const Arrival& arrival) const {
  if (source.is_unspecified() || source.is_multicast() || core_.addresses.is_broadcast(source)) {
    return false;
  }
  return arrival.interface == kLoopbackInterface || !source.is_loopback();
}

void Icmp::send(const Message& message, const Reply& reply, Instant now) {
  const auto path =
      find_path(core_, reply.to, reply.from, reply.to.is_link_local() ? reply.interface.value : 0);
  if (!path) {
    ++core_.counters.drop_no_route;
    return;
  }
  std::array<std::byte, kHeaderSize> header{};
  std::uint8_t protocol = wire::ip_protocol::kIcmpV4;
  if (reply.to.is_v4()) {
    wire::Icmpv4{message.type, message.code, message.rest, message.payload}.emit(header);
  } else {
    protocol = wire::ip_protocol::kIcmpV6;
    wire::Icmpv6{message.type, message.code, message.rest, message.payload}.emit(
        header, path->source, reply.to);
  }
  const std::array<ByteView, 2> parts{ByteView(header), message.payload};
  const Status<SockError> sent = egress_.send({.path = *path,
                                               .destination = reply.to,
                                               .protocol = protocol,
                                               .parts = parts,
                                               .options = {.traffic_class = reply.traffic_class}},
                                              now);
  if (sent) {
    ++core_.counters.icmp_out;
  } else {
    ++core_.counters.drop_output_queue_full;
  }
}

/// RFC 1122 3.2.2, RFC 4443 2.4(e): what must not be answered with an error.
std::optional<Icmp::Sender> Icmp::may_complain(const Complaint& complaint, ByteView packet,
                                               const Arrival& arrival) const {
  if (arrival.to_group && !complaint.even_to_group) return std::nullopt;
  if (packet.empty()) return std::nullopt;
  const bool is_v4 = (load_u8(packet, 0) >> 4U) == 4;
  std::optional<Quoted> offender;
  if (is_v4) {
    offender = parse_quoted(wire::Family::ipv4, packet);
    if (!offender) return std::nullopt;
  } else {
    if (packet.size() < wire::Ipv6::kHeaderSize) return std::nullopt;
    constexpr std::size_t kSource = 8;
    constexpr std::size_t kDestination = 24;
    offender = parse_quoted(wire::Family::ipv6, packet);
    // A broken chain of headers is itself what is complained about.
    if (!offender) {
      offender =
          Quoted{.source = wire::IpAddress::load(wire::Family::ipv6, packet, kSource),
                 .destination = wire::IpAddress::load(wire::Family::ipv6, packet, kDestination)};
    }
  }
  if (is_icmp_error(offender->protocol, offender->transport)) return std::nullopt;
  if (!is_answerable(offender->source, arrival)) return std::nullopt;
  return Sender{offender->source, offender->destination};
}

void Icmp::complain(const Complaint& complaint, ByteView packet, const Arrival& arrival,
                    Instant now) {
  const std::optional<Sender> offender = may_complain(complaint, packet, arrival);
  if (!offender) return;
  if (!core_.limiter.allow_error(offender->source, now)) {
    ++core_.counters.drop_icmp_rate_limited;
    return;
  }
  const bool is_v4 = offender->source.is_v4();
  const std::size_t room = is_v4 ? kMaxErrorV4 - wire::Ipv4::kMinHeaderSize - kHeaderSize
                                 : kMaxErrorV6 - wire::Ipv6::kHeaderSize - kHeaderSize;
  // RFC 1812 4.3.2.4, RFC 4443 2.2: from the address that was spoken to, if it is one of ours.
  const wire::IpAddress from = core_.addresses.is_valid(offender->destination)
                                   ? offender->destination
                                   : wire::IpAddress::any(offender->source.family());
  send({.type = complaint.type,
        .code = complaint.code,
        .rest = complaint.rest,
        .payload = packet.first(std::min(packet.size(), room))},
       {.from = from, .to = offender->source, .interface = arrival.interface}, now);
}

/// RFC 792, RFC 1191 4: an MTU or a pointer; RFC 4443: the whole word, whatever it means.
std::uint32_t Icmp::info_of(wire::Family family, const Message& message) {
  constexpr std::uint32_t kLowerHalf = 0xffff;
  constexpr unsigned kPointer = 24;
  if (family == wire::Family::ipv6) return message.rest;
  if (message.type == wire::icmpv4_type::kParameterProblem) return message.rest >> kPointer;
  return message.type == wire::icmpv4_type::kUnreachable ? message.rest & kLowerHalf : 0;
}

/// RFC 1122 3.2.2: an error about a packet of ours goes to the transport that sent it.
Input Icmp::take_error(const Report& report) {
  const Message& message = report.message;
  const wire::Family family = report.reporter.family();
  const std::optional<Quoted> quoted = parse_quoted(family, message.payload);
  if (!quoted) {
    ++core_.counters.drop_icmp_malformed;
    return {};
  }
  if (quoted->source != report.addressee || !core_.addresses.is_valid(quoted->source) ||
      quoted->destination.is_multicast() || core_.addresses.is_broadcast(quoted->destination)) {
    ++core_.counters.drop_icmp_no_match;
    return {};
  }
  TransportError error{.local = quoted->source,
                       .remote = quoted->destination,
                       .reporter = report.reporter,
                       .interface = report.interface,
                       .protocol = quoted->protocol,
                       .icmp_type = message.type,
                       .icmp_code = message.code,
                       .icmp_info = info_of(family, message),
                       .transport = quoted->transport};
  constexpr std::uint8_t kFragmentationNeeded = 4;
  constexpr std::uint32_t kNextHopMtu = 0xffff;  // RFC 1191 4
  const bool too_big =
      family == wire::Family::ipv4
          ? message.type == wire::icmpv4_type::kUnreachable && message.code == kFragmentationNeeded
          : message.type == wire::icmpv6_type::kPacketTooBig;
  if (too_big) {
    const std::uint32_t claimed =
        family == wire::Family::ipv4 ? message.rest & kNextHopMtu : message.rest;
    const auto mtu = PathMtus::credible(family, claimed, quoted->packet_size);
    if (!mtu) {
      ++core_.counters.drop_icmp_ignored;
      return {};
    }
    error.mtu = *mtu;
    return error;
  }
  const std::optional<ErrorMeaning> meaning = meaning_of(family, message.type, message.code);
  if (!meaning) {
    ++core_.counters.drop_icmp_ignored;
    return {};
  }
  error.error = meaning->error;
  error.hard = meaning->hard;
  return error;
}

}  // namespace zsock::net
