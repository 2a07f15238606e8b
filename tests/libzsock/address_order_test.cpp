#include "libzsock/address_order.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace zsock::test {
namespace {

using lib::Candidate;
using testing::ElementsAre;

resolver::Address address(const char* text) {
  resolver::Address made;
  made.family = std::strchr(text, ':') != nullptr ? AF_INET6 : AF_INET;
  ::inet_pton(made.family, text, made.octets.data());
  return made;
}

/// \param source  nullptr: there is no way to the destination
Candidate candidate(const char* destination, const char* source) {
  return {.destination = address(destination),
          .source = source == nullptr ? resolver::Address{} : address(source)};
}

std::vector<std::string> ordered(std::vector<Candidate> candidates) {
  lib::order_candidates(candidates);
  std::vector<std::string> names;
  for (const Candidate& each : candidates) {
    char text[INET6_ADDRSTRLEN];
    const resolver::Address& found = each.destination;
    names.emplace_back(::inet_ntop(found.family, found.octets.data(), text, sizeof text));
  }
  return names;
}

// The examples of RFC 6724 10.2 that do not speak of deprecated or home addresses or of tunnels.
// req: SLA-5
TEST(AddressOrder, ExamplesOfTheRfc) {
  EXPECT_THAT(ordered({candidate("198.51.100.121", "169.254.13.78"),
                       candidate("2001:db8:1::1", "2001:db8:1::2")}),
              ElementsAre("2001:db8:1::1", "198.51.100.121"));
  EXPECT_THAT(ordered({candidate("2001:db8:1::1", "fe80::1"),
                       candidate("198.51.100.121", "198.51.100.117")}),
              ElementsAre("198.51.100.121", "2001:db8:1::1"));
  EXPECT_THAT(
      ordered({candidate("10.1.2.3", "10.1.2.4"), candidate("2001:db8:1::1", "2001:db8:1::2")}),
      ElementsAre("2001:db8:1::1", "10.1.2.3"));
  EXPECT_THAT(
      ordered({candidate("2001:db8:1::1", "2001:db8:1::2"), candidate("fe80::1", "fe80::2")}),
      ElementsAre("fe80::1", "2001:db8:1::1"));
}

// Rule 1
TEST(AddressOrder, WhatCannotBeReachedComesLast) {
  EXPECT_THAT(ordered({candidate("2001:db8::1", nullptr), candidate("192.0.2.1", "192.0.2.2")}),
              ElementsAre("192.0.2.1", "2001:db8::1"));
}

// Rules 5 and 6: a 6to4 destination beside a native one.
TEST(AddressOrder, LabelsAndPrecedence) {
  EXPECT_THAT(ordered({candidate("2002:c633:6401::1", "2002:c633:6401::2"),
                       candidate("2001:db8:1::1", "2002:c633:6401::2")}),
              ElementsAre("2002:c633:6401::1", "2001:db8:1::1"));
  EXPECT_THAT(ordered({candidate("2002:c633:6401::1", "2002:c633:6401::2"),
                       candidate("2001:db8:1::1", "2001:db8:1::2")}),
              ElementsAre("2001:db8:1::1", "2002:c633:6401::1"));
  EXPECT_THAT(ordered({candidate("127.0.0.1", "127.0.0.1"), candidate("::1", "::1")}),
              ElementsAre("::1", "127.0.0.1"));
}

// Rule 9, among IPv6 addresses only.
TEST(AddressOrder, TheLongestMatchingPrefixWins) {
  EXPECT_THAT(ordered({candidate("2001:db8:3ffe::1", "2001:db8:1::2"),
                       candidate("2001:db8:1::1", "2001:db8:1::2")}),
              ElementsAre("2001:db8:1::1", "2001:db8:3ffe::1"));
}

// Rule 10
TEST(AddressOrder, OthersKeepTheirOrder) {
  EXPECT_THAT(ordered({candidate("198.51.100.9", "192.0.2.1"), candidate("192.0.2.9", "192.0.2.1"),
                       candidate("203.0.113.9", "192.0.2.1")}),
              ElementsAre("198.51.100.9", "192.0.2.9", "203.0.113.9"));
}

}  // namespace
}  // namespace zsock::test
