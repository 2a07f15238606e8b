// RFC 9406
#include "daemon/stack/tcp/hystart.h"

#include <gtest/gtest.h>

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kSegment = 1000;

/// Rounds of acknowledgments with a round-trip time each.
class Rounds {
 public:
  HyStart hystart{};

  /// One round: everything sent in the last one is acknowledged.
  void round(Duration rtt, int acks = 10) {
    const std::uint64_t begin = next_;
    next_ += 100000;
    for (int i = 0; i < acks; ++i) {
      hystart.observe({.acked = kSegment,
                       .una = begin + static_cast<std::uint64_t>(i),
                       .next = next_,
                       .rtt = rtt});
    }
  }

 private:
  std::uint64_t next_ = 1;
};

// RFC 9406 4.2
// req: T-HSPP
TEST(TcpHyStart, NoticesThatTheRoundTripGrows) {
  Rounds flow;
  flow.round(100ms);
  flow.round(100ms);
  flow.round(112ms);  // 100 / 8 = 12.5
  EXPECT_FALSE(flow.hystart.conservative());
  flow.round(100ms);
  flow.round(113ms);
  EXPECT_TRUE(flow.hystart.conservative());
}

// RFC 9406 4.2: the threshold lies between 4 and 16 ms.
TEST(TcpHyStart, ThresholdIsBounded) {
  Rounds near;
  near.round(1ms);
  near.round(4900us);
  EXPECT_FALSE(near.hystart.conservative());
  Rounds near_and_slower;
  near_and_slower.round(1ms);
  near_and_slower.round(5ms);
  EXPECT_TRUE(near_and_slower.hystart.conservative());
  Rounds far;
  far.round(600ms);
  far.round(616ms);
  EXPECT_TRUE(far.hystart.conservative());
}

// RFC 9406 4.2: N_RTT_SAMPLE = 8
TEST(TcpHyStart, FewSamplesProveNothing) {
  Rounds flow;
  flow.round(100ms);
  flow.round(200ms, 7);
  EXPECT_FALSE(flow.hystart.conservative());
  flow.round(300ms, 8);
  EXPECT_TRUE(flow.hystart.conservative());
}

// RFC 9406 4.2: the least of a round counts, so a queue of ACKs or a delayed ACK does not.
TEST(TcpHyStart, OneFastSampleIsEnoughToGoOn) {
  Rounds flow;
  flow.round(100ms);
  flow.hystart.observe({.acked = kSegment, .una = 100001, .next = 200001, .rtt = 101ms});
  for (int i = 0; i < 20; ++i) {
    flow.hystart.observe({.acked = kSegment, .una = 100002, .next = 200001, .rtt = 300ms});
  }
  EXPECT_FALSE(flow.hystart.conservative());
}

// RFC 9406 4.2: CSS_ROUNDS = 5
TEST(TcpHyStart, FiveConservativeRoundsEndSlowStart) {
  Rounds flow;
  flow.round(100ms);
  flow.round(150ms);
  ASSERT_TRUE(flow.hystart.conservative());
  for (int i = 0; i < 4; ++i) flow.round(150ms);
  EXPECT_FALSE(flow.hystart.finished());
  flow.round(150ms);
  EXPECT_TRUE(flow.hystart.finished());
}

// RFC 9406 4.2: a shorter round trip was but jitter.
TEST(TcpHyStart, ResumesWhenTheRoundTripShrinks) {
  Rounds flow;
  flow.round(100ms);
  flow.round(150ms);
  flow.round(150ms);
  ASSERT_TRUE(flow.hystart.conservative());
  flow.round(120ms);
  EXPECT_FALSE(flow.hystart.conservative());
  flow.round(180ms);
  EXPECT_TRUE(flow.hystart.conservative());
  for (int i = 0; i < 4; ++i) flow.round(180ms);
  EXPECT_FALSE(flow.hystart.finished());
}

// RFC 9406 4.2, 4.3: L = 8 without pacing; a quarter in conservative slow start.
TEST(TcpHyStart, GrowsByAQuarterWhenConservative) {
  Rounds flow;
  EXPECT_EQ(flow.hystart.growth(3000, kSegment), 3000U);
  EXPECT_EQ(flow.hystart.growth(50000, kSegment), 8000U);
  flow.round(100ms);
  flow.round(150ms);
  EXPECT_EQ(flow.hystart.growth(3000, kSegment), 750U);
  EXPECT_EQ(flow.hystart.growth(50000, kSegment), 2000U);
}

TEST(TcpHyStart, NeedsMeasurements) {
  Rounds flow;
  for (int i = 0; i < 20; ++i) {
    flow.hystart.observe({.acked = kSegment,
                          .una = static_cast<std::uint64_t>(i) * 1000,
                          .next = static_cast<std::uint64_t>(i) * 1000 + 10000});
  }
  EXPECT_FALSE(flow.hystart.conservative());
}

}  // namespace
}  // namespace zsock::tcp
