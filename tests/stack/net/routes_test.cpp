// Longest prefix match, against a naive search.

#include "daemon/stack/net/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "daemon/stack/base/rng.h"

namespace zsock::net {
namespace {

wire::IpAddress ip(std::string_view text) {
  return *wire::IpAddress::parse(text);
}
wire::Cidr cidr(std::string_view text) {
  return *wire::Cidr::parse(text);
}

Route on_link(std::string_view destination, std::uint32_t interface) {
  return {.destination = cidr(destination), .interface = InterfaceId{interface}};
}
Route through(std::string_view destination, std::string_view gateway) {
  return {.destination = cidr(destination), .gateway = ip(gateway), .interface = InterfaceId{1}};
}

// RFC 1122 3.3.1
// req: IP4-9
TEST(RoutesFind, PrefersTheLongestPrefix) {
  Routes routes;
  routes.add(through("0.0.0.0/0", "192.0.2.254"));
  routes.add(on_link("192.0.2.1/24", 1));
  routes.add(through("198.51.100.0/24", "192.0.2.253"));
  routes.add(through("198.51.100.128/25", "192.0.2.252"));
  routes.add(through("198.51.100.7/32", "192.0.2.251"));
  EXPECT_FALSE(routes.find(ip("192.0.2.77"))->gateway);
  EXPECT_EQ(routes.find(ip("198.51.100.1"))->gateway, ip("192.0.2.253"));
  EXPECT_EQ(routes.find(ip("198.51.100.200"))->gateway, ip("192.0.2.252"));
  EXPECT_EQ(routes.find(ip("198.51.100.7"))->gateway, ip("192.0.2.251"));
  EXPECT_EQ(routes.find(ip("203.0.113.1"))->gateway, ip("192.0.2.254"));
  EXPECT_EQ(routes.find(ip("2001:db8::1")), nullptr);
}

TEST(RoutesFind, KeepsTheFamiliesApart) {
  Routes routes;
  routes.add(through("0.0.0.0/0", "192.0.2.254"));
  EXPECT_EQ(routes.find(ip("::")), nullptr);
  routes.add(through("::/0", "fe80::1"));
  EXPECT_EQ(routes.find(ip("2001:db8::9"))->gateway, ip("fe80::1"));
  EXPECT_EQ(routes.find(ip("203.0.113.1"))->gateway, ip("192.0.2.254"));
}

TEST(RoutesFind, CanBeHeldToOneInterface) {
  Routes routes;
  routes.add(on_link("192.0.2.0/24", 1));
  routes.add(on_link("192.0.2.0/24", 2));
  EXPECT_EQ(routes.find(ip("192.0.2.9"), InterfaceId{2})->interface, InterfaceId{2});
  EXPECT_EQ(routes.find(ip("192.0.2.9"), InterfaceId{3}), nullptr);
}

TEST(RoutesAdd, LeavesARouteThatExistsAlone) {
  Routes routes;
  routes.add(through("198.51.100.1/24", "192.0.2.254"));
  routes.add(through("198.51.100.2/24", "192.0.2.254"));
  EXPECT_EQ(routes.size(), 1U);
}

// RFC 1122 3.3.1.4, 3.3.1.5
// req: IP4-9
TEST(RoutesGateways, MoveOnFromADeadOneAndBack) {
  Routes routes;
  routes.add(through("0.0.0.0/0", "192.0.2.253"));
  routes.add(through("0.0.0.0/0", "192.0.2.254"));
  const auto gateway = [&] { return *routes.find(ip("203.0.113.1"))->gateway; };
  EXPECT_EQ(gateway(), ip("192.0.2.253"));
  routes.gateway_failed(InterfaceId{1}, ip("192.0.2.253"));
  EXPECT_EQ(gateway(), ip("192.0.2.254"));
  routes.gateway_failed(InterfaceId{1}, ip("192.0.2.254"));
  EXPECT_EQ(gateway(), ip("192.0.2.253"));  // better than none
  routes.gateway_answered(InterfaceId{1}, ip("192.0.2.254"));
  EXPECT_EQ(gateway(), ip("192.0.2.254"));
}

// RFC 4632 5.1
TEST(RoutesFind, AgreesWithANaiveSearch) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRng dice(seed);
    Routes routes;
    std::vector<wire::Cidr> all;
    for (int i = 0; i < 1024; ++i) {
      const auto bits = static_cast<std::uint8_t>(dice.below(33));
      const wire::Cidr prefix{wire::IpAddress::v4(dice.next_u32() & 0xff0f3fffU), bits};
      routes.add({.destination = prefix, .interface = InterfaceId{1}});
      all.push_back(prefix);
    }
    for (int i = 0; i < 300; ++i) {
      const wire::IpAddress address = wire::IpAddress::v4(dice.next_u32() & 0xff0f3fffU);
      int longest = -1;
      for (const wire::Cidr& prefix : all) {
        if (prefix.contains(address)) longest = std::max(longest, int{prefix.prefix_length});
      }
      const Route* found = routes.find(address);
      ASSERT_EQ(found == nullptr, longest < 0);
      if (found != nullptr) {
        EXPECT_EQ(found->destination.prefix_length, longest);
        EXPECT_TRUE(found->destination.contains(address));
      }
    }
  }
}

TEST(RoutesPrefix, CutsAndCompares) {
  EXPECT_EQ(network_of(ip("192.0.2.255"), 25), ip("192.0.2.128"));
  EXPECT_EQ(network_of(ip("192.0.2.255"), 0), ip("0.0.0.0"));
  EXPECT_EQ(network_of(ip("192.0.2.255"), 32), ip("192.0.2.255"));
  EXPECT_EQ(network_of(ip("2001:db8:ffff::1"), 33), ip("2001:db8:8000::"));
  EXPECT_EQ(common_prefix_length(ip("192.0.2.0"), ip("192.0.2.255")), 24U);
  EXPECT_EQ(common_prefix_length(ip("::1"), ip("::1")), 128U);
  EXPECT_EQ(common_prefix_length(ip("8000::"), ip("::")), 0U);
}

}  // namespace
}  // namespace zsock::net
