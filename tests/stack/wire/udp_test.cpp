#include "daemon/stack/wire/udp.h"

#include <gtest/gtest.h>

#include "tests/support/octets.h"

namespace zsock::wire {
namespace {

using test::octets;
using test::Octets;

const auto kOverIpv4 = octets("d431 0035 000d fb5e 68656c6c6f");
const auto kOverIpv6 = octets("d431 0035 000d 8c26 68656c6c6f");
const IpAddress kSource4 = IpAddress::v4(192, 0, 2, 1);
const IpAddress kDestination4 = IpAddress::v4(198, 51, 100, 7);
const IpAddress kSource6 = *IpAddress::parse("2001:db8::1");
const IpAddress kDestination6 = *IpAddress::parse("2001:db8::2");

// RFC 768; req: UDP-1
TEST(Udp, ParsesAndEmitsOverBothFamilies) {
  const auto udp = Udp::parse(kOverIpv4);
  ASSERT_TRUE(udp);
  EXPECT_EQ(udp->source_port, 54321);
  EXPECT_EQ(udp->destination_port, 53);
  EXPECT_EQ(udp->checksum, 0xfb5e);
  EXPECT_EQ(test::to_octets(udp->payload), octets("68656c6c6f"));
  Octets out(Udp::kHeaderSize);
  udp->emit(out, kSource4, kDestination4);
  EXPECT_EQ(out + octets("68656c6c6f"), kOverIpv4);
  udp->emit(out, kSource6, kDestination6);
  EXPECT_EQ(out + octets("68656c6c6f"), kOverIpv6);
}

TEST(Udp, VerifiesTheChecksum) {
  EXPECT_TRUE(Udp::verify(kOverIpv4, kSource4, kDestination4));
  EXPECT_TRUE(Udp::verify(kOverIpv6, kSource6, kDestination6));
  EXPECT_FALSE(Udp::verify(kOverIpv4, kSource4, kSource4));
  for (std::size_t bit = 0; bit < kOverIpv4.size() * 8; ++bit) {
    Octets datagram = kOverIpv4;
    datagram[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(Udp::verify(datagram, kSource4, kDestination4)) << bit;
  }
}

TEST(Udp, IgnoresWhatLiesBeyondItsLength) {
  const auto padded = kOverIpv4 + octets("eeeeeeee");
  const auto udp = Udp::parse(padded);
  ASSERT_TRUE(udp);
  EXPECT_EQ(udp->payload.size(), 5U);
  EXPECT_TRUE(Udp::verify(padded, kSource4, kDestination4));
}

TEST(Udp, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < kOverIpv4.size(); ++size) {
    const ByteView part = ByteView(kOverIpv4).first(size);
    const auto udp = Udp::parse(part);
    ASSERT_FALSE(udp) << size;
    EXPECT_EQ(udp.error(), size < 8 ? ParseError::too_short : ParseError::bad_length);
    EXPECT_FALSE(Udp::verify(part, kSource4, kDestination4));
  }
}

TEST(Udp, RefusesALengthSmallerThanItsHeader) {
  for (std::uint16_t length = 0; length < 8; ++length) {
    Octets datagram = kOverIpv4;
    store_be16(datagram, 4, length);
    EXPECT_EQ(Udp::parse(datagram).error(), ParseError::bad_length) << length;
  }
}

// RFC 768 (no checksum), RFC 8200 8.1 (not over IPv6)
TEST(Udp, AcceptsAMissingChecksumOverIpv4Only) {
  Octets datagram = kOverIpv4;
  store_be16(datagram, 6, 0);
  EXPECT_TRUE(Udp::verify(datagram, kSource4, kDestination4));
  EXPECT_FALSE(Udp::verify(datagram, kSource6, kDestination6));
}

// RFC 768: a computed zero is sent as all ones
TEST(Udp, NeverSendsAZeroChecksum) {
  const auto payload = octets("e39d");
  Octets out(Udp::kHeaderSize);
  const Udp udp{.source_port = 0x1000, .destination_port = 0x2000, .payload = payload};
  udp.emit(out, kSource4, kDestination4);
  EXPECT_EQ(out, octets("1000 2000 000a ffff"));
  EXPECT_TRUE(Udp::verify(out + payload, kSource4, kDestination4));
}

TEST(Udp, HoldsTheLargestDatagram) {
  const Octets payload(65527, std::byte{0x5a});
  Octets out(Udp::kHeaderSize);
  Udp{.source_port = 1, .destination_port = 2, .payload = payload}.emit(out, kSource6,
                                                                        kDestination6);
  const auto datagram = out + payload;
  EXPECT_EQ(Udp::parse(datagram)->payload.size(), 65527U);
  EXPECT_TRUE(Udp::verify(datagram, kSource6, kDestination6));
  const Octets larger(65528);
  EXPECT_DEATH((Udp{.payload = larger}.emit(out, kSource6, kDestination6)), "");
}

}  // namespace
}  // namespace zsock::wire
