// SO_MAX_PACING_RATE
#include "daemon/stack/tcp/pacer.h"

#include <gtest/gtest.h>

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1000s};

Pacer limited(std::uint64_t rate) {
  Pacer pacer;
  pacer.set_limit(rate);
  return pacer;
}

TEST(TcpPacer, IsOffWithoutARate) {
  EXPECT_FALSE(Pacer{}.on());
  EXPECT_FALSE(limited(Pacer::kUnlimited).on());
  EXPECT_FALSE(limited(0).on());
  EXPECT_TRUE(limited(1).on());
}

// req: T-PACE
TEST(TcpPacer, TwiceTheWindowInSlowStartThenAFifthMore) {
  const Pacer pacer = limited(1'000'000'000);
  Pacer::Path path{.window = 100'000, .threshold = 200'000, .segment = 1000, .smoothed = 100ms};
  EXPECT_EQ(pacer.rate(path), 2'000'000U);
  path.threshold = 100'000;
  EXPECT_EQ(pacer.rate(path), 1'200'000U);
  path.smoothed = Duration::zero();
  EXPECT_EQ(pacer.rate(path), 1'000'000'000U) << "nothing is known yet";
}

// req: T-PACE
TEST(TcpPacer, NeverMoreThanTheLimit) {
  const Pacer pacer = limited(50'000);
  EXPECT_EQ(pacer.rate({.window = 100'000, .threshold = 1, .segment = 1000, .smoothed = 100ms}),
            50'000U);
}

TEST(TcpPacer, PiecesOfAMillisecondButTwoSegments) {
  const Pacer::Path path{.segment = 1000};
  EXPECT_EQ(limited(10'000'000).piece(path), 10'000U);
  EXPECT_EQ(limited(1'999'000).piece(path), 2000U);
  EXPECT_EQ(limited(1).piece(path), 2000U);
}

TEST(TcpPacer, ThePieceTakesItsTime) {
  Pacer pacer = limited(1'000'000);
  EXPECT_FALSE(pacer.holds(kStart));
  Instant now = kStart;
  pacer.sent(2000, {}, now);
  now = pacer.next();  // the first comes out of idleness: half its time
  EXPECT_EQ(now, kStart + 1ms);
  pacer.sent(2000, {}, now);
  EXPECT_EQ(pacer.next(), now + 2ms);
  EXPECT_TRUE(pacer.holds(now + 1999us));
  EXPECT_FALSE(pacer.holds(now + 2ms));
}

// What does not divide is not lost, one way or the other.
TEST(TcpPacer, KeepsTheRateToTheOctet) {
  Pacer pacer = limited(3'333'333);
  Instant now = kStart;
  pacer.sent(1000, {}, now);
  now = pacer.next();
  const Instant begin = now;
  for (int i = 0; i < 3'333'333; ++i) {
    pacer.sent(1, {}, now);
    now = pacer.next();
  }
  EXPECT_GE(now - begin, 1s);
  EXPECT_LE(now - begin, 1s + 1us);
}

TEST(TcpPacer, ALateHostCatchesUpByHalfAPiece) {
  Pacer pacer = limited(1'000'000);
  pacer.sent(2000, {}, kStart);
  Instant now = pacer.next() + 300us;
  pacer.sent(2000, {}, now);
  EXPECT_EQ(pacer.next(), now + 1700us);
  now = pacer.next() + 1s;
  pacer.sent(2000, {}, now);
  EXPECT_EQ(pacer.next(), now + 1ms);
}

TEST(TcpPacer, RatesBeyondAllBounds) {
  Pacer pacer = limited(Pacer::kUnlimited - 1);
  const Pacer::Path path{.window = ~0U, .threshold = ~0U, .segment = 65535, .smoothed = 1us};
  pacer.sent(65535, path, kStart);
  EXPECT_LE(pacer.next(), kStart + 1us);
  Pacer slow = limited(1);
  slow.sent(65535, path, kStart);
  EXPECT_EQ(slow.next(), kStart + 64535s) << "late by 1000 s, since the epoch";
}

}  // namespace
}  // namespace zsock::tcp
