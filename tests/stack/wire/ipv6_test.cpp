#include "daemon/stack/wire/ipv6.h"

#include <gtest/gtest.h>

#include "tests/support/octets.h"

namespace zsock::wire {
namespace {

using test::octets;
using test::Octets;

const auto kPacket = octets(
    "6b812345 0003 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002 010203");

// RFC 8200 3; req: IP6-1
TEST(Ipv6, ParsesAndEmitsTheSameOctets) {
  const auto ip = Ipv6::parse(kPacket);
  ASSERT_TRUE(ip);
  EXPECT_EQ(ip->traffic_class, 0xb8);
  EXPECT_EQ(ip->flow_label, 0x12345U);
  EXPECT_EQ(ip->next_header, 17);
  EXPECT_EQ(ip->hop_limit, 64);
  EXPECT_EQ(ip->source.to_string(), "2001:db8::1");
  EXPECT_EQ(ip->destination.to_string(), "2001:db8::2");
  EXPECT_EQ(test::to_octets(ip->payload), octets("010203"));
  Octets out(Ipv6::kHeaderSize);
  ip->emit(out, 3);
  EXPECT_EQ(out + octets("010203"), kPacket);
}

TEST(Ipv6, CutsPaddingOff) {
  const auto padded = kPacket + octets("eeeeee");
  const auto ip = Ipv6::parse(padded);
  ASSERT_TRUE(ip);
  EXPECT_EQ(test::to_octets(ip->packet), kPacket);
  EXPECT_EQ(ip->payload.size(), 3U);
}

TEST(Ipv6, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < kPacket.size(); ++size) {
    const auto ip = Ipv6::parse(ByteView(kPacket).first(size));
    ASSERT_FALSE(ip) << size;
    EXPECT_EQ(ip.error(), size < 40 ? ParseError::too_short : ParseError::bad_length);
  }
}

TEST(Ipv6, RefusesOtherVersions) {
  for (unsigned version = 0; version < 16; ++version) {
    Octets packet = kPacket;
    store_u8(packet, 0, static_cast<std::uint8_t>(version << 4U));
    EXPECT_EQ(Ipv6::parse(packet).has_value(), version == 6) << version;
  }
}

// RFC 2675 is not spoken: length 0 is an empty packet; req: IP6-9
TEST(Ipv6, TakesLengthZeroAsNoPayload) {
  Octets packet = kPacket;
  store_be16(packet, 4, 0);
  const auto ip = Ipv6::parse(packet);
  ASSERT_TRUE(ip);
  EXPECT_TRUE(ip->payload.empty());
}

TEST(Ipv6DeathTest, HoldsTheSenderToItsContract) {
  Octets out(40);
  EXPECT_DEATH(Ipv6{}.emit(out, 65536), "");
  EXPECT_DEATH((Ipv6{.flow_label = 0x100000}.emit(out, 0)), "");
  EXPECT_DEATH((Ipv6{.source = IpAddress{}}.emit(out, 0)), "");
  EXPECT_DEATH((Ipv6Fragment{.offset = 9}.emit(out)), "");
}

// RFC 8200 4.5
TEST(Ipv6Fragment, ParsesAndEmitsTheSameOctets) {
  const auto bytes = octets("11 00 05a9 cafe0001 010203");
  const auto fragment = Ipv6Fragment::parse(bytes);
  ASSERT_TRUE(fragment);
  EXPECT_EQ(fragment->next_header, 17);
  EXPECT_EQ(fragment->offset, 1448);
  EXPECT_TRUE(fragment->more_fragments);
  EXPECT_EQ(fragment->identification, 0xcafe0001U);
  EXPECT_EQ(test::to_octets(fragment->payload), octets("010203"));
  Octets out(Ipv6Fragment::kHeaderSize);
  fragment->emit(out);
  EXPECT_EQ(out + octets("010203"), bytes);
}

TEST(Ipv6Fragment, IgnoresReservedBits) {
  const auto fragment = Ipv6Fragment::parse(octets("3a ff fffe 00000000"));
  ASSERT_TRUE(fragment);
  EXPECT_EQ(fragment->offset, 65528);
  EXPECT_FALSE(fragment->more_fragments);
}

TEST(Ipv6Fragment, RefusesEveryTruncatedHeader) {
  const auto bytes = octets("11 00 05a9 cafe0001");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(Ipv6Fragment::parse(ByteView(bytes).first(size)).error(), ParseError::too_short);
  }
}

}  // namespace
}  // namespace zsock::wire
