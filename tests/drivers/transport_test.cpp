#include "drivers/transport.h"

#include "tests/drivers/frames.h"

namespace zsock::drivers::testing {
namespace {

/// An IPv6 frame whose first next-header is `first`, followed by `rest`.
Bytes ipv6_frame(std::uint8_t first, const std::vector<unsigned>& rest) {
  Bytes bytes(14 + 40 + rest.size());
  store_be16(bytes, 12, 0x86dd);
  wire::Ipv6{.next_header = first, .source = kOur6, .destination = kPeer6}.emit(
      MutableBytes(bytes).subspan(14), rest.size());
  for (std::size_t i = 0; i < rest.size(); ++i) bytes[54 + i] = static_cast<std::byte>(rest[i]);
  return bytes;
}

TEST(FindTransport, Ipv4WithOptionsAndPadding) {
  Bytes bytes = udp_frame(wire::Family::ipv4, Bytes(10));
  bytes[14] = std::byte{0x46};
  bytes.resize(bytes.size() + 20);  // padding, and the last 4 octets of the payload before it
  const auto found = find_transport(bytes);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->start, 14U + 24U);
  EXPECT_EQ(found->end, 14U + 20U + 18U);
  EXPECT_EQ(found->protocol, 17);
  EXPECT_EQ(found->source, kOur4);
  EXPECT_EQ(found->destination, kPeer4);
  EXPECT_EQ(found->checksum_offset(), 6U);
}

// RFC 8200 4.1: hop-by-hop, destination options and routing headers may come first.
TEST(FindTransport, Ipv6BehindExtensionHeaders) {
  std::vector<unsigned> rest(8 + 16 + 20);
  rest[0] = 60;            // hop-by-hop of 8 octets, then destination options
  rest[8] = kProtocolTcp;  // of 16 octets
  rest[9] = 1;
  const auto found = find_transport(ipv6_frame(0, rest));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->start, 54U + 24U);
  EXPECT_EQ(found->protocol, kProtocolTcp);
  EXPECT_EQ(found->source, kOur6);
  EXPECT_FALSE(found->source_routed);
  EXPECT_TRUE(find_transport(ipv6_frame(43, {17, 0, 0, 0, 0, 0, 0, 0}))->source_routed);
}

TEST(FindTransport, NothingInFragmentsAndOtherProtocols) {
  Bytes more = udp_frame(wire::Family::ipv4, Bytes(10));
  more[20] = std::byte{0x20};
  EXPECT_FALSE(find_transport(more).has_value());
  Bytes later = udp_frame(wire::Family::ipv4, Bytes(10));
  later[21] = std::byte{1};
  EXPECT_FALSE(find_transport(later).has_value());
  EXPECT_FALSE(find_transport(ipv6_frame(44, std::vector<unsigned>(20))).has_value());
  Bytes arp(60);
  store_be16(arp, 12, 0x0806);
  EXPECT_FALSE(find_transport(arp).has_value());
}

TEST(FindTransport, NothingInEndlessOrTruncatedChains) {
  EXPECT_FALSE(find_transport(ipv6_frame(0, std::vector<unsigned>(200))).has_value());
  EXPECT_FALSE(find_transport(ipv6_frame(0, {17, 1, 0, 0, 0, 0, 0, 0})).has_value());
  EXPECT_FALSE(find_transport(ipv6_frame(0, {17, 0, 0})).has_value());
}

TEST(FindTransport, StaysInsideEveryTruncation) {
  for (const auto family : {wire::Family::ipv4, wire::Family::ipv6}) {
    const Bytes whole = udp_frame(family, Bytes(10));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(find_transport(ByteView(whole).first(size)).has_value()) << size;
    }
  }
}

}  // namespace
}  // namespace zsock::drivers::testing
