// RFC 9438, beside a floating-point model of it.
#include "daemon/stack/tcp/cubic.h"

#include <gtest/gtest.h>

#include <cmath>

#include "daemon/stack/tcp/congestion.h"

namespace zsock::tcp {
namespace {

constexpr std::uint32_t kSegment = 1000;

/// One flow on a path with a constant round trip, that always fills its window.
class Flow {
  Config config_{};

 public:
  explicit Flow(Duration rtt) : rtt_(rtt) { congestion.set_segment_size(kSegment); }

  Congestion congestion{config_};

  /// Every segment of one window is acknowledged, evenly over the round trip. `each` after each.
  template <class Each>
  void round(Each each) {
    const std::uint32_t segments = std::max(congestion.window() / kSegment, 1U);
    for (std::uint32_t i = 0; i < segments; ++i) {
      now += rtt_ / segments;
      acks(kSegment, AckSample::Flight::filled);
      each();
    }
  }
  void rounds(int count) {
    for (int i = 0; i < count; ++i) round([] {});
  }
  void run(Duration time) {
    for (const Instant end = now + time; now < end;) round([] {});
  }
  void acks(std::uint32_t octets, AckSample::Flight flight) {
    una_ += octets;
    congestion.on_ack({.acked = octets,
                       .una = una_,
                       .next = una_ + congestion.window(),
                       .rtt = rtt_,
                       .smoothed_rtt = rtt_,
                       .flight = flight,
                       .now = now});
  }
  void loses() { congestion.on_loss(congestion.window()); }
  [[nodiscard]] double segments() const { return congestion.window() / double{kSegment}; }

  Instant now{std::chrono::hours{100}};

 private:
  Duration rtt_;
  std::uint64_t una_ = 0;
};

/// A flow in congestion avoidance after its first loss.
Flow after_loss(std::uint32_t segments, Duration rtt) {
  Flow flow{rtt};
  while (flow.congestion.window() < segments * kSegment) {
    flow.acks(kSegment, AckSample::Flight::filled);
  }
  flow.loses();
  return flow;
}

/// RFC 9438 4, in segments and seconds.
struct Model {
  double maximum;
  double window;
  double prior;
  double rtt;
  double start_window = window;
  double estimate = window;
  double elapsed = 0;

