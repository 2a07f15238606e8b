#include "drivers/vnet_header.h"

#include <cstring>

#include "drivers/device.h"
#include "drivers/offload.h"
#include "drivers/transport.h"

namespace zsock::drivers {
namespace {

constexpr std::size_t kMaxDatagrams = 128;  // in one frame, as Linux

template <class T>
T load_native(const VnetHeader::Bytes& bytes, std::size_t offset) {
  T value{};
  std::memcpy(&value, &bytes[offset], sizeof value);
  return value;
}

template <class T>
void store_native(VnetHeader::Bytes& bytes, std::size_t offset, T value) {
  std::memcpy(&bytes[offset], &value, sizeof value);
}

bool names_checksum_of(const VnetHeader& header, const std::optional<Transport>& transport) {
  return transport && header.checksum_start == transport->start &&
         transport->checksum_offset() == header.checksum_offset;
}

bool in_bounds(const VnetHeader& header, ByteView frame) {
  return header.checksum_start >= kEthernetOctets &&
         std::size_t{header.checksum_start} + header.checksum_offset + 2 <= frame.size();
}

/// Is the frame the super-segment of TCP or UDP that gso_type says?
bool is_merged_as_said(const VnetHeader& header, const std::optional<Transport>& transport) {
  if (header.segment_size == 0 || !transport) return false;
  if (header.gso_type == VnetHeader::kUdp) return transport->protocol == kProtocolUdp;
  if (transport->protocol != kProtocolTcp) return false;
  const auto family = header.gso_type & ~unsigned{VnetHeader::kEcn};
  if (family == VnetHeader::kTcp4) return transport->family == wire::Family::ipv4;
  if (family == VnetHeader::kTcp6) return transport->family == wire::Family::ipv6;
  return false;
}

}  // namespace

VnetHeader VnetHeader::decode(const Bytes& bytes) {
  return VnetHeader{.flags = load_native<std::uint8_t>(bytes, 0),
                    .gso_type = load_native<std::uint8_t>(bytes, 1),
                    .header_size = load_native<std::uint16_t>(bytes, 2),
                    .segment_size = load_native<std::uint16_t>(bytes, 4),
                    .checksum_start = load_native<std::uint16_t>(bytes, 6),
                    .checksum_offset = load_native<std::uint16_t>(bytes, 8)};
}

VnetHeader::Bytes VnetHeader::encode() const {
  Bytes bytes{};
  store_native(bytes, 0, flags);
  store_native(bytes, 1, gso_type);
  store_native(bytes, 2, header_size);
  store_native(bytes, 4, segment_size);
  store_native(bytes, 6, checksum_start);
  store_native(bytes, 8, checksum_offset);
  return bytes;
}

VnetHeader vnet_header_of(const TxFrame& frame) {
  VnetHeader header;
  if (!frame.needs_checksum) return header;
  header.flags = VnetHeader::kNeedsChecksum;
  header.checksum_start = frame.checksum_start;
  header.checksum_offset = frame.checksum_offset;
  const bool cut =
      frame.segmentation != Segmentation::none && frame.payload_size() > frame.segment_size;
  if (!cut) return header;
  header.gso_type =
      frame.segmentation == Segmentation::tcp4 ? VnetHeader::kTcp4 : VnetHeader::kTcp6;
  if (is_udp(frame)) {
    header.gso_type = VnetHeader::kUdp;
  } else if ((load_u8(frame.header_bytes(), frame.checksum_start + kTcpFlags) & kCwr) != 0) {
    header.gso_type |= VnetHeader::kEcn;
  }
  header.header_size = static_cast<std::uint16_t>(frame.header_size);
  header.segment_size = frame.segment_size;
  return header;
}

RxFrame describe_received(const VnetHeader& header, MutableBytes frame) {
  if (frame.size() < kEthernetOctets || frame.size() > kMaxFrameOctets) return {};
  RxFrame described{.bytes = frame,
                    .checksum_verified = (header.flags & VnetHeader::kChecksumValid) != 0};
  const bool partial = (header.flags & VnetHeader::kNeedsChecksum) != 0;
  const bool merged = header.gso_type != VnetHeader::kNotMerged;
  if (!partial && !merged) return described;

  const auto transport = find_transport(frame);
  if (partial) {
    if (!in_bounds(header, frame)) return {};
    described.checksum_verified = names_checksum_of(header, transport);
    if (!described.checksum_verified && !merged) {
      complete_checksum(frame, header.checksum_start, header.checksum_offset);
    }
  }
  if (!merged) return described;
  if (!described.checksum_verified || !is_merged_as_said(header, transport)) return {};
  const auto payload = payload_start(frame, *transport);
  if (!payload) return {};
  const bool datagrams = header.gso_type == VnetHeader::kUdp;
  if (datagrams && (transport->end - *payload) / header.segment_size > kMaxDatagrams) return {};
  if (transport->end - *payload > header.segment_size) {
    described.segment_size = header.segment_size;
  }
  return described;
}

}  // namespace zsock::drivers
