#include "daemon/stack/wire/icmpv4.h"

#include <gtest/gtest.h>

#include "tests/support/octets.h"

namespace zsock::wire {
namespace {

using test::octets;

const auto kEcho = octets("0800 bc03 1234 0001 6162636465");

// RFC 792; req: ICM4-1
TEST(Icmpv4, ParsesAndEmitsAnEcho) {
  const auto icmp = Icmpv4::parse(kEcho);
  ASSERT_TRUE(icmp);
  EXPECT_EQ(icmp->type, icmpv4_type::kEcho);
  EXPECT_EQ(icmp->code, 0);
  EXPECT_EQ(icmp->rest, 0x12340001U);
  EXPECT_EQ(test::to_octets(icmp->payload), octets("6162636465"));
  test::Octets out(Icmpv4::kHeaderSize);
  icmp->emit(out);
  EXPECT_EQ(out + octets("6162636465"), kEcho);
}

TEST(Icmpv4, ParsesAndEmitsAnError) {
  const auto message =
      octets("0303 4638 00000000 000102030405060708090a0b0c0d0e0f101112131415161718191a1b");
  const auto icmp = Icmpv4::parse(message);
  ASSERT_TRUE(icmp);
  EXPECT_TRUE(icmp->is_error());
  EXPECT_EQ(icmp->payload.size(), 28U);
  test::Octets out(Icmpv4::kHeaderSize);
  icmp->emit(out);
  EXPECT_EQ(out, test::Octets(message.begin(), message.begin() + 8));
}

TEST(Icmpv4, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < kEcho.size(); ++size) {
    const auto icmp = Icmpv4::parse(ByteView(kEcho).first(size));
    ASSERT_FALSE(icmp) << size;
    EXPECT_EQ(icmp.error(), size < 8 ? ParseError::too_short : ParseError::bad_checksum);
  }
}

TEST(Icmpv4, RefusesEverySingleBitError) {
  for (std::size_t bit = 0; bit < kEcho.size() * 8; ++bit) {
    test::Octets message = kEcho;
    message[bit / 8] ^= std::byte{1} << (bit % 8);
    ASSERT_FALSE(Icmpv4::parse(message)) << bit;
  }
}

// RFC 1122 3.2.2; req: ICM4-7
TEST(Icmpv4, ParsesAnyTypeAndKnowsTheErrors) {
  for (unsigned type = 0; type < 256; ++type) {
    const Icmpv4 given{.type = static_cast<std::uint8_t>(type), .code = 9, .rest = 0x01020304};
    test::Octets message(Icmpv4::kHeaderSize);
    given.emit(message);
    const auto icmp = Icmpv4::parse(message);
    ASSERT_TRUE(icmp);
    EXPECT_EQ(icmp->type, type);
    EXPECT_EQ(icmp->code, 9);
    const bool error = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    EXPECT_EQ(icmp->is_error(), error) << type;
  }
}

}  // namespace
}  // namespace zsock::wire
