#pragma once
/// \file
/// Frames for the driver tests: made by wire/, judged by wire/ and by a naive checksum.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "daemon/stack/base/frame.h"
#include "daemon/stack/base/rng.h"
#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/ipv4.h"
#include "daemon/stack/wire/ipv6.h"
#include "daemon/stack/wire/tcp.h"
#include "daemon/stack/wire/udp.h"
#include "drivers/device.h"

namespace zsock::drivers::testing {

using Bytes = std::vector<std::byte>;

inline const wire::MacAddr kOurMac{{0x02, 0, 0, 0, 0, 1}};
inline const wire::MacAddr kPeerMac{{0x02, 0, 0, 0, 0, 2}};
inline const wire::IpAddress kOur4 = wire::IpAddress::v4(192, 0, 2, 1);
inline const wire::IpAddress kPeer4 = wire::IpAddress::v4(198, 51, 100, 2);
inline const wire::IpAddress kOur6 = *wire::IpAddress::parse("2001:db8::1");
inline const wire::IpAddress kPeer6 = *wire::IpAddress::parse("2001:db8:1::2");

inline Bytes random_bytes(Rng& rng, std::size_t size) {
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::byte>(rng.next_u32());
  return bytes;
}

inline Bytes to_bytes(ByteView view) {
  return {view.begin(), view.end()};
}

/// RFC 1071 as it is written: 16 bits at a time. A region with its right checksum yields 0.
inline unsigned naive_checksum(ByteView bytes, unsigned sum = 0) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned octet = std::to_integer<unsigned>(bytes[i]);
    sum += i % 2 == 0 ? octet << 8U : octet;
    sum = (sum & 0xffffU) + (sum >> 16U);
  }
  return ~sum & 0xffffU;
}

/// A TCP frame as the stack makes it: partial checksum, payload borrowed in `parts` spans.
struct TcpWish {
  wire::Family family = wire::Family::ipv4;
  std::uint32_t sequence = 1000;
  std::uint8_t flags = wire::tcp_flag::kAck;
  std::uint16_t identification = 7;
  std::uint16_t segment_size = 0;  ///< 0: not to be cut
  std::size_t parts = 1;
  wire::TcpOptions options{.timestamps = wire::TcpTimestamps{11, 22}};
};

inline TxFrame tcp_frame(const TcpWish& wish, ByteView payload) {
  const bool v4 = wish.family == wire::Family::ipv4;
  const wire::IpAddress& source = v4 ? kOur4 : kOur6;
  const wire::IpAddress& destination = v4 ? kPeer4 : kPeer6;
  const wire::Tcp tcp{.source_port = 80,
                      .destination_port = 4321,
                      .sequence = wish.sequence,
                      .acknowledgment = 77,
                      .flags = wish.flags,
                      .window = 512,
                      .options = wish.options};
  TxFrame frame;
  const MutableBytes out(frame.header);
  wire::Ethernet{.destination = kPeerMac,
                 .source = kOurMac,
                 .ether_type = static_cast<std::uint16_t>(v4 ? 0x0800 : 0x86dd)}
      .emit(out);
  const std::size_t segment = tcp.header_size() + payload.size();
  if (v4) {
    wire::Ipv4{.identification = wish.identification,
               .dont_fragment = true,
               .protocol = 6,
               .source = source,
               .destination = destination}
        .emit(out.subspan(14), segment);
  } else {
    wire::Ipv6{.next_header = 6, .source = source, .destination = destination}.emit(out.subspan(14),
                                                                                    segment);
  }
  const std::size_t start = v4 ? 34 : 54;
  frame.header_size =
      start + tcp.emit_partial(out.subspan(start), source, destination, payload.size());
  frame.needs_checksum = true;
  frame.checksum_start = static_cast<std::uint16_t>(start);
  frame.checksum_offset = 16;
  if (wish.segment_size != 0) {
    frame.segmentation = v4 ? Segmentation::tcp4 : Segmentation::tcp6;
    frame.segment_size = wish.segment_size;
  }
  const std::size_t step = payload.size() / wish.parts;
  for (std::size_t i = 0; i < wish.parts; ++i) {
    const bool last = i + 1 == wish.parts;
    frame.payload.at(i) = last ? payload.subspan(i * step) : payload.subspan(i * step, step);
  }
  frame.payload_parts = wish.parts;
  return frame;
}

