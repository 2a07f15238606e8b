// What is remembered of path MTUs.

#include "daemon/stack/net/path_mtu.h"

#include <gtest/gtest.h>

namespace zsock::net {
namespace {

using std::chrono_literals::operator""s;
using wire::Family;

wire::IpAddress host(std::uint32_t number) {
  return wire::IpAddress::v4(0x0a000000U + number);
}

// RFC 1191 6.3, RFC 8201 4
// req: PMTU-1, PMTU-2
TEST(PathMtus, AreLoweredNeverRaisedAndForgotten) {
  SeededRng rng(1);
  PathMtus mtus({}, rng);
  const Instant start{};
  EXPECT_EQ(mtus.get(host(1), 1500, start), 1500);
  mtus.lower(host(1), 1400, start);
  mtus.lower(host(1), 1450, start);
  EXPECT_EQ(mtus.get(host(1), 1500, start), 1400);
  EXPECT_EQ(mtus.get(host(2), 1500, start), 1500);
  EXPECT_EQ(mtus.get(host(1), 1300, start), 1300);
  EXPECT_EQ(mtus.get(host(1), 1500, start + 599s), 1400);
  EXPECT_EQ(mtus.get(host(1), 1500, start + 600s), 1500);
  mtus.lower(host(1), 1450, start + 601s);
  EXPECT_EQ(mtus.get(host(1), 1500, start + 601s), 1450);
}

// req: PMTU-2
TEST(PathMtus, AreBounded) {
  SeededRng rng(1);
  Config config;
  config.path_mtu_limit = 16;
  PathMtus mtus(config, rng);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    mtus.lower(host(i), 1400, Instant{});
    EXPECT_LE(mtus.size(), 16U);
  }
  EXPECT_EQ(mtus.get(host(999), 1500, Instant{}), 1400);
  EXPECT_EQ(mtus.get(host(0), 1500, Instant{}), 1500);
}

// RFC 1191 3, 5, 7.1; RFC 5927 7
// req: PMTU-1
TEST(PathMtusCredible, BelieveIpv4RoutersWithinReason) {
  const auto credible = [](std::uint32_t claimed, std::uint16_t size) {
    return PathMtus::credible(Family::ipv4, claimed, size);
  };
  EXPECT_EQ(credible(1400, 1500), 1400);
  EXPECT_EQ(credible(1500, 1500), std::nullopt);
  EXPECT_EQ(credible(1600, 1500), std::nullopt);
  EXPECT_EQ(credible(68, 1500), kMinIpv4PathMtu);
  EXPECT_EQ(credible(1, 1500), kMinIpv4PathMtu);
  EXPECT_EQ(credible(0, 1500), 1492);
  EXPECT_EQ(credible(0, 1492), 1006);
  EXPECT_EQ(credible(0, 65535), 32000);
}

// RFC 8201 4, RFC 8021
// req: PMTU-2, IP6-7
TEST(PathMtusCredible, IgnoreIpv6ClaimsBelowTheMinimum) {
  const auto credible = [](std::uint32_t claimed) {
    return PathMtus::credible(Family::ipv6, claimed, 1500);
  };
  EXPECT_EQ(credible(1280), 1280);
  EXPECT_EQ(credible(1279), std::nullopt);
  EXPECT_EQ(credible(0), std::nullopt);
  EXPECT_EQ(credible(0xffffffff), std::nullopt);
}

}  // namespace
}  // namespace zsock::net
