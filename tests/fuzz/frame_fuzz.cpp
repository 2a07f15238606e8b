// FZ-1. The input is a frame. It goes through every parser it leads to, with its checksums repaired
// on the way so that the search gets past them; what a parser yields must lie inside what it was
// given.

#include <algorithm>
#include <span>
#include <vector>

#include "daemon/stack/steering.h"
#include "daemon/stack/wire/arp.h"
#include "daemon/stack/wire/checksum.h"
#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/icmpv4.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/ipv6.h"
#include "daemon/stack/wire/ndp.h"
#include "daemon/stack/wire/tcp.h"
#include "daemon/stack/wire/udp.h"
#include "tests/fuzz/fuzz.h"

namespace zsock::wire {
namespace {

using Octets = std::vector<std::byte>;

struct Ends {
  IpAddress source{};
  IpAddress destination{};
  std::uint8_t hop_limit = 0;
};

Octets copy_of(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

void check_inside(ByteView part, ByteView whole) {
  if (part.empty()) return;
  ZSOCK_CHECK(part.data() >= whole.data());
  ZSOCK_CHECK(part.data() + part.size() <= whole.data() + whole.size());
}

void take_arp(ByteView packet) {
  const auto arp = Arp::parse(packet);
  if (!arp) return;
  Octets out(Arp::kSize);
  arp->emit(out);
  ZSOCK_CHECK(out == copy_of(packet.first(Arp::kSize)));
}

void take_udp(ByteView datagram, const Ends& ends) {
  const auto udp = Udp::parse(datagram);
  if (!udp) {
    ZSOCK_CHECK(!Udp::verify(datagram, ends.source, ends.destination));
    return;
  }
  check_inside(udp->payload, datagram);
  Octets out(Udp::kHeaderSize);
  udp->emit(out, ends.source, ends.destination);
  out.insert(out.end(), udp->payload.begin(), udp->payload.end());
  ZSOCK_CHECK(Udp::verify(out, ends.source, ends.destination));
}

void take_tcp(ByteView segment, const Ends& ends) {
  static_cast<void>(Tcp::verify(segment, ends.source, ends.destination));
  const auto tcp = Tcp::parse(segment);
  if (tcp) check_inside(tcp->payload, segment);
}

void take_icmpv4(ByteView bytes) {
  Octets message = copy_of(bytes);
  if (message.size() >= Icmpv4::kHeaderSize) {
    store_be16(message, 2, 0);
    store_be16(message, 2, checksum(message));
  }
  const auto icmp = Icmpv4::parse(message);
  ZSOCK_CHECK(icmp.has_value() == (message.size() >= Icmpv4::kHeaderSize));
  if (!icmp) return;
  check_inside(icmp->payload, message);
  Octets out(Icmpv4::kHeaderSize);
  icmp->emit(out);
  ZSOCK_CHECK(out == copy_of(ByteView(message).first(Icmpv4::kHeaderSize)));
  // The packet inside an error is cut short more often than not.
  if (icmp->is_error()) static_cast<void>(Ipv4::parse(icmp->payload));
}

void take_ndp(const Icmpv6& icmp, const Ends& ends) {
  const NdpContext context{ends.source, ends.destination, ends.hop_limit};
  if (const auto ns = NeighborSolicitation::parse(icmp, context)) {
    ZSOCK_CHECK(ends.hop_limit == 255 && icmp.code == 0 && !ns->target.is_multicast());
    Octets out(NeighborSolicitation::kMaxSize);
    out.resize(ns->emit(out, ends.source, ends.destination));
    ZSOCK_CHECK(Icmpv6::parse(out, ends.source, ends.destination).has_value());
  }
  if (const auto na = NeighborAdvertisement::parse(icmp, context)) {
    ZSOCK_CHECK(ends.hop_limit == 255 && icmp.code == 0 && !na->target.is_multicast());
    ZSOCK_CHECK(!na->solicited || !ends.destination.is_multicast());
    Octets out(NeighborAdvertisement::kMaxSize);
    out.resize(na->emit(out, ends.source, ends.destination));
    ZSOCK_CHECK(Icmpv6::parse(out, ends.source, ends.destination).has_value());
  }
}

void take_icmpv6(ByteView bytes, const Ends& ends) {
  Octets message = copy_of(bytes);
  if (message.size() >= Icmpv6::kHeaderSize) {
    store_be16(message, 2, 0);
    Checksum sum;
    sum.add_pseudo_header(ends.source, ends.destination, ip_protocol::kIcmpV6,
                          static_cast<std::uint32_t>(message.size()));
    store_be16(message, 2, sum.add(message).finish());
  }
  const auto icmp = Icmpv6::parse(message, ends.source, ends.destination);
  ZSOCK_CHECK(icmp.has_value() == (message.size() >= Icmpv6::kHeaderSize));
  if (!icmp) return;
  check_inside(icmp->payload, message);
  take_ndp(*icmp, ends);
}

void take_upper_layer(std::uint8_t protocol, ByteView payload, const Ends& ends) {
  switch (protocol) {
    case ip_protocol::kTcp:
      return take_tcp(payload, ends);
    case ip_protocol::kUdp:
      return take_udp(payload, ends);
    case ip_protocol::kIcmpV4:
      return take_icmpv4(payload);
    case ip_protocol::kIcmpV6:
      return take_icmpv6(payload, ends);
    default:
      return;
  }
}

void take_ipv4(ByteView bytes) {
  Octets packet = copy_of(bytes);
  const std::size_t header = packet.empty() ? 0 : std::size_t{load_u8(packet, 0) & 0xfU} * 4;
  if (header >= Ipv4::kMinHeaderSize && header <= packet.size()) {
    store_be16(packet, 10, 0);
    store_be16(packet, 10, checksum(ByteView(packet).first(header)));
  }
  const auto ip = Ipv4::parse(packet);
  if (!ip) return;
  check_inside(ip->header, packet);
  check_inside(ip->options, ip->header);
  check_inside(ip->payload, packet);
  ZSOCK_CHECK(ip->header.size() == Ipv4::kMinHeaderSize + ip->options.size());
  ZSOCK_CHECK(ip->fragment_offset % 8 == 0);
  take_upper_layer(ip->protocol, ip->payload, {ip->source, ip->destination, ip->ttl});
}

void take_chain(const Ipv6& ip) {
  const Ends ends{ip.source, ip.destination, ip.hop_limit};
  const Ipv6Chain chain = walk_ipv6_chain(ip, {});
  check_inside(chain.payload, ip.packet);
  switch (chain.end) {
    case Ipv6Chain::End::upper_layer:
      ZSOCK_CHECK(load_u8(ip.packet, chain.protocol_offset) == chain.protocol);
      return take_upper_layer(chain.protocol, chain.payload, ends);
    case Ipv6Chain::End::fragment: {
      const auto fragment = Ipv6Fragment::parse(chain.payload);
      if (!fragment) return;
      check_inside(fragment->payload, chain.payload);
      ZSOCK_CHECK(fragment->offset % 8 == 0);
      return take_upper_layer(fragment->next_header, fragment->payload, ends);
    }
    case Ipv6Chain::End::parameter_problem:
      ZSOCK_CHECK(chain.code <= 2 && chain.pointer < ip.packet.size());
      return;
    case Ipv6Chain::End::discard:
      return;
  }
}

void take_frame(ByteView frame) {
  const auto ethernet = Ethernet::parse(frame);
  if (!ethernet) return;
  check_inside(ethernet->payload, frame);
  switch (static_cast<EtherType>(ethernet->ether_type)) {
    case EtherType::arp:
      return take_arp(ethernet->payload);
    case EtherType::ipv4:
      return take_ipv4(ethernet->payload);
    case EtherType::ipv6:
      if (const auto ip = Ipv6::parse(ethernet->payload)) take_chain(*ip);
      return;
    case EtherType::vlan:
      return;
  }
}

}  // namespace
}  // namespace zsock::wire

namespace zsock {
namespace {

/// Steering sees every frame before the parsers do, and the same bytes as a frame to send.
void steer(ByteView frame) {
  const FrameSubject subject = subject_of(frame);
  ZSOCK_CHECK(subject.kind == FrameSubject::Kind::connection || subject.flow == wire::Flow{});
  TxFrame sent{};
  sent.header_size = std::min<std::size_t>(frame.size(), wire::Ethernet::kHeaderSize);
  copy_bytes(sent.header, frame.first(sent.header_size));
  sent.payload[0] = frame.subspan(sent.header_size);
  sent.payload_parts = 1;
  static_cast<void>(sent_by_every_shard(sent));
}

}  // namespace
}  // namespace zsock

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  zsock::steer(std::as_bytes(std::span(data, size)));
  zsock::wire::take_frame(std::as_bytes(std::span(data, size)));
  return 0;
}
