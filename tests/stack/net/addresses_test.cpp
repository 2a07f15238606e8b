// Own addresses, and which of them speaks (RFC 6724 10.1).

#include "daemon/stack/net/addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zsock::net {
namespace {

wire::IpAddress ip(std::string_view text) {
  return *wire::IpAddress::parse(text);
}

Addresses with(std::initializer_list<std::pair<std::uint32_t, const char*>> rows) {
  Addresses addresses;
  for (const auto& [interface, text] : rows) {
    addresses.add({.interface = InterfaceId{interface}, .cidr = *wire::Cidr::parse(text)});
  }
  return addresses;
}

constexpr InterfaceId kFirst{1};
constexpr InterfaceId kSecond{2};

// RFC 6724 10.1: its examples, but for those of rules 4 and 7, which have no object here.
// req: SLA-5
TEST(AddressesSource, AsInTheExamples) {
  struct Row {
    const char* destination;
    const char* chosen;
    const char* other;
    bool chosen_deprecated = false;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"2001:db8:1::1", "2001:db8:3::1/64", "fe80::1/64"},
           {"ff05::1", "2001:db8:3::1/64", "fe80::1/64"},
           {"2001:db8:1::1", "2001:db8:1::1/64", "2001:db8:2::1/64", true},
           {"fe80::1", "fe80::2/64", "2001:db8:1::1/64", true},
           {"2001:db8:1::1", "2001:db8:1::2/64", "2001:db8:3::2/64"},
           {"2002:c633:6401::1", "2002:c633:6401::d5e3:7953:13eb:22e8/64", "2001:db8:1::2/64"},
       }) {
    for (const bool first : {true, false}) {
      Addresses own =
          first ? with({{1, row.chosen}, {1, row.other}}) : with({{1, row.other}, {1, row.chosen}});
      const wire::IpAddress chosen = wire::Cidr::parse(row.chosen)->address;
      own.find(chosen)->deprecated = row.chosen_deprecated;
      EXPECT_EQ(own.choose_source(kFirst, ip(row.destination)), chosen) << row.destination;
    }
  }
}

// RFC 6724 5, rule 3
// req: SLA-5
TEST(AddressesSource, IsNotDeprecatedWhereThereIsAnother) {
  Addresses own = with({{1, "2001:db8:1::1/64"}, {1, "2001:db8:2::1/64"}});
  own.find(ip("2001:db8:1::1"))->deprecated = true;
  EXPECT_EQ(own.choose_source(kFirst, ip("2001:db8:1::9")), ip("2001:db8:2::1"));
  own.find(ip("2001:db8:2::1"))->deprecated = true;
  EXPECT_EQ(own.choose_source(kFirst, ip("2001:db8:1::9")), ip("2001:db8:1::1"));
}

// RFC 6724 5, rule 2
TEST(AddressesSource, HasAScopeThatReaches) {
  const Addresses own = with({{1, "fe80::1/64"}, {1, "2001:db8:1::1/64"}});
  EXPECT_EQ(own.choose_source(kFirst, ip("2001:db8:2::9")), ip("2001:db8:1::1"));
  EXPECT_EQ(own.choose_source(kFirst, ip("fe80::9")), ip("fe80::1"));
  EXPECT_EQ(own.choose_source(kFirst, ip("ff02::1")), ip("fe80::1"));
  EXPECT_EQ(own.choose_source(kFirst, ip("ff0e::1")), ip("2001:db8:1::1"));
}

// RFC 6724 5, rule 5
TEST(AddressesSource, BelongsToTheOutgoingInterface) {
  const Addresses own = with({{1, "2001:db8:1::1/64"}, {2, "2001:db8:2::1/64"}});
  EXPECT_EQ(own.choose_source(kFirst, ip("2001:db8:2::9")), ip("2001:db8:1::1"));
  EXPECT_EQ(own.choose_source(kSecond, ip("2001:db8:2::9")), ip("2001:db8:2::1"));
}

// RFC 6724 5, rule 6
TEST(AddressesSource, HasTheLabelOfTheDestination) {
  const Addresses own = with({{1, "2001:db8:1::1/64"}, {1, "fd00::1/64"}});
  EXPECT_EQ(own.choose_source(kFirst, ip("fd00:9::9")), ip("fd00::1"));
  EXPECT_EQ(own.choose_source(kFirst, ip("2001:db8:9::9")), ip("2001:db8:1::1"));
}

// RFC 6724 5, rule 8; RFC 1122 3.3.4.3
TEST(AddressesSource, SharesTheLongestPrefix) {
  const Addresses own = with({{1, "192.0.2.1/24"}, {1, "198.51.100.1/24"}});
  EXPECT_EQ(own.choose_source(kFirst, ip("198.51.100.9")), ip("198.51.100.1"));
  EXPECT_EQ(own.choose_source(kFirst, ip("192.0.2.9")), ip("192.0.2.1"));
}

TEST(AddressesSource, IsOfTheSameFamilyAndNeverALoopback) {
  const Addresses own = with({{0, "127.0.0.1/8"}, {0, "::1/128"}, {1, "192.0.2.1/24"}});
  EXPECT_EQ(own.choose_source(kFirst, ip("2001:db8::1")), std::nullopt);
  EXPECT_EQ(own.choose_source(kFirst, ip("203.0.113.1")), ip("192.0.2.1"));
}

// RFC 4862 5.4
// req: ND-4
TEST(AddressesSource, IsNeverTentativeNorDuplicate) {
  Addresses own = with({{1, "2001:db8::1/64"}, {1, "2001:db8::2/64"}});
  own.find(ip("2001:db8::1"))->state = AddressState::tentative;
  EXPECT_EQ(own.choose_source(kFirst, ip("2001:db8::9")), ip("2001:db8::2"));
  own.find(ip("2001:db8::2"))->state = AddressState::duplicate;
  EXPECT_EQ(own.choose_source(kFirst, ip("2001:db8::9")), std::nullopt);
  EXPECT_FALSE(own.is_valid(ip("2001:db8::1")));
}

TEST(AddressesLookup, KnowsAll127AsOurs) {
  const Addresses own = with({{0, "127.0.0.1/8"}});
  EXPECT_TRUE(own.is_valid(ip("127.0.0.1")));
  EXPECT_TRUE(own.is_valid(ip("127.9.9.9")));
  EXPECT_FALSE(own.is_valid(ip("::1")));
}

TEST(AddressesLookup, KnowsBroadcasts) {
  const Addresses own = with({{0, "127.0.0.1/8"}, {1, "192.0.2.1/24"}, {1, "198.51.100.1/31"}});
  EXPECT_TRUE(own.is_broadcast(ip("255.255.255.255")));
  EXPECT_TRUE(own.is_broadcast(ip("192.0.2.255")));
  EXPECT_TRUE(own.is_broadcast(ip("192.0.2.255"), kFirst));
  EXPECT_FALSE(own.is_broadcast(ip("192.0.2.255"), kSecond));
  EXPECT_FALSE(own.is_broadcast(ip("192.0.2.254")));
  EXPECT_FALSE(own.is_broadcast(ip("198.51.100.1")));  // RFC 3021
}

TEST(AddressesAdd, RefusesASecondOfTheSame) {
  Addresses own = with({{1, "192.0.2.1/24"}});
  EXPECT_EQ(own.add({.interface = kSecond, .cidr = *wire::Cidr::parse("192.0.2.1/16")}), nullptr);
}

}  // namespace
}  // namespace zsock::net
