// Identifications: unique for long, telling nothing.

#include "daemon/stack/net/packet_ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>

namespace zsock::net {
namespace {

wire::IpAddress host(std::uint32_t number) {
  return wire::IpAddress::v4(0x0a000000U + number);
}

// RFC 6864 4.3
// req: IP4-4
TEST(PacketIdsV4, DoNotRepeatForThousandsOfDatagrams) {
  SeededRng rng(5);
  const auto ids = std::make_unique<PacketIds>(rng);
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 15000; ++i) {
    EXPECT_TRUE(seen.insert(ids->next_v4(host(1), host(2), 17)).second) << i;
  }
}

// CVE-2020-36516: sending to one destination must not show how much goes to another.
// req: IP4-4
TEST(PacketIdsV4, AreSeparateForEachPairAndProtocol) {
  SeededRng rng(5);
  const auto ids = std::make_unique<PacketIds>(rng);
  const std::uint16_t first = ids->next_v4(host(1), host(2), 17);
  for (int i = 0; i < 100; ++i) ids->next_v4(host(1), host(1000), 17);
  const auto step = static_cast<std::uint16_t>(ids->next_v4(host(1), host(2), 17) - first);
  EXPECT_GE(step, 1);
  EXPECT_LE(step, 4);
}

// RFC 7739 5.3
// req: IP6-6
TEST(PacketIdsV6, StartAnywhereAndStepUnevenly) {
  SeededRng rng(5);
  const auto ids = std::make_unique<PacketIds>(rng);
  std::set<std::uint32_t> starts;
  std::set<std::uint32_t> steps;
  for (std::uint32_t i = 0; i < 100; ++i) {
    const std::uint32_t first = ids->next_v6(host(1), host(i));
    starts.insert(first >> 24U);
    steps.insert(ids->next_v6(host(1), host(i)) - first);
  }
  EXPECT_GT(starts.size(), 60U);
  EXPECT_GT(steps.size(), 2U);
}

}  // namespace
}  // namespace zsock::net
