#include "drivers/offload.h"

#include <algorithm>

#include "daemon/stack/wire/checksum.h"
#include "drivers/device.h"
#include "drivers/transport.h"

namespace zsock::drivers {
namespace {

constexpr std::size_t kIpv4Identification = kEthernetOctets + 4;

/// Where the checksum lies in the frame; nothing when it cannot be made from the frame alone.
std::optional<std::size_t> checksum_field(const Transport& transport) {
  const auto offset = transport.checksum_offset();
  if (!offset || transport.source_routed) return std::nullopt;
  const std::size_t field = transport.start + *offset;
  return field + 2 > transport.end ? std::nullopt : std::optional(field);
}

/// The frame without padding, its first `header` octets inline, its checksum to be completed.
/// REQUIRES: the checksum field lies in the header, and that has room.
TxFrame summed_form(ByteView bytes, const Transport& transport, std::size_t header) {
  TxFrame frame = plain_frame(bytes.first(transport.end));
  frame.header_size = header;
  frame.payload[0] = bytes.subspan(header, transport.end - header);
  frame.payload_parts = 1;
  frame.needs_checksum = true;
  frame.checksum_start = static_cast<std::uint16_t>(transport.start);
  frame.checksum_offset = static_cast<std::uint16_t>(*transport.checksum_offset());
  const auto length = static_cast<std::uint32_t>(transport.end - transport.start);
  const std::uint16_t partial =
      wire::Checksum{}
          .add_pseudo_header(transport.source, transport.destination, transport.protocol, length)
          .folded();
  store_be16(frame.header, transport.start + frame.checksum_offset, partial);
  return frame;
}

std::optional<TxFrame> merged_form(const RxFrame& received) {
  const auto transport = find_transport(received.bytes);
  if (!transport) return std::nullopt;
  const auto payload = payload_start(received.bytes, *transport);
  if (!payload || *payload > kMaxHeaderOctets || !checksum_field(*transport)) return std::nullopt;
  TxFrame frame = summed_form(received.bytes, *transport, *payload);
  const bool tcp = transport->protocol == kProtocolTcp;
  frame.segmentation = transport->family == wire::Family::ipv4
                           ? (tcp ? Segmentation::tcp4 : Segmentation::udp4)
                           : (tcp ? Segmentation::tcp6 : Segmentation::udp6);
  frame.segment_size = received.segment_size;
  return frame;
}

}  // namespace

void complete_checksum(MutableBytes frame, std::size_t start, std::size_t offset) {
  const std::uint16_t sum = wire::checksum(frame.subspan(start));
  store_be16(frame, start + offset, sum == 0 ? std::uint16_t{0xffff} : sum);
}

Segmenter::Segmenter(const TxFrame& frame)
    : frame_(frame), payload_size_(frame.payload_size()), step_(payload_size_) {
  ZSOCK_CHECK(frame.header_size <= kMaxHeaderOctets);
  ZSOCK_CHECK(frame.payload_parts <= frame.payload.size());
  ZSOCK_CHECK(frame.size() <= kMaxFrameOctets);
  const std::size_t start = frame.checksum_start;
  if (frame.needs_checksum) ZSOCK_CHECK(start + frame.checksum_offset + 2 <= frame.header_size);
  if (frame.segmentation == Segmentation::none) return;
  ZSOCK_CHECK(frame.needs_checksum && frame.segment_size > 0);
  ZSOCK_CHECK(start >= kEthernetOctets + kTcpMinOctets);
  ZSOCK_CHECK(start + (is_udp(frame) ? kUdpOctets : kTcpMinOctets) <= frame.header_size);
  step_ = std::min<std::size_t>(frame.segment_size, payload_size_);
}

std::size_t Segmenter::frames_left() const {
  if (done_) return 0;
  return step_ == 0 ? 1 : (payload_size_ - offset_ + step_ - 1) / step_;
}

std::size_t Segmenter::largest_frame() const {
  return frame_.header_size + step_;
}

ByteView Segmenter::next(MutableBytes out) {
  if (done_) return {};
  ZSOCK_CHECK(out.size() >= largest_frame());
  const std::size_t size = std::min(step_, payload_size_ - offset_);
  const MutableBytes made = out.first(frame_.header_size + size);
  copy_bytes(made, frame_.header_bytes());
  copy_payload(made.subspan(frame_.header_size));
  if (step_ < payload_size_) {
    fix_ip(made, offset_ / step_);
    fix_transport(made, size);
  }
  if (frame_.needs_checksum) {
    complete_checksum(made, frame_.checksum_start, frame_.checksum_offset);
  }
  offset_ += size;
  done_ = offset_ == payload_size_;
  return made;
}

void Segmenter::copy_payload(MutableBytes out) {
  while (!out.empty()) {
    const ByteView part = frame_.payload[part_].subspan(inside_);
    const std::size_t size = std::min(part.size(), out.size());
    copy_bytes(out, part.first(size));
    out = out.subspan(size);
    inside_ += size;
    if (size == part.size()) {
      ++part_;
      inside_ = 0;
    }
  }
}

void Segmenter::fix_ip(MutableBytes out, std::size_t index) const {
  const std::size_t header = frame_.checksum_start - kEthernetOctets;
  if (frame_.segmentation == Segmentation::tcp6 || frame_.segmentation == Segmentation::udp6) {
    set_ip_length(out, wire::Family::ipv6, header);
    return;
  }
  store_be16(out, kIpv4Identification,
             static_cast<std::uint16_t>(load_be16(out, kIpv4Identification) + index));
  set_ip_length(out, wire::Family::ipv4, header);
}

void Segmenter::fix_transport(MutableBytes out, std::size_t size) const {
  const MutableBytes header = out.subspan(frame_.checksum_start);
  if (is_udp(frame_)) {
    store_be16(header, kUdpLength, static_cast<std::uint16_t>(header.size()));
  } else {
    fix_tcp(header, size);
  }
  // The pseudo-header sum counts the length of the whole: replace it by this segment's.
  const std::size_t whole = frame_.size() - frame_.checksum_start;
  const std::uint16_t partial = wire::Checksum{}
                                    .add_be16(load_be16(header, frame_.checksum_offset))
                                    .add_be16(static_cast<std::uint16_t>(~whole))
                                    .add_be16(static_cast<std::uint16_t>(header.size()))
                                    .folded();
  store_be16(header, frame_.checksum_offset, partial);
}

void Segmenter::fix_tcp(MutableBytes tcp, std::size_t size) const {
  store_be32(tcp, kTcpSequence, load_be32(tcp, kTcpSequence) + static_cast<std::uint32_t>(offset_));
  unsigned flags = load_u8(tcp, kTcpFlags);
  if (offset_ != 0) flags &= ~kCwr;                              // RFC 3168 6.1.2: once
  if (offset_ + size != payload_size_) flags &= ~(kFin | kPsh);  // they mark the end
  store_u8(tcp, kTcpFlags, static_cast<std::uint8_t>(flags));
}

TxFrame plain_frame(ByteView bytes) {
  TxFrame frame;
  frame.header_size = std::min(bytes.size(), kMaxHeaderOctets);
  copy_bytes(frame.header, bytes.first(frame.header_size));
  if (bytes.size() > frame.header_size) {
    frame.payload[0] = bytes.subspan(frame.header_size);
    frame.payload_parts = 1;
  }
  return frame;
}

std::optional<TxFrame> resend_form(const RxFrame& received) {
  if (received.segment_size != 0) return merged_form(received);
  if (!received.checksum_verified) return plain_frame(received.bytes);
  const auto transport = find_transport(received.bytes);
  const auto field = transport ? checksum_field(*transport) : std::nullopt;
  if (!field || *field + 2 > kMaxHeaderOctets) return plain_frame(received.bytes);
  // RFC 768: a zero checksum says that there is none.
  const bool unsummed =
      transport->protocol == kProtocolUdp && load_be16(received.bytes, *field) == 0;
  if (unsummed) return plain_frame(received.bytes);
  return summed_form(received.bytes, *transport, *field + 2);
}

}  // namespace zsock::drivers
