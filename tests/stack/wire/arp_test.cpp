#include "daemon/stack/wire/arp.h"

#include <gtest/gtest.h>

#include "tests/support/octets.h"

namespace zsock::wire {
namespace {

using test::octets;

const auto kRequest = octets("0001 0800 06 04 0001 02005e005301 c0000201 000000000000 c0000202");

test::Octets with(std::size_t offset, std::uint16_t value) {
  test::Octets packet = kRequest;
  store_be16(packet, offset, value);
  return packet;
}

// RFC 826; req: ARP-1
TEST(Arp, ParsesAndEmitsTheSameOctets) {
  const auto arp = Arp::parse(kRequest);
  ASSERT_TRUE(arp);
  EXPECT_EQ(arp->operation, Arp::Operation::request);
  EXPECT_EQ(arp->sender_mac.to_string(), "02:00:5e:00:53:01");
  EXPECT_EQ(arp->sender_ip, IpAddress::v4(192, 0, 2, 1));
  EXPECT_TRUE(arp->target_mac.is_unspecified());
  EXPECT_EQ(arp->target_ip, IpAddress::v4(192, 0, 2, 2));
  test::Octets out(Arp::kSize);
  arp->emit(out);
  EXPECT_EQ(out, kRequest);
}

TEST(Arp, ParsesReplies) {
  const auto arp = Arp::parse(with(6, 2));
  ASSERT_TRUE(arp);
  EXPECT_EQ(arp->operation, Arp::Operation::reply);
}

TEST(Arp, IgnoresPadding) {
  EXPECT_TRUE(Arp::parse(kRequest + test::Octets(18)));
}

TEST(Arp, RefusesEveryTruncation) {
  for (std::size_t size = 0; size < kRequest.size(); ++size) {
    const auto arp = Arp::parse(ByteView(kRequest).first(size));
    ASSERT_FALSE(arp) << size;
    EXPECT_EQ(arp.error(), ParseError::too_short);
  }
}

// RFC 826, packet reception: each question before anything else is used
TEST(Arp, RefusesWhatIsNotIpv4OverEthernet) {
  EXPECT_EQ(Arp::parse(with(0, 6)).error(), ParseError::unsupported);
  EXPECT_EQ(Arp::parse(with(2, 0x86dd)).error(), ParseError::unsupported);
  EXPECT_EQ(Arp::parse(with(4, 0x0804)).error(), ParseError::bad_length);
  EXPECT_EQ(Arp::parse(with(4, 0x0610)).error(), ParseError::bad_length);
  EXPECT_EQ(Arp::parse(with(4, 0x0600)).error(), ParseError::bad_length);
  for (const unsigned operation : {0U, 3U, 8U, 0x0100U, 0xffffU}) {
    EXPECT_EQ(Arp::parse(with(6, static_cast<std::uint16_t>(operation))).error(),
              ParseError::unsupported)
        << operation;
  }
}

}  // namespace
}  // namespace zsock::wire
