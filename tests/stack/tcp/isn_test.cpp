#include "daemon/stack/tcp/isn.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <set>

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;

wire::Flow flow_to(std::uint32_t host, std::uint16_t port) {
  return {.local = {.address = wire::IpAddress::v4(192, 0, 2, 1), .port = 40000},
          .remote = {.address = wire::IpAddress::v4(0xc6336400U + host), .port = port}};
}

constexpr Instant kStart{std::chrono::hours{1}};

// RFC 6528 3: M is a timer that ticks every 4 microseconds.
TEST(IsnClock, AdvancesEveryFourMicroseconds) {
  SeededRng rng{1};
  const IsnGenerator isn{rng};
  const Seq first = isn.initial_sequence(flow_to(1, 80), kStart);
  EXPECT_EQ(isn.initial_sequence(flow_to(1, 80), kStart + 3us), first);
  EXPECT_EQ(isn.initial_sequence(flow_to(1, 80), kStart + 4us) - first, 1);
  EXPECT_EQ(isn.initial_sequence(flow_to(1, 80), kStart + 1s) - first, 250000);
}

// RFC 9293 3.4.1: MUST-8. The clock wraps after about 4.77 hours.
TEST(IsnClock, WrapsWithTheSequenceSpace) {
  SeededRng rng{1};
  const IsnGenerator isn{rng};
  const auto cycle = Duration{4LL << 32U};
  EXPECT_EQ(isn.initial_sequence(flow_to(1, 80), kStart + cycle),
            isn.initial_sequence(flow_to(1, 80), kStart));
}

// RFC 6528 3: every part of the flow, and the key, goes into F.
TEST(IsnKey, EveryPartOfTheFlowCounts) {
  SeededRng rng{1};
  const IsnGenerator isn{rng};
  const wire::Flow base{
      .local = {.address = wire::IpAddress::parse("2001:db8::1").value(), .port = 1},
      .remote = {.address = wire::IpAddress::parse("2001:db8::2").value(), .port = 2}};
  std::set<std::uint32_t> seen{isn.initial_sequence(base, kStart).value()};
  for (int part = 0; part < 6; ++part) {
    wire::Flow other = base;
    if (part == 0) other.local.address = wire::IpAddress::parse("2001:db8::3").value();
    if (part == 1) other.remote.address = wire::IpAddress::parse("2001:db8::3").value();
    if (part == 2) ++other.local.port;
    if (part == 3) ++other.remote.port;
    if (part == 4) other.remote.scope = 7;
    if (part == 5) std::swap(other.local, other.remote);
    EXPECT_TRUE(seen.insert(isn.initial_sequence(other, kStart).value()).second) << part;
  }
  const IsnGenerator rebooted{rng};
  EXPECT_TRUE(seen.insert(rebooted.initial_sequence(base, kStart).value()).second);
}

// RFC 9293 3.4.1: MUST-9, req: TCP-9293-M9, T-ISN. Over a million flows at one instant every bit is
// a fair coin, and neighbours share no pattern.
TEST(IsnStatistics, BitsAreFairAndNeighboursUnrelated) {
  SeededRng rng{2};
  const IsnGenerator isn{rng};
  constexpr unsigned kSamples = 1U << 20U;
  std::array<unsigned, 32> ones{};
  std::array<unsigned, 33> flipped{};
  std::array<unsigned, 256> top{};
  std::uint32_t last = 0;
  for (unsigned i = 0; i < kSamples; ++i) {
    const std::uint32_t value =
        isn.initial_sequence(flow_to(i >> 16U, static_cast<std::uint16_t>(i)), kStart).value();
    for (unsigned bit = 0; bit < 32; ++bit) ones[bit] += (value >> bit) & 1U;
    ++flipped[static_cast<unsigned>(std::popcount(value ^ last))];
    ++top[value >> 24U];
    last = value;
  }
  // Five standard deviations of a binomial distribution.
  const double sigma = std::sqrt(kSamples / 4.0);
  for (unsigned bit = 0; bit < 32; ++bit) {
    EXPECT_LT(std::abs(ones[bit] - kSamples / 2.0), 5 * sigma) << "bit " << bit;
  }
  double mean = 0;
  for (unsigned count = 0; count <= 32; ++count)
    mean += count * static_cast<double>(flipped[count]);
  EXPECT_NEAR(mean / kSamples, 16.0, 5 * std::sqrt(8.0 / kSamples));
  double chi = 0;
  for (const unsigned count : top) chi += std::pow(count - kSamples / 256.0, 2) * 256.0 / kSamples;
  EXPECT_LT(std::abs(chi - 255) / std::sqrt(2 * 255.0), 5.0);
}

// RFC 7323 5.4: the offset is as secret as the ISN, and no function of it.
TEST(IsnTimestampOffset, DiffersByFlowAndFromTheIsn) {
  SeededRng rng{3};
  const IsnGenerator isn{rng};
  std::set<std::uint32_t> seen;
  for (std::uint16_t port = 1; port <= 1000; ++port) {
    EXPECT_TRUE(seen.insert(isn.timestamp_offset(flow_to(1, port))).second);
  }
  const auto difference = [&](std::uint16_t port) {
    return isn.timestamp_offset(flow_to(1, port)) -
           isn.initial_sequence(flow_to(1, port), kStart).value();
  };
  EXPECT_NE(difference(1), difference(2));
}

// RFC 7323 5.4
TEST(IsnTimestampOffset, ClockCountsMilliseconds) {
  EXPECT_EQ(timestamp_value(Instant{1500us}, 10), 11U);
  EXPECT_EQ(timestamp_value(Instant{2s}, 0xffffffffU), 1999U);
}

}  // namespace
}  // namespace zsock::tcp
