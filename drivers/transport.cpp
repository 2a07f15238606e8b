#include "drivers/transport.h"

#include "daemon/stack/wire/checksum.h"

namespace zsock::drivers {
namespace {

constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
constexpr std::size_t kIpv4MinOctets = 20;
constexpr std::size_t kIpv6Octets = 40;
constexpr std::size_t kIpv4Length = kEthernetOctets + 2;
constexpr std::size_t kIpv4Checksum = kEthernetOctets + 10;
constexpr std::size_t kIpv6Length = kEthernetOctets + 4;
constexpr int kMaxExtensionHeaders = 8;

std::optional<Transport> find_in_ipv4(ByteView frame) {
  const ByteView packet = frame.subspan(kEthernetOctets);
  if (packet.size() < kIpv4MinOctets || (load_u8(packet, 0) >> 4U) != 4) return std::nullopt;
  const std::size_t header = (std::size_t{load_u8(packet, 0)} & 0x0fU) * 4;
  const std::size_t total = load_be16(packet, 2);
  if (header < kIpv4MinOctets || total < header || total > packet.size()) return std::nullopt;
  const bool fragment = (load_be16(packet, 6) & 0x3fffU) != 0;  // more fragments, or an offset
  if (fragment) return std::nullopt;
  return Transport{.family = wire::Family::ipv4,
                   .protocol = load_u8(packet, 9),
                   .start = kEthernetOctets + header,
                   .end = kEthernetOctets + total,
                   .source = wire::IpAddress::load(wire::Family::ipv4, packet, 12),
                   .destination = wire::IpAddress::load(wire::Family::ipv4, packet, 16)};
}

bool is_skippable(std::uint8_t next_header) {
  return next_header == 0 || next_header == 43 || next_header == 60;
}

std::optional<Transport> find_in_ipv6(ByteView frame) {
  const ByteView packet = frame.subspan(kEthernetOctets);
  if (packet.size() < kIpv6Octets || (load_u8(packet, 0) >> 4U) != 6) return std::nullopt;
  const std::size_t end = kIpv6Octets + load_be16(packet, 4);
  if (end > packet.size()) return std::nullopt;
  Transport found{.family = wire::Family::ipv6,
                  .protocol = load_u8(packet, 6),
                  .start = kIpv6Octets,
                  .end = kEthernetOctets + end,
                  .source = wire::IpAddress::load(wire::Family::ipv6, packet, 8),
                  .destination = wire::IpAddress::load(wire::Family::ipv6, packet, 24)};
  for (int i = 0; is_skippable(found.protocol); ++i) {
    if (i == kMaxExtensionHeaders || found.start + 8 > end) return std::nullopt;
    if (found.protocol == 43) found.source_routed = true;
    found.protocol = load_u8(packet, found.start);
    found.start += 8 + (std::size_t{load_u8(packet, found.start + 1)} * 8);
  }
  constexpr std::uint8_t kFragment = 44;
  if (found.protocol == kFragment || found.start > end) return std::nullopt;
  found.start += kEthernetOctets;
  return found;
}

}  // namespace

std::optional<std::size_t> Transport::checksum_offset() const {
  if (protocol == kProtocolTcp) return 16;
  if (protocol == kProtocolUdp) return 6;
  return std::nullopt;
}

std::optional<Transport> find_transport(ByteView frame) {
  if (frame.size() < kEthernetOctets) return std::nullopt;
  const std::uint16_t type = load_be16(frame, 12);
  if (type == kEtherTypeIpv4) return find_in_ipv4(frame);
  if (type == kEtherTypeIpv6) return find_in_ipv6(frame);
  return std::nullopt;
}

std::optional<std::size_t> payload_start(ByteView frame, const Transport& transport) {
  if (transport.protocol == kProtocolUdp) {
    const std::size_t payload = transport.start + kUdpOctets;
    return payload > transport.end ? std::nullopt : std::optional(payload);
  }
  const bool tcp = transport.protocol == kProtocolTcp;
  if (!tcp || transport.start + kTcpMinOctets > transport.end) return std::nullopt;
  const std::size_t header = (std::size_t{load_u8(frame, transport.start + 12)} >> 4U) * 4;
  if (header < kTcpMinOctets || transport.start + header > transport.end) return std::nullopt;
  return transport.start + header;
}

void set_ip_length(MutableBytes frame, wire::Family family, std::size_t header) {
  const std::size_t packet = frame.size() - kEthernetOctets;
  if (family == wire::Family::ipv6) {
    store_be16(frame, kIpv6Length, static_cast<std::uint16_t>(packet - kIpv6Octets));
    return;
  }
  store_be16(frame, kIpv4Length, static_cast<std::uint16_t>(packet));
  store_be16(frame, kIpv4Checksum, 0);
  store_be16(frame, kIpv4Checksum, wire::checksum(frame.subspan(kEthernetOctets, header)));
}

}  // namespace zsock::drivers
