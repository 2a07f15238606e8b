#include "daemon/stack/steering.h"

#include <algorithm>
#include <optional>

#include "daemon/stack/wire/arp.h"
#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/flow_bytes.h"
#include "daemon/stack/wire/icmpv4.h"
#include "daemon/stack/wire/icmpv6.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/ipv6.h"

namespace zsock {
namespace {

using Kind = FrameSubject::Kind;
using wire::EtherType;

// wire::Ipv4 and wire::Ipv6 want a whole packet with a good checksum; a quoted one is neither.
constexpr std::size_t kFragmentField = 6;
constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kFragmentOffset = 0x1fff;
constexpr std::size_t kProtocolV4 = 9;
constexpr std::size_t kSourceV4 = 12;
constexpr std::size_t kDestinationV4 = 16;
constexpr std::size_t kNextHeader = 6;
constexpr std::size_t kSourceV6 = 8;
constexpr std::size_t kDestinationV6 = 24;
constexpr std::size_t kPorts = 4;  ///< octets

/// An IP packet as far as steering goes.
struct Packet {
  wire::IpAddress source{};
  wire::IpAddress destination{};
  std::uint8_t protocol = wire::ip_protocol::kNoNextHeader;
  bool is_fragment = false;  ///< `protocol` may be that of an extension header
  ByteView payload{};
};

std::optional<Packet> read_v4(ByteView bytes) {
  if (bytes.size() < wire::Ipv4::kMinHeaderSize) return std::nullopt;
  const std::uint8_t first = load_u8(bytes, 0);
  const std::size_t size = std::size_t{first & 0x0fU} * 4;
  if ((first >> 4U) != 4 || size < wire::Ipv4::kMinHeaderSize || size > bytes.size()) {
    return std::nullopt;
  }
  return Packet{
      .source = wire::IpAddress::load(wire::Family::ipv4, bytes, kSourceV4),
      .destination = wire::IpAddress::load(wire::Family::ipv4, bytes, kDestinationV4),
      .protocol = load_u8(bytes, kProtocolV4),
      .is_fragment = (load_be16(bytes, kFragmentField) & (kMoreFragments | kFragmentOffset)) != 0,
      .payload = bytes.subspan(size)};
}

std::optional<Packet> read_v6(ByteView bytes) {
  if (bytes.size() < wire::Ipv6::kHeaderSize || (load_u8(bytes, 0) >> 4U) != 6) {
    return std::nullopt;
  }
  const wire::Ipv6 header{.next_header = load_u8(bytes, kNextHeader),
                          .payload = bytes.subspan(wire::Ipv6::kHeaderSize)};
  const wire::Ipv6Chain chain = wire::walk_ipv6_chain(header, {});
  Packet packet{.source = wire::IpAddress::load(wire::Family::ipv6, bytes, kSourceV6),
                .destination = wire::IpAddress::load(wire::Family::ipv6, bytes, kDestinationV6),
                .protocol = chain.protocol,
                .payload = chain.payload};
  if (chain.end == wire::Ipv6Chain::End::fragment) {
    const auto fragment = wire::Ipv6Fragment::parse(chain.payload);
    if (!fragment) return std::nullopt;
    packet.is_fragment = true;
    packet.protocol = fragment->next_header;
  } else if (chain.end != wire::Ipv6Chain::End::upper_layer) {
    return std::nullopt;
  }
  return packet;
}

std::optional<Packet> read(EtherType type, ByteView bytes) {
  if (type == EtherType::ipv4) return read_v4(bytes);
  return type == EtherType::ipv6 ? read_v6(bytes) : std::nullopt;
}

/// The flow of a packet as its destination sees it.
std::optional<wire::Flow> flow_to(const Packet& packet) {
  if (packet.protocol != wire::ip_protocol::kTcp || packet.payload.size() < kPorts) {
    return std::nullopt;
  }
  return wire::Flow{.local = {packet.destination, load_be16(packet.payload, 2)},
                    .remote = {packet.source, load_be16(packet.payload, 0)}};
}

/// Fragments of TCP, or of what extension headers hide.
bool may_be_tcp(std::uint8_t protocol) {
  return protocol == wire::ip_protocol::kTcp || protocol == wire::ip_protocol::kHopByHop ||
         protocol == wire::ip_protocol::kRouting ||
         protocol == wire::ip_protocol::kDestinationOptions;
}

bool is_neighbor_discovery(std::uint8_t icmpv6_type) {
  return icmpv6_type >= wire::icmpv6_type::kRouterSolicitation &&
         icmpv6_type <= wire::icmpv6_type::kRedirect;
}

/// An ICMP message: an error goes to the connection that it quotes a packet of.
FrameSubject subject_of_icmp(EtherType type, const Packet& packet) {
  if (packet.payload.empty()) return {};
  const std::uint8_t message = load_u8(packet.payload, 0);
  const bool v6 = type == EtherType::ipv6;
  if (v6 && is_neighbor_discovery(message)) return {.kind = Kind::everybody};
  const bool error =
      v6 ? wire::Icmpv6{.type = message}.is_error() : wire::Icmpv4{.type = message}.is_error();
  if (!error || packet.payload.size() < wire::Icmpv4::kHeaderSize) return {};
  static_assert(wire::Icmpv4::kHeaderSize == wire::Icmpv6::kHeaderSize);
  const auto quoted = read(type, packet.payload.subspan(wire::Icmpv4::kHeaderSize));
  const auto flow = quoted ? flow_to(*quoted) : std::nullopt;
  if (!flow) return {};
  return {.kind = Kind::connection, .flow = {.local = flow->remote, .remote = flow->local}};
}

std::uint64_t mix(std::uint64_t value) {
  value *= 0x9e3779b97f4a7c15U;  // 2^64 / golden ratio
  return value ^ (value >> 32U);
}

std::uint64_t hash_of(const wire::Endpoint& endpoint) {
  std::uint64_t hash = endpoint.port;
  const ByteView octets = std::as_bytes(std::span(endpoint.address.octets()));
  for (std::size_t i = 0; i < endpoint.address.size(); i += 4) {
    hash = mix(hash + load_be32(octets, i));
  }
  return hash;
}

}  // namespace

FrameSubject subject_of(ByteView frame) {
  const auto ethernet = wire::Ethernet::parse(frame);
  if (!ethernet) return {};
  const auto type = static_cast<EtherType>(ethernet->ether_type);
  if (type == EtherType::arp) return {.kind = Kind::everybody};
  const auto packet = read(type, ethernet->payload);
  if (!packet) return {};
  if (packet->is_fragment) {
    return {.kind = may_be_tcp(packet->protocol) ? Kind::everybody : Kind::other};
  }
  const std::uint8_t icmp =
      type == EtherType::ipv6 ? wire::ip_protocol::kIcmpV6 : wire::ip_protocol::kIcmpV4;
  if (packet->protocol == icmp) return subject_of_icmp(type, *packet);
  const auto flow = flow_to(*packet);
  return flow ? FrameSubject{.kind = Kind::connection, .flow = *flow} : FrameSubject{};
}

std::uint64_t hash_of(const wire::Flow& flow) {
  return mix(hash_of(flow.local) + hash_of(flow.remote));
}

std::uint64_t fingerprint_of(const wire::Flow& flow, const SipKey& key) {
  wire::Flow bare = flow;
  bare.local.scope = bare.remote.scope = 0;
  return siphash(key, wire::flow_bytes(bare).view());
}

bool sent_by_every_shard(const TxFrame& frame) {
  // What is looked at lies in the first octets, wherever the frame keeps them.
  constexpr std::size_t kSeen =
      wire::Ethernet::kHeaderSize + wire::Ipv6::kHeaderSize + wire::Icmpv6::kHeaderSize;
  std::array<std::byte, kSeen> seen{};
  const std::size_t head = std::min(frame.header_size, kSeen);
  copy_bytes(seen, frame.header_bytes().first(head));
  std::size_t size = head;
  if (frame.payload_parts != 0 && head < kSeen) {
    const ByteView rest = frame.payload[0].first(std::min(frame.payload[0].size(), kSeen - head));
    copy_bytes(MutableBytes(seen).subspan(head), rest);
    size += rest.size();
  }
  const auto ethernet = wire::Ethernet::parse(ByteView(seen).first(size));
  if (!ethernet) return false;
  const auto type = static_cast<EtherType>(ethernet->ether_type);
  if (type == EtherType::arp) {
    const auto arp = wire::Arp::parse(ethernet->payload);
    return arp && arp->operation == wire::Arp::Operation::request &&
           !arp->sender_ip.is_unspecified() && arp->sender_ip != arp->target_ip;
  }
  const auto packet = read(type, ethernet->payload);
  if (!packet || packet->is_fragment) return false;
  if (packet->protocol == wire::ip_protocol::kTcp) return true;
  return type == EtherType::ipv6 && packet->protocol == wire::ip_protocol::kIcmpV6 &&
         !packet->payload.empty() && !packet->source.is_unspecified() &&
         load_u8(packet->payload, 0) == wire::icmpv6_type::kNeighborSolicitation;
}

}  // namespace zsock
