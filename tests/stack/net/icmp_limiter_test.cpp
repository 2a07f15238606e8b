// How much ICMP goes out, and what may be read off it.

#include "daemon/stack/net/icmp_limiter.h"

#include <gtest/gtest.h>

#include <set>

namespace zsock::net {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;

wire::IpAddress host(std::uint32_t number) {
  return wire::IpAddress::v4(0x0a000000U + number);
}

// RFC 1812 4.3.2.8
// req: ICM4-4
TEST(IcmpLimiterErrors, GoToOneDestinationOncePerSecond) {
  SeededRng rng(1);
  IcmpLimiter limiter({}, rng);
  Instant now{};
  EXPECT_TRUE(limiter.allow_error(host(1), now));
  EXPECT_FALSE(limiter.allow_error(host(1), now + 999999us));
  EXPECT_TRUE(limiter.allow_error(host(2), now));
  EXPECT_TRUE(limiter.allow_error(host(1), now + 1s));
}

// req: ICM4-4
TEST(IcmpLimiterErrors, AreFewAltogether) {
  SeededRng rng(1);
  IcmpLimiter limiter({}, rng);
  Instant now{};
  std::uint32_t next = 0;
  int sent = 0;
  for (int i = 0; i < 1000; ++i) sent += limiter.allow_error(host(++next), now) ? 1 : 0;
  EXPECT_EQ(sent, 50);  // the burst
  sent = 0;
  for (int i = 0; i < 100000; ++i) {
    now += 100us;
    sent += limiter.allow_error(host(++next), now) ? 1 : 0;
  }
  EXPECT_LE(sent, 10000);  // ten seconds
  EXPECT_GE(sent, 9000);
}

// CVE-2020-25705: an attacker's probes with forged sources use up the common credit according to
// whether ports are open; his own probe then shows what is left. His own destination's allowance
// must be asked first, and the common credit must be noisy.
// req: ICM4-4
TEST(IcmpLimiterErrors, RefusedByTheDestinationCostNoCommonCredit) {
  SeededRng rng(1);
  IcmpLimiter limiter({}, rng);
  const Instant now{};
  EXPECT_TRUE(limiter.allow_error(host(1), now));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(limiter.allow_error(host(1), now));
  int others = 0;
  for (std::uint32_t i = 2; i < 1000; ++i) others += limiter.allow_error(host(i), now) ? 1 : 0;
  EXPECT_EQ(others, 49);
}

// CVE-2020-25705
// req: ICM4-4
TEST(IcmpLimiterErrors, HaveNoisyCommonCredit) {
  SeededRng rng(1);
  IcmpLimiter limiter({}, rng);
  Instant now{};
  std::uint32_t next = 0;
  std::set<int> bursts;
  for (int round = 0; round < 100; ++round) {
    now += 1s;
    int sent = 0;
    while (limiter.allow_error(host(++next), now)) ++sent;
    EXPECT_GE(sent, 47);
    EXPECT_LE(sent, 50);
    bursts.insert(sent);
  }
  EXPECT_GE(bursts.size(), 3U);
}

// req: ICM4-1
TEST(IcmpLimiterReplies, HaveABucketOfTheirOwn) {
  SeededRng rng(1);
  IcmpLimiter limiter({}, rng);
  const Instant now{};
  int replies = 0;
  for (int i = 0; i < 1000; ++i) replies += limiter.allow_reply(now) ? 1 : 0;
  EXPECT_EQ(replies, 50);
  EXPECT_TRUE(limiter.allow_error(host(1), now));
}

}  // namespace
}  // namespace zsock::net
