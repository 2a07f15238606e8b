#include "daemon/stack/wire/ethernet.h"

#include <gtest/gtest.h>

#include "tests/support/octets.h"

namespace zsock::wire {
namespace {

using test::octets;

// RFC 894, RFC 2464 3; req: ETH-1
TEST(Ethernet, ParsesAndEmitsTheSameOctets) {
  const auto frame = octets("ffffffffffff 02005e005301 0806 aabbcc");
  const auto parsed = Ethernet::parse(frame);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->destination, MacAddr::broadcast());
  EXPECT_EQ(parsed->source.to_string(), "02:00:5e:00:53:01");
  EXPECT_EQ(parsed->ether_type, static_cast<std::uint16_t>(EtherType::arp));
  EXPECT_EQ(test::to_octets(parsed->payload), octets("aabbcc"));
  test::Octets out(Ethernet::kHeaderSize);
  parsed->emit(out);
  EXPECT_EQ(out, octets("ffffffffffff 02005e005301 0806"));
}

TEST(Ethernet, RefusesEveryTruncatedHeader) {
  const auto frame = octets("ffffffffffff 02005e005301 0800");
  for (std::size_t size = 0; size < frame.size(); ++size) {
    const auto parsed = Ethernet::parse(ByteView(frame).first(size));
    ASSERT_FALSE(parsed) << size;
    EXPECT_EQ(parsed.error(), ParseError::too_short);
  }
  EXPECT_TRUE(Ethernet::parse(frame)) << "an empty payload is the next layer's concern";
}

// req: ETH-5
TEST(Ethernet, RefusesLengthsInPlaceOfTypes) {
  EXPECT_EQ(Ethernet::parse(octets("ffffffffffff 02005e005301 05ff")).error(),
            ParseError::unsupported);
  EXPECT_EQ(Ethernet::parse(octets("ffffffffffff 02005e005301 0000")).error(),
            ParseError::unsupported);
  EXPECT_TRUE(Ethernet::parse(octets("ffffffffffff 02005e005301 0600")));
}

}  // namespace
}  // namespace zsock::wire
