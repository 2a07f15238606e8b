#include "daemon/stack/wire/icmpv6.h"

#include <gtest/gtest.h>

#include "tests/support/octets.h"

namespace zsock::wire {
namespace {

using test::octets;

const auto kEcho = octets("8000 72d4 beef 0007 78797a");
const IpAddress kSource = *IpAddress::parse("2001:db8::1");
const IpAddress kDestination = *IpAddress::parse("2001:db8::2");

// RFC 4443 4.1; req: IC6-1
TEST(Icmpv6, ParsesAndEmitsAnEcho) {
  const auto icmp = Icmpv6::parse(kEcho, kSource, kDestination);
  ASSERT_TRUE(icmp);
  EXPECT_EQ(icmp->type, icmpv6_type::kEcho);
  EXPECT_EQ(icmp->code, 0);
  EXPECT_EQ(icmp->rest, 0xbeef0007U);
  EXPECT_EQ(test::to_octets(icmp->payload), octets("78797a"));
  EXPECT_FALSE(icmp->is_error());
  test::Octets out(Icmpv6::kHeaderSize);
  icmp->emit(out, kSource, kDestination);
  EXPECT_EQ(out + octets("78797a"), kEcho);
}

TEST(Icmpv6, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < kEcho.size(); ++size) {
    const auto icmp = Icmpv6::parse(ByteView(kEcho).first(size), kSource, kDestination);
    ASSERT_FALSE(icmp) << size;
    EXPECT_EQ(icmp.error(), size < 8 ? ParseError::too_short : ParseError::bad_checksum);
  }
}

// RFC 4443 2.3
TEST(Icmpv6, ChecksThePseudoHeader) {
  EXPECT_EQ(Icmpv6::parse(kEcho, kSource, *IpAddress::parse("2001:db8::3")).error(),
            ParseError::bad_checksum);
  EXPECT_EQ(Icmpv6::parse(kEcho, *IpAddress::parse("2001:db8::5"), kDestination).error(),
            ParseError::bad_checksum);
}

// req: IC6-2
TEST(Icmpv6, RefusesAMessageSummedLikeIpv4) {
  // The same echo with the checksum of ICMPv4, which covers no pseudo header.
  EXPECT_EQ(Icmpv6::parse(octets("8000 ce8e beef 0007 78797a"), kSource, kDestination).error(),
            ParseError::bad_checksum);
}

TEST(Icmpv6, KnowsErrorsByTheHighBit) {
  for (unsigned type = 0; type < 256; ++type) {
    const Icmpv6 given{.type = static_cast<std::uint8_t>(type)};
    test::Octets message(Icmpv6::kHeaderSize);
    given.emit(message, kSource, kDestination);
    const auto icmp = Icmpv6::parse(message, kSource, kDestination);
    ASSERT_TRUE(icmp);
    EXPECT_EQ(icmp->type, type);
    EXPECT_EQ(icmp->is_error(), type < 128);
  }
}

}  // namespace
}  // namespace zsock::wire