  [[nodiscard]] double cubic(double t) const {
    const double k = std::cbrt((maximum - start_window) / 0.4);
    return 0.4 * std::pow(t - k, 3) + maximum;
  }
  void ack() {
    estimate += (estimate < prior ? 9.0 / 17 : 1.0) / window;
    if (cubic(elapsed) < estimate) {
      window = std::max(window, estimate);
      return;
    }
    const double target = std::clamp(cubic(elapsed + rtt), window, 1.5 * window);
    window += (target - window) / window;
  }
};

void expect_like_model(std::uint32_t segments, Duration rtt, Duration time) {
  SCOPED_TRACE(segments);
  Flow flow = after_loss(segments, rtt);
  const double start = flow.segments();
  Model model{.maximum = double(segments),
              .window = start,
              .prior = double(segments),
              .rtt = double(rtt.count()) / 1e6};
  flow.acks(kSegment, AckSample::Flight::filled);  // the epoch begins
  model.ack();
  const Instant begin = flow.now;
  while (flow.now < begin + time) {
    flow.round([&] {
      model.elapsed = double((flow.now - begin).count()) / 1e6;
      model.ack();
      ASSERT_NEAR(flow.segments(), model.window, 1 + model.window / 200) << model.elapsed << " s";
    });
    if (testing::Test::HasFatalFailure()) return;
  }
}

// RFC 9438 4.2 to 4.5  // req: T-CUB
TEST(TcpCubic, FollowsTheReferenceCurve) {
  expect_like_model(1000, std::chrono::milliseconds{100}, std::chrono::seconds{20});
  expect_like_model(200, std::chrono::milliseconds{50}, std::chrono::seconds{15});
  expect_like_model(100, std::chrono::milliseconds{300}, std::chrono::seconds{20});
  expect_like_model(20, std::chrono::milliseconds{10}, std::chrono::seconds{5});
}

// RFC 9438 4.6
TEST(TcpCubic, LossTakesThirtyPercent) {
  Flow flow = after_loss(100, std::chrono::milliseconds{100});
  EXPECT_EQ(flow.congestion.window(), 70000U);
  EXPECT_EQ(flow.congestion.slow_start_threshold(), 70000U);
  flow.congestion.on_loss(1000);
  EXPECT_EQ(flow.congestion.window(), 2000U);  // never below two segments
}

// RFC 9438 4.4: concave up to where it was before, after K = cbrt(0.3 W_max / C).
TEST(TcpCubic, ComesBackToThePlateauAndThenProbes) {
  Flow flow = after_loss(1000, std::chrono::milliseconds{100});
  const double k = std::cbrt(300 / 0.4);
  flow.run(std::chrono::milliseconds{static_cast<int>(k * 500)});
  EXPECT_GT(flow.segments(), 950);
  flow.run(std::chrono::milliseconds{static_cast<int>(k * 500)});
  EXPECT_NEAR(flow.segments(), 1000, 5);
  flow.run(std::chrono::seconds{5});
  EXPECT_NEAR(flow.segments(), 1000 + 0.4 * 125, 15);
}

// RFC 9438 4.7: lost below the last maximum: the plateau is lowered to (1 + beta) / 2.
TEST(TcpCubic, FastConvergenceMakesRoom) {
  Flow flow = after_loss(1000, std::chrono::milliseconds{100});
  flow.rounds(1);
  const double before = flow.segments();
  ASSERT_LT(before, 1000);
  flow.loses();
  const double plateau = before * 0.85;
  const double k = std::cbrt((plateau - flow.segments()) / 0.4);
  flow.run(std::chrono::milliseconds{static_cast<int>(k * 1000)});
  EXPECT_NEAR(flow.segments(), plateau, 10);
}

// RFC 9438 4.3: on short paths no slower than Reno: alpha = 9/17 segments a round trip, then 1.
TEST(TcpCubic, IsAtLeastAsFastAsReno) {
  Flow flow = after_loss(20, std::chrono::milliseconds{1});
  flow.rounds(11);
  EXPECT_NEAR(flow.segments(), 14 + 11 * 9.0 / 17, 0.5);
  flow.rounds(20);
  EXPECT_NEAR(flow.segments(), 20 + 20, 2);
}

// RFC 9438 4.8: after a timeout K is 0: no leap back.
TEST(TcpCubic, TimeoutForgetsThePlateau) {
  Flow flow = after_loss(1000, std::chrono::milliseconds{100});
  flow.congestion.on_timeout(flow.congestion.window(), Congestion::Timeout::first);
  EXPECT_EQ(flow.congestion.window(), 1000U);
  EXPECT_EQ(flow.congestion.slow_start_threshold(), 490000U);
  flow.congestion.on_timeout(1000, Congestion::Timeout::repeated);
  EXPECT_EQ(flow.congestion.slow_start_threshold(), 490000U);
  while (flow.congestion.window() < flow.congestion.slow_start_threshold()) flow.rounds(1);
  const double start = flow.segments();
  flow.run(std::chrono::seconds{2});
  EXPECT_LT(flow.segments(), start + 15);
}

// RFC 9438 5.8, RFC 7661: time in which the application sends too little does not count.
TEST(TcpCubic, TimeWithoutAFullWindowDoesNotCount) {
  Flow flow = after_loss(1000, std::chrono::milliseconds{100});
  flow.run(std::chrono::seconds{2});
  const double before = flow.segments();
  for (int i = 0; i < 600; ++i) {
    flow.now += std::chrono::milliseconds{100};
    flow.acks(kSegment, AckSample::Flight::limited);
  }
  EXPECT_EQ(flow.segments(), before);
  flow.rounds(2);
  EXPECT_LT(flow.segments(), before + 0.1 * before);
}

// RFC 5681 4.1, RFC 2861 3
// req: T-CWV
TEST(TcpCubic, IdleRestartsFromTheInitialWindowAndRemembers) {
  Flow flow = after_loss(1000, std::chrono::milliseconds{100});
  flow.run(std::chrono::seconds{9});
  flow.congestion.after_idle();
  EXPECT_EQ(flow.congestion.window(), 10000U);
  EXPECT_GE(flow.congestion.slow_start_threshold(), 740000U);
}

// ACK splitting and stretched ACKs: what counts are octets.
TEST(TcpCubic, GrowsByOctetsNotByAcks) {
  Flow whole = after_loss(100, std::chrono::milliseconds{100});
  Flow split = after_loss(100, std::chrono::milliseconds{100});
  for (int i = 0; i < 70; ++i) {
    whole.now += std::chrono::milliseconds{10};
    split.now = whole.now;
    whole.acks(1000, AckSample::Flight::filled);
    for (int j = 0; j < 100; ++j) split.acks(10, AckSample::Flight::filled);
  }
  EXPECT_NEAR(whole.segments(), split.segments(), 1);
}

// Nothing wraps, whatever is acknowledged whenever.
TEST(TcpCubic, StaysWithinBoundsForEver) {
  Flow flow{std::chrono::milliseconds{1}};
  flow.congestion.set_segment_size(65000);
  for (int i = 0; i < 20000; ++i) {
    flow.acks(0xffff'ffffU, AckSample::Flight::filled);
    flow.now += std::chrono::hours{1};
    ASSERT_LE(flow.congestion.window(), 1U << 30U);
    ASSERT_GE(flow.congestion.window(), 65000U);
    if (i % 100 == 0) flow.loses();
  }
}

TEST(TcpCongestion, ChoosingAnotherKeepsTheWindow) {
  Flow flow = after_loss(100, std::chrono::milliseconds{100});
  flow.congestion.choose(CongestionControl::newreno);
  EXPECT_EQ(flow.congestion.window(), 70000U);
  EXPECT_EQ(flow.congestion.chosen(), CongestionControl::newreno);
  flow.rounds(10);
  EXPECT_NEAR(flow.segments(), 80, 1);
  flow.congestion.on_loss(80000);
  EXPECT_EQ(flow.congestion.window(), 40000U);
}

}  // namespace
}  // namespace zsock::tcp