/// A complete plain UDP frame.
inline Bytes udp_frame(wire::Family family, ByteView payload) {
  const bool v4 = family == wire::Family::ipv4;
  const wire::IpAddress& source = v4 ? kOur4 : kOur6;
  const wire::IpAddress& destination = v4 ? kPeer4 : kPeer6;
  const std::size_t start = v4 ? 34 : 54;
  Bytes bytes(start + 8 + payload.size());
  const MutableBytes out(bytes);
  wire::Ethernet{.destination = kPeerMac,
                 .source = kOurMac,
                 .ether_type = static_cast<std::uint16_t>(v4 ? 0x0800 : 0x86dd)}
      .emit(out);
  if (v4) {
    wire::Ipv4{.protocol = 17, .source = source, .destination = destination}.emit(
        out.subspan(14), 8 + payload.size());
  } else {
    wire::Ipv6{.next_header = 17, .source = source, .destination = destination}.emit(
        out.subspan(14), 8 + payload.size());
  }
  copy_bytes(out.subspan(start + 8), payload);
  wire::Udp{.source_port = 53, .destination_port = 5353, .payload = payload}.emit(
      out.subspan(start), source, destination);
  return bytes;
}

/// What a receiver makes of a plain TCP frame; every length and checksum is checked on the way.
struct SeenTcp {
  std::uint16_t identification = 0;  ///< IPv4
  std::uint32_t sequence = 0;
  std::uint8_t flags = 0;
  wire::TcpOptions options{};
  Bytes payload{};
};

inline SeenTcp see_tcp(ByteView frame) {
  SeenTcp seen;
  const bool v4 = load_be16(frame, 12) == 0x0800;
  const ByteView packet = frame.subspan(14);
  const ByteView segment = packet.subspan(v4 ? 20 : 40);
  if (v4) {
    const auto ip = wire::Ipv4::parse(packet);
    EXPECT_TRUE(ip.has_value());
    if (ip) {
      EXPECT_EQ(ip->payload.size(), segment.size());
    }
    EXPECT_EQ(naive_checksum(packet.first(20)), 0U);
    seen.identification = load_be16(packet, 4);
  } else {
    EXPECT_EQ(load_be16(packet, 4), segment.size());
  }
  // Addresses are neighbours in both headers, so that the pseudo-header is one region and a number.
  const ByteView addresses = v4 ? packet.subspan(12, 8) : packet.subspan(8, 32);
  const unsigned pseudo =
      (~naive_checksum(addresses) & 0xffffU) + 6U + static_cast<unsigned>(segment.size());
  EXPECT_EQ(naive_checksum(segment, (pseudo & 0xffffU) + (pseudo >> 16U)), 0U);
  const auto tcp = wire::Tcp::parse(segment);
  EXPECT_TRUE(tcp.has_value());
  if (!tcp) return seen;
  seen.sequence = tcp->sequence;
  seen.flags = tcp->flags;
  seen.options = tcp->options;
  seen.payload = to_bytes(tcp->payload);
  return seen;
}

/// All frames that wait in a device.
inline std::vector<Bytes> receive_all(Device& device) {
  std::vector<Bytes> frames;
  Bytes buffer(kReceiveBufferOctets);
  for (auto frame = device.receive(buffer); frame; frame = device.receive(buffer)) {
    frames.push_back(to_bytes(frame->bytes));
  }
  return frames;
}

}  // namespace zsock::drivers::testing
