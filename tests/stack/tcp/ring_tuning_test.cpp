// How large a receive ring should be: twice what is read in a round trip.
#include "daemon/stack/tcp/ring_tuning.h"

#include <gtest/gtest.h>

#include <string>

namespace zsock::tcp {
namespace {

constexpr std::size_t kRing = 1U << 18U;

/// Reads so many octets every so often; what the ring should have more than.
class Reader {
 public:
  explicit Reader(Duration round_trip) { rtt_.sample(round_trip); }

  std::size_t reads(std::uint64_t octets, Duration after) {
    now_ += after;
    const std::size_t wanted = tuning_.on_read(octets, kRing, rtt_, now_);
    most_ = std::max(most_, wanted);
    return wanted;
  }
  ReceiveTuning& tuning() { return tuning_; }
  [[nodiscard]] std::size_t most() const { return most_; }

 private:
  Config config_{};
  Rtt rtt_{config_};
  ReceiveTuning tuning_{};
  Instant now_{std::chrono::hours{1}};
  std::size_t most_ = 0;
};

// req: T-TUNE
TEST(RingTuning, WantsTwiceWhatARoundTripBrings) {
  Reader reader{20ms};
  EXPECT_EQ(reader.reads(0, 1ms), 0U);
  EXPECT_EQ(reader.reads(50'000, 10ms), 0U) << "half a round trip";
  EXPECT_EQ(reader.reads(50'000, 10ms), 200'000U);
  EXPECT_EQ(reader.reads(100'000, 20ms), 0U) << "no more than before";
  EXPECT_EQ(reader.reads(110'000, 20ms), 220'000U);
}

// What comes in a second has little to do with what is under way in 20 ms.
// req: T-TUNE
TEST(RingTuning, CountsOnlyARoundTripOfALongerTime) {
  Reader reader{20ms};
  reader.reads(0, 1ms);
  EXPECT_EQ(reader.reads(100'000, 200ms), 2 * 10'000U);
}

// req: T-TUNE
TEST(RingTuning, ReadersInGulpsNeedWhatAGulpIs) {
  Reader reader{1ms};
  reader.reads(0, 1ms);
  EXPECT_EQ(reader.reads(200'000, 50ms), 400'000U);
}

// A whole ring every ten seconds: a larger one would only hold more that waits.
// req: T-TUNE
TEST(RingTuning, SlowReadersGetNothing) {
  Reader reader{20ms};
  reader.reads(0, 1ms);
  for (int i = 0; i < 10; ++i) reader.reads(kRing, 10s);
  EXPECT_LT(reader.most(), kRing);
}

// RFC 7323 4: an echo is a round trip or more. A long one, after the peer had nothing to say, does
// not stay.
// req: T-TUNE
TEST(RingTuning, BelievesTheShortestEchoOfARound) {
  Reader reader{10ms};
  reader.reads(0, 1ms);
  reader.tuning().on_text(5000ms);
  reader.tuning().on_text(51ms);
  EXPECT_EQ(reader.reads(60'000, 30ms), 0U) << "timestamps say 50 ms";
  EXPECT_EQ(reader.reads(40'000, 20ms), 200'000U);
}

// RFC 7323 4: an echo of the same millisecond says little; the handshake was measured exactly.
// req: T-TUNE
TEST(RingTuning, NeverBelievesLessThanTheLeastRoundTrip) {
  Reader reader{10ms};
  reader.reads(0, 1ms);
  reader.tuning().on_text(0ms);
  EXPECT_EQ(reader.reads(60'000, 9ms), 0U);
  EXPECT_EQ(reader.reads(60'000, 1ms), 240'000U);
}

wire::IpAddress host(std::uint8_t last) {
  return *wire::IpAddress::parse("192.0.2." + std::to_string(last));
}

// req: T-TUNE
TEST(RoundTrips, KeepTheShortestOfEachHostForAWhile) {
  RoundTrips known;
  const Instant start{std::chrono::hours{1}};
  EXPECT_EQ(known.least(host(1)), Duration::zero());
  known.learn(host(1), 8ms, start);
  known.learn(host(1), 200us, start);
  known.learn(host(1), 8ms, start + 9min);
  known.learn(host(2), 50ms, start);
  known.learn(host(1), Duration::zero(), start);  // a handshake that was not measured
  EXPECT_EQ(known.least(host(1)), 200us);
  EXPECT_EQ(known.least(host(2)), 50ms);
  known.learn(host(1), 8ms, start + 10min);
  EXPECT_EQ(known.least(host(1)), 8ms) << "the path may have changed";
}

// req: T-TUNE
TEST(RoundTrips, ManyHostsNeedNoMore) {
  RoundTrips known;
  for (int i = 0; i < 100'000; ++i) {
    const std::string address =
        "2001:db8::" + std::to_string(i % 10'000) + ":" + std::to_string(i / 10'000);
    known.learn(*wire::IpAddress::parse(address), 1ms, Instant{});
  }
  known.learn(host(1), 2ms, Instant{});
  EXPECT_EQ(known.least(host(1)), 2ms);
}

}  // namespace
}  // namespace zsock::tcp
