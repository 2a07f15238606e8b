// RFC 5681 3.1, RFC 3465, RFC 6928, RFC 6582 as far as the window goes.
#include <gtest/gtest.h>

#include "daemon/stack/tcp/congestion.h"

namespace zsock::tcp {
namespace {

constexpr std::uint32_t kSegment = 1000;

/// A congestion control that is told octets only.
struct Reno : Congestion {
  explicit Reno(const Config& config) : Congestion(config) {
    choose(CongestionControl::newreno);
    set_segment_size(kSegment);
  }
  void acks(std::uint32_t octets) { on_ack({.acked = octets}); }
};

Reno fresh(const Config& config) {
  return Reno{config};
}

// RFC 6928 2
TEST(TcpNewReno, InitialWindowFollowsTheSegmentSize) {
  const Config config;
  Reno reno{config};
  for (const auto& [segment, window] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{
           {536, 5360}, {1460, 14600}, {4000, 14600}, {8960, 17920}}) {
    reno.set_segment_size(segment);
    EXPECT_EQ(reno.window(), window) << segment;
  }
}

// RFC 3465 2.2: L = 2
TEST(TcpNewReno, SlowStartCountsOctetsUpToTwoSegments) {
  const Config config;
  Reno reno = fresh(config);
  reno.acks(300);
  EXPECT_EQ(reno.window(), 10300U);
  reno.acks(50000);
  EXPECT_EQ(reno.window(), 12300U);
}

// RFC 5681 3.1: from the threshold on a segment more takes a window, also after every recovery.
// req: T-CC
TEST(TcpNewReno, SlowStartEndsAtTheThreshold) {
  const Config config;
  Reno reno = fresh(config);
  reno.on_loss(9900);
  reno.on_recovered(3000);
  ASSERT_EQ(reno.window(), 4000U);
  reno.acks(2000);
  EXPECT_EQ(reno.window(), 4950U);
  reno.acks(2000);
  EXPECT_EQ(reno.window(), 4950U);
}

// RFC 5681 3.1 (ACK splitting): many ACKs for one segment open the window by one segment.
TEST(TcpNewReno, IsNotFooledBySplitAcks) {
  const Config config;
  Reno reno = fresh(config);
  for (int i = 0; i < 100; ++i) reno.acks(10);
  EXPECT_EQ(reno.window(), 11000U);
}

// RFC 5681 equation 4
TEST(TcpNewReno, LossHalvesTheFlight) {
  const Config config;
  Reno reno = fresh(config);
  reno.on_loss(8000);
  EXPECT_EQ(reno.slow_start_threshold(), 4000U);
  EXPECT_EQ(reno.window(), 4000U);
  reno.on_loss(1000);
  EXPECT_EQ(reno.slow_start_threshold(), 2000U);
}

// RFC 5681 equation 4: without SACK, what left the network during a recovery still counts as
// outstanding after it. A loss never makes the threshold rise above the window.
// req: T-NR
TEST(TcpNewReno, FlightBeyondTheWindowDoesNotCount) {
  const Config config;
  Reno reno = fresh(config);
  reno.on_loss(8000);
  reno.on_loss(20000);
  EXPECT_EQ(reno.slow_start_threshold(), 2000U);
}

// RFC 3465 2.1: in congestion avoidance one segment per window.
TEST(TcpNewReno, AvoidanceAddsOneSegmentPerWindow) {
  const Config config;
  Reno reno = fresh(config);
  reno.on_loss(10000);
  for (int i = 0; i < 4; ++i) reno.acks(1000);
  EXPECT_EQ(reno.window(), 5000U);
  reno.acks(1000);
  EXPECT_EQ(reno.window(), 6000U);
}

// RFC 5681 3.1: the loss window; RFC 3465 2.3: L = 1 afterwards.
TEST(TcpNewReno, TimeoutStartsOverFromOneSegment) {
  const Config config;
  Reno reno = fresh(config);
  reno.on_timeout(10000, Congestion::Timeout::first);
  EXPECT_EQ(reno.window(), 1000U);
  EXPECT_EQ(reno.slow_start_threshold(), 5000U);
  reno.acks(5000);
  EXPECT_EQ(reno.window(), 2000U);
}

// RFC 5681 3.1: the threshold is not lowered again for the same segment.
TEST(TcpNewReno, RepeatedTimeoutKeepsTheThreshold) {
  const Config config;
  Reno reno = fresh(config);
  reno.on_timeout(10000, Congestion::Timeout::first);
  reno.on_timeout(1000, Congestion::Timeout::repeated);
  EXPECT_EQ(reno.slow_start_threshold(), 5000U);
}

// RFC 6582 3.2 step 3
TEST(TcpNewReno, RecoveryEndsWithoutABurst) {
  const Config config;
  Reno reno = fresh(config);
  reno.on_loss(10000);
  reno.on_recovered(3000);
  EXPECT_EQ(reno.window(), 4000U);
  reno.on_recovered(30000);
  EXPECT_EQ(reno.window(), 5000U);
}

// RFC 5681 4.1
// req: T-CWV
TEST(TcpNewReno, IdleNeverEnlargesTheWindow) {
  const Config config;
  Reno reno = fresh(config);
  for (int i = 0; i < 10; ++i) reno.acks(2000);
  reno.after_idle();
  EXPECT_EQ(reno.window(), 10000U);
  reno.on_loss(6000);
  reno.after_idle();
  EXPECT_EQ(reno.window(), 3000U);
}

// RFC 7323 2.3: no window needs to be larger than 2^30.
TEST(TcpNewReno, WindowIsBounded) {
  const Config config;
  Reno reno{config};
  reno.set_segment_size(60000);
  for (int i = 0; i < 100000; ++i) reno.acks(0xffff'ffffU);
  EXPECT_LE(reno.window(), 1U << 30U);
}

}  // namespace
}  // namespace zsock::tcp
