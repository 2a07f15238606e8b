#include "daemon/stack/wire/ipv6.h"

namespace zsock::wire {
namespace {

constexpr std::size_t kVersion = 0;  ///< version, traffic class, flow label
constexpr std::size_t kPayloadLength = 4;
constexpr std::size_t kNextHeader = 6;
constexpr std::size_t kHopLimit = 7;
constexpr std::size_t kSource = 8;
constexpr std::size_t kDestination = 24;
constexpr std::uint32_t kFlowLabelMask = 0xfffff;
constexpr std::size_t kMaxPayloadLength = 65535;

// The fragment header, RFC 8200 4.5.
constexpr std::size_t kFragmentOffset = 2;  ///< 13 bits of offset, 2 reserved, M
constexpr std::size_t kFragmentIdentification = 4;
constexpr std::uint16_t kFragmentOffsetMask = 0xfff8;
constexpr std::uint16_t kFragmentMore = 0x0001;

}  // namespace

Result<Ipv6, ParseError> Ipv6::parse(ByteView packet) {
  if (packet.size() < kHeaderSize) return Err{ParseError::too_short};
  const std::uint32_t first = load_be32(packet, kVersion);
  if ((first >> 28U) != 6) return Err{ParseError::bad_version};
  const std::size_t length = load_be16(packet, kPayloadLength);
  if (length > packet.size() - kHeaderSize) return Err{ParseError::bad_length};
  return Ipv6{.traffic_class = static_cast<std::uint8_t>((first >> 20U) & 0xffU),
              .flow_label = first & kFlowLabelMask,
              .next_header = load_u8(packet, kNextHeader),
              .hop_limit = load_u8(packet, kHopLimit),
              .source = IpAddress::load(Family::ipv6, packet, kSource),
              .destination = IpAddress::load(Family::ipv6, packet, kDestination),
              .packet = packet.first(kHeaderSize + length),
              .payload = packet.subspan(kHeaderSize, length)};
}

void Ipv6::emit(MutableBytes out, std::size_t payload_size) const {
  ZSOCK_CHECK(payload_size <= kMaxPayloadLength && flow_label <= kFlowLabelMask);
  ZSOCK_CHECK(source.is_v6() && destination.is_v6());
  store_be32(out, kVersion, (6U << 28U) | (std::uint32_t{traffic_class} << 20U) | flow_label);
  store_be16(out, kPayloadLength, static_cast<std::uint16_t>(payload_size));
  store_u8(out, kNextHeader, next_header);
  store_u8(out, kHopLimit, hop_limit);
  source.store(out, kSource);
  destination.store(out, kDestination);
}

Result<Ipv6Fragment, ParseError> Ipv6Fragment::parse(ByteView bytes) {
  if (bytes.size() < kHeaderSize) return Err{ParseError::too_short};
  const std::uint16_t offset = load_be16(bytes, kFragmentOffset);
  return Ipv6Fragment{.next_header = load_u8(bytes, 0),
                      .offset = static_cast<std::uint16_t>(offset & kFragmentOffsetMask),
                      .more_fragments = (offset & kFragmentMore) != 0,
                      .identification = load_be32(bytes, kFragmentIdentification),
                      .payload = bytes.subspan(kHeaderSize)};
}

void Ipv6Fragment::emit(MutableBytes out) const {
  ZSOCK_CHECK(offset % 8 == 0);
  store_u8(out, 0, next_header);
  store_u8(out, 1, 0);
  store_be16(out, kFragmentOffset,
             static_cast<std::uint16_t>(offset | (more_fragments ? kFragmentMore : 0U)));
  store_be32(out, kFragmentIdentification, identification);
}

}  // namespace zsock::wire
