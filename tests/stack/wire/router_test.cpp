// Router Advertisements and Solicitations: RFC 4861 4.1, 4.2, 6.1.2, RFC 4191.
#include "daemon/stack/wire/router.h"

#include <gtest/gtest.h>

namespace zsock::wire {
namespace {

using Octets = std::vector<std::byte>;

IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}

RouterAdvertisement full() {
  RouterAdvertisement said{.hop_limit = 64,
                           .preference = RouterPreference::high,
                           .lifetime = 1800,
                           .source_link_address = MacAddr{{2, 0, 0, 0, 0, 9}},
                           .mtu = 1400};
  said.prefixes.push_back({.prefix = {ip("2001:db8:1::"), 64},
                           .on_link = true,
                           .autonomous = true,
                           .valid_lifetime = 86400,
                           .preferred_lifetime = 14400});
  said.routes.push_back(
      {.prefix = {ip("2001:db8:2::"), 48}, .preference = RouterPreference::low, .lifetime = 600});
  said.name_servers = {{ip("2001:db8::53"), 700}, {ip("2001:db8::54"), 800}};
  return said;
}

class RouterAdvertisements : public testing::Test {
 protected:
  /// Parses octets as if they had come with a right checksum.
  Result<RouterAdvertisement, ParseError> parse() {
    const Icmpv6 icmp{.type = load_u8(message_, 0),
                      .code = load_u8(message_, 1),
                      .rest = load_be32(message_, 4),
                      .payload = ByteView(message_).subspan(8)};
    return RouterAdvertisement::parse(icmp, context_);
  }
  /// Appends an option of `units` times 8 octets.
  void append(std::uint8_t type, std::uint8_t units, std::size_t octets) {
    const std::size_t at = message_.size();
    message_.resize(at + octets);
    store_u8(message_, at, type);
    store_u8(message_, at + 1, units);
  }

  NdpContext context_{ip("fe80::9"), ip("ff02::1"), 255};
  Octets message_ = full().build(context_.source, context_.destination);
};

// req: ND-5
TEST_F(RouterAdvertisements, RoundTrip) {
  const auto said = parse();
  ASSERT_TRUE(said);
  EXPECT_EQ(*said, full());
  EXPECT_TRUE(Icmpv6::parse(message_, context_.source, context_.destination));
}

// RFC 8106 5.1: an odd length, three at least (an even one has brought other hosts down).
// req: SLA-4
TEST_F(RouterAdvertisements, NameServersNeedTheRightLength) {
  const std::size_t before = parse()->name_servers.size();
  for (const std::uint8_t units : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{4}}) {
    append(25, units, units * std::size_t{8});
    ASSERT_TRUE(parse());
    EXPECT_EQ(parse()->name_servers.size(), before);
  }
  append(25, 5, 40);
  EXPECT_EQ(parse()->name_servers.size(), before + 2);
  append(25, 255, 2040);
  EXPECT_EQ(parse()->name_servers.size(), RouterAdvertisement::kMaxNameServers);
}

// RFC 4861 6.1.2, each rule alone.
// req: ND-1, ND-5
TEST_F(RouterAdvertisements, EveryRuleCounts) {
  const NdpContext good = context_;
  context_.hop_limit = 254;
  EXPECT_FALSE(parse());
  context_ = good;
  context_.source = ip("2001:db8::9");
  EXPECT_FALSE(parse());
  context_.source = ip("::");
  EXPECT_FALSE(parse());
  context_ = good;
  store_u8(message_, 1, 1);
  EXPECT_FALSE(parse());
  store_u8(message_, 1, 0);
  ASSERT_TRUE(parse());
  store_u8(message_, 0, icmpv6_type::kRouterSolicitation);
  EXPECT_FALSE(parse());
  message_.assign(15, std::byte{0});
  store_u8(message_, 0, icmpv6_type::kRouterAdvertisement);
  EXPECT_FALSE(parse());
}

// req: ND-1
TEST_F(RouterAdvertisements, OptionsStayInside) {
  append(200, 0, 8);  // a length of 0
  EXPECT_FALSE(parse());
  message_.resize(message_.size() - 8);
  append(200, 2, 8);  // longer than the message
  EXPECT_FALSE(parse());
  message_.resize(message_.size() - 8);
  message_.push_back(std::byte{1});  // no room for a length
  EXPECT_FALSE(parse());
  message_.pop_back();
  append(200, 1, 8);  // unknown
  EXPECT_TRUE(parse());
}

// Options that contradict themselves do no harm.
TEST_F(RouterAdvertisements, OddOptionsArePassedOver) {
  message_ = RouterAdvertisement{.lifetime = 5}.build(context_.source, context_.destination);
  append(3, 4, 32);
  store_u8(message_, message_.size() - 30, 129);  // prefix length
  append(3, 3, 24);                               // a prefix without room
  append(24, 2, 16);
  store_u8(message_, message_.size() - 14, 65);  // needs 16 octets
  append(24, 1, 8);
  store_u8(message_, message_.size() - 6, 1);  // needs 8
  append(24, 3, 24);
  store_u8(message_, message_.size() - 21, 0x10);  // RFC 4191 2.3: a reserved preference
  append(5, 2, 16);
  append(1, 2, 16);
  EXPECT_EQ(*parse(), (RouterAdvertisement{.lifetime = 5}));
}

TEST_F(RouterAdvertisements, ManyOptionsAreBounded) {
  for (int i = 0; i < 100; ++i) {
    append(3, 4, 32);
    append(24, 3, 24);
  }
  const auto said = parse();
  ASSERT_TRUE(said);
  EXPECT_EQ(said->prefixes.size(), RouterAdvertisement::kMaxPrefixes);
  EXPECT_EQ(said->routes.size(), RouterAdvertisement::kMaxRoutes);
}

// RFC 4191 2.2: a router's reserved preference is taken as medium.
TEST_F(RouterAdvertisements, ReservedPreferenceIsMedium) {
  store_u8(message_, 5, 0x10);
  EXPECT_EQ(parse()->preference, RouterPreference::medium);
  store_u8(message_, 5, 0x18);
  EXPECT_EQ(parse()->preference, RouterPreference::low);
}

// RFC 4861 4.1.
TEST(RouterSolicitations, AreWritten) {
  std::array<std::byte, RouterSolicitation::kMaxSize> out{};
  EXPECT_EQ(RouterSolicitation{}.emit(out, ip("::"), ip("ff02::2")), 8U);
  const MacAddr mac{{2, 0, 0, 0, 0, 1}};
  EXPECT_EQ(RouterSolicitation{mac}.emit(out, ip("fe80::1"), ip("ff02::2")), 16U);
  const auto icmp = Icmpv6::parse(out, ip("fe80::1"), ip("ff02::2"));
  ASSERT_TRUE(icmp);
  EXPECT_EQ(icmp->type, icmpv6_type::kRouterSolicitation);
  EXPECT_EQ(icmp->rest, 0U);
  EXPECT_EQ(load_u8(icmp->payload, 0), 1);
  EXPECT_EQ(load_u8(icmp->payload, 1), 1);
  EXPECT_EQ(MacAddr::load(icmp->payload, 2), mac);
}

}  // namespace
}  // namespace zsock::wire
