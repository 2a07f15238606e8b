#include "daemon/stack/wire/ipv4.h"

#include <gtest/gtest.h>

#include "daemon/stack/wire/checksum.h"
#include "tests/support/octets.h"

namespace zsock::wire {
namespace {

using test::octets;
using test::Octets;

const auto kPlain = octets("45b8 0017 1234 4000 4011 3bae c0000201 c6336407 010203");

/// Puts the right checksum into a header whose size octet 0 names.
Octets repaired(Octets packet) {
  const std::size_t size =
      std::min<std::size_t>(packet.size(), std::size_t{load_u8(packet, 0) & 0xfU} * 4);
  store_be16(packet, 10, 0);
  store_be16(packet, 10, checksum(ByteView(packet).first(size)));
  return packet;
}

/// A packet with these octets (a multiple of 4) as its options and one octet of payload.
Octets with_options(std::string_view text) {
  const Octets options = octets(text);
  Octets packet = Octets(20) + options + octets("55");
  Ipv4{.source = IpAddress::v4(192, 0, 2, 1), .destination = IpAddress::v4(198, 51, 100, 7)}.emit(
      packet, options.size() + 1);
  store_u8(packet, 0, static_cast<std::uint8_t>(0x45 + options.size() / 4));
  return repaired(packet);
}

// RFC 791 3.1
TEST(Ipv4, ParsesEveryField) {
  const auto ip = Ipv4::parse(kPlain);
  ASSERT_TRUE(ip);
  EXPECT_EQ(ip->tos, 0xb8);
  EXPECT_EQ(ip->identification, 0x1234);
  EXPECT_TRUE(ip->dont_fragment);
  EXPECT_FALSE(ip->more_fragments);
  EXPECT_EQ(ip->fragment_offset, 0);
  EXPECT_FALSE(ip->is_fragment());
  EXPECT_EQ(ip->ttl, 64);
  EXPECT_EQ(ip->protocol, 17);
  EXPECT_EQ(ip->source, IpAddress::v4(192, 0, 2, 1));
  EXPECT_EQ(ip->destination, IpAddress::v4(198, 51, 100, 7));
  EXPECT_TRUE(ip->options.empty());
  EXPECT_EQ(ip->header.size(), 20U);
  EXPECT_EQ(test::to_octets(ip->payload), octets("010203"));
}

TEST(Ipv4, EmitsTheSameOctets) {
  const auto ip = Ipv4::parse(kPlain);
  ASSERT_TRUE(ip);
  Octets out(20);
  ip->emit(out, 3);
  EXPECT_EQ(out + octets("010203"), kPlain);
}

TEST(Ipv4, ParsesAndEmitsFragments) {
  const auto packet = octets("4500 001c 1234 20b9 0101 9ab8 c0000201 c6336407 aaaaaaaaaaaaaaaa");
  const auto ip = Ipv4::parse(packet);
  ASSERT_TRUE(ip);
  EXPECT_TRUE(ip->is_fragment());
  EXPECT_TRUE(ip->more_fragments);
  EXPECT_FALSE(ip->dont_fragment);
  EXPECT_EQ(ip->fragment_offset, 1480);
  EXPECT_EQ(ip->ttl, 1);
  Octets out(20);
  ip->emit(out, 8);
  EXPECT_EQ(out, Octets(packet.begin(), packet.begin() + 20));
}

TEST(Ipv4, ParsesTheLargestOffset) {
  const auto ip = Ipv4::parse(repaired(octets("4500 0014 0000 1fff 4011 0000 c0000201 c6336407")));
  ASSERT_TRUE(ip);
  EXPECT_EQ(ip->fragment_offset, 65528);
  EXPECT_TRUE(ip->is_fragment());
}

// req: ETH-1
TEST(Ipv4, CutsPaddingOff) {
  const auto padded = kPlain + Octets(30, std::byte{0xee});
  const auto ip = Ipv4::parse(padded);
  ASSERT_TRUE(ip);
  EXPECT_EQ(test::to_octets(ip->payload), octets("010203"));
}

TEST(Ipv4, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < kPlain.size(); ++size) {
    const auto ip = Ipv4::parse(ByteView(kPlain).first(size));
    ASSERT_FALSE(ip) << size;
    EXPECT_EQ(ip.error(), size < 20 ? ParseError::too_short : ParseError::bad_length);
  }
}

// RFC 1122 3.2.1; req: IP4-1
TEST(Ipv4, RefusesBadVersionsAndLengths) {
  for (unsigned first = 0; first < 256; ++first) {
    Octets packet = kPlain;
    store_u8(packet, 0, static_cast<std::uint8_t>(first));
    const auto ip = Ipv4::parse(repaired(packet));
    if (first == 0x45) continue;
    ASSERT_FALSE(ip) << first;
    EXPECT_EQ(ip.error(), first >> 4U == 4 ? ParseError::bad_length : ParseError::bad_version);
  }
  for (const unsigned total : {0U, 19U, 24U, 65535U}) {
    Octets packet = kPlain;
    store_be16(packet, 2, static_cast<std::uint16_t>(total));
    EXPECT_EQ(Ipv4::parse(repaired(packet)).error(), ParseError::bad_length) << total;
  }
}

TEST(Ipv4, RefusesAHeaderLongerThanThePacket) {
  // Header length 24, total length 23: inside the bytes that are there, yet impossible.
  Octets packet = kPlain + Octets(40);
  store_u8(packet, 0, 0x46);
  EXPECT_EQ(Ipv4::parse(repaired(packet)).error(), ParseError::bad_length);
}

// RFC 1122 3.2.1.2
TEST(Ipv4, RefusesEverySingleBitError) {
  for (std::size_t bit = 0; bit < 160; ++bit) {
    Octets packet = kPlain;
    packet[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(Ipv4::parse(packet)) << bit;
  }
  Octets packet = kPlain;
  store_u8(packet, 8, 63);
  EXPECT_EQ(Ipv4::parse(packet).error(), ParseError::bad_checksum);
}

// RFC 1122 3.2.1.8; req: IP4-3
TEST(Ipv4Options, SkipsUnknownOnes) {
  const auto packet = octets("4700 001d 1234 0000 4011 74cc c0000201 c6336407 0194040000000000 55");
  const auto ip = Ipv4::parse(packet);
  ASSERT_TRUE(ip);
  EXPECT_EQ(test::to_octets(ip->options), octets("0194040000000000"));
  EXPECT_EQ(ip->header.size(), 28U);
  EXPECT_EQ(test::to_octets(ip->payload), octets("55"));
  EXPECT_FALSE(ip->has_source_route);
}

TEST(Ipv4Options, FindsSourceAndRecordRoutes) {
  const auto lsrr =
      Ipv4::parse(octets("4700 001d 1234 0000 4011 e91c c0000201 c6336407 "
                         "830704cb00710900 55"));
  ASSERT_TRUE(lsrr);
  EXPECT_TRUE(lsrr->has_source_route);
  EXPECT_TRUE(Ipv4::parse(with_options("01 89 07 04 cb007109"))->has_source_route);
  EXPECT_TRUE(Ipv4::parse(with_options("94 04 0000 07 03 04 00"))->has_source_route);
  EXPECT_FALSE(Ipv4::parse(with_options("00 83 07 04 cb007109"))->has_source_route)
      << "behind the end of options";
}

TEST(Ipv4Options, RefusesImpossibleLengths) {
  for (const char* options : {"94 00 0000", "94 01 0000", "94 05 0000", "01 01 01 94",
                              "94 04 0000 83 ff 04 00", "00000000 0101 4408 05000000"}) {
    const auto packet = with_options(options);
    const auto ip = Ipv4::parse(packet);
    if (std::string_view(options).substr(0, 2) == "00") {
      EXPECT_TRUE(ip) << "nothing counts behind the end of options";
      continue;
    }
    ASSERT_FALSE(ip) << options;
    EXPECT_EQ(ip.error(), ParseError::bad_option) << options;
  }
}

TEST(Ipv4Options, AcceptsTheLongestHeader) {
  const auto ip =
      Ipv4::parse(with_options("9428 00000000 00000000 00000000 00000000 00000000 "
                               "00000000 00000000 00000000 00000000 0000"));
  ASSERT_TRUE(ip);
  EXPECT_EQ(ip->options.size(), 40U);
}

TEST(Ipv4DeathTest, HoldsTheSenderToItsContract) {
  Octets out(20);
  EXPECT_DEATH(Ipv4{}.emit(out, 65516), "");
  EXPECT_DEATH((Ipv4{.fragment_offset = 4}.emit(out, 0)), "");
  EXPECT_DEATH((Ipv4{.source = IpAddress::any(Family::ipv6)}.emit(out, 0)), "");
  EXPECT_DEATH(Ipv4{}.emit(MutableBytes(out).first(19), 0), "");
}

}  // namespace
}  // namespace zsock::wire
