#include "daemon/stack/wire/checksum.h"

#include <gtest/gtest.h>

#include "tests/support/octets.h"

namespace zsock::wire {
namespace {

using test::octets;

// RFC 1071 3
TEST(Checksum, SumsTheExampleOfTheRfc) {
  Checksum sum;
  sum.add(octets("0001 f203 f4f5 f6f7"));
  EXPECT_EQ(sum.folded(), 0xddf2);
  EXPECT_EQ(sum.finish(), 0x220d);
}

TEST(Checksum, OfNothingIsAllOnes) {
  EXPECT_EQ(checksum({}), 0xffff);
  EXPECT_EQ(Checksum().folded(), 0);
  EXPECT_EQ(checksum(octets("0000 0000")), 0xffff);
  EXPECT_EQ(checksum(octets("ffff ffff")), 0);
}

TEST(Checksum, OfARegionWithItsChecksumIsZero) {
  EXPECT_EQ(checksum(octets("4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7")), 0);
  EXPECT_EQ(checksum(octets("4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7")), 0xb861);
}

TEST(Checksum, PadsAnOddEndWithZero) {
  EXPECT_EQ(checksum(octets("12")), checksum(octets("1200")));
  EXPECT_EQ(checksum(octets("1234 56")), checksum(octets("1234 5600")));
}

TEST(Checksum, JoinsPiecesOfOddLength) {
  const auto whole = octets("0102 0304 0506 0708 090a 0b0c 0d");
  for (std::size_t a = 0; a <= whole.size(); ++a) {
    for (std::size_t b = a; b <= whole.size(); ++b) {
      const ByteView view = whole;
      Checksum sum;
      sum.add(view.first(a)).add(view.subspan(a, b - a)).add(view.subspan(b));
      EXPECT_EQ(sum.finish(), checksum(whole)) << a << ' ' << b;
    }
  }
}

TEST(Checksum, CarriesAcrossTheWholeMachineWord) {
  const test::Octets ones(65536, std::byte{0xff});
  EXPECT_EQ(Checksum().add(ones).folded(), 0xffff);
  EXPECT_EQ(Checksum().add(ones).add_be16(1).folded(), 1);
}

// RFC 9293 3.1
TEST(Checksum, CoversThePseudoHeaderOfIpv4) {
  Checksum sum;
  sum.add_pseudo_header(IpAddress::v4(192, 0, 2, 1), IpAddress::v4(198, 51, 100, 7), 6, 0x1234);
  EXPECT_EQ(sum.folded(), Checksum().add(octets("c0000201 c6336407 00 06 1234")).folded());
}

// RFC 8200 8.1
TEST(Checksum, CoversThePseudoHeaderOfIpv6) {
  const auto source = octets("20010db8 00000000 00000000 00000001");
  const auto destination = octets("20010db8 00000000 0000ffff 00000002");
  Checksum sum;
  sum.add_pseudo_header(IpAddress::load(Family::ipv6, source, 0),
                        IpAddress::load(Family::ipv6, destination, 0), 58, 0x00012345);
  Checksum expected;
  expected.add(source).add(destination).add(octets("00012345 000000 3a"));
  EXPECT_EQ(sum.folded(), expected.folded());
}

TEST(ChecksumDeathTest, TakesWordsAtEvenPlacesOnly) {
  Checksum sum;
  sum.add(octets("01"));
  EXPECT_DEATH(sum.add_be16(1), "");
  EXPECT_DEATH(sum.add_pseudo_header({}, {}, 6, 1), "");
}

// RFC 1624 4
TEST(ChecksumUpdate, MatchesTheExampleOfTheRfc) {
  EXPECT_EQ(update_checksum(0xdd2f, 0x5555, 0x3285), 0x0000);
}

TEST(ChecksumUpdate, KeepsWhatDidNotChange) {
  EXPECT_EQ(update_checksum(0x1234, 7, 7), 0x1234);
}

}  // namespace
}  // namespace zsock::wire
