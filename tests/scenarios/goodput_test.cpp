// What loss costs, with and without selective acknowledgments: RFC 2018, RFC 8985, RFC 9937.

#include <gtest/gtest.h>

#include <iomanip>
#include <iostream>

#include "tests/support/goodput.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

/// Seconds from the SYN to the last octet, on average over so many seeds.
double seconds_for(const GoodputCase& link, std::uint64_t transfers) {
  Duration sum{};
  for (std::uint64_t seed = 1; seed <= transfers; ++seed) sum += measure_goodput(link, seed).time;
  return std::chrono::duration<double>(sum).count() / static_cast<double>(transfers);
}

/// How much faster selective acknowledgments make it.
double gain(GoodputCase link, std::uint64_t transfers) {
  link.tcp.sack = false;
  const double without = seconds_for(link, transfers);
  link.tcp.sack = true;
  const double with = seconds_for(link, transfers);
  const double megabits = static_cast<double>(link.octets) * 8e-6;
  std::cout << std::fixed << std::setprecision(2) << link.octets / 1000 << " kB, loss "
            << link.loss * 100 << " %, reordered " << link.reorder * 100 << " %, queue "
            << link.queue_frames << ", RTT "
            << std::chrono::duration_cast<std::chrono::milliseconds>(link.rtt).count()
            << " ms: " << megabits / without << " Mbit/s without SACK, " << megabits / with
            << " with\n";
  return without / with;
}

// req: T-RACK, T-PRR
TEST(GoodputScenario, ShortTransfersDoNotWaitForTimeouts) {
  for (const double loss : {0.01, 0.03}) {
    for (const Duration rtt : {20ms, 100ms}) {
      EXPECT_GT(gain({.loss = loss, .rtt = rtt, .octets = 100'000}, 60), 1.0);
    }
  }
}

// In steady state as well: nothing but losses decides the window.
// req: T-RACK, T-PRR, T-CUB
TEST(GoodputScenario, LongTransfersAreNotSlowerThanWithoutSack) {
  for (const double loss : {0.01, 0.03}) {
    for (const Duration rtt : {20ms, 100ms}) {
      EXPECT_GT(gain({.loss = loss, .rtt = rtt, .octets = 2'000'000}, 8), 1.0);
    }
  }
}

// Slow start fills the queue and loses half a window: all of it is repaired in a round trip or two.
// req: T-SACKS
TEST(GoodputScenario, ManyLossesOfOneWindowCostFewRoundTrips) {
  for (const Duration rtt : {20ms, 100ms}) {
    for (const std::size_t queue : {50U, 100U, 200U}) {
      EXPECT_GT(gain({.rtt = rtt, .queue_frames = queue, .octets = 1'000'000}, 1), 3.0);
    }
  }
}

// RFC 8985 6.2 step 4, RFC 4015: a needless recovery is undone, and the next one waits longer.
TEST(GoodputScenario, ReorderingIsNotTakenForLoss) {
  EXPECT_GT(gain({.rtt = 40ms, .reorder = 0.01}, 3), 5.0);
}

}  // namespace
}  // namespace zsock::test
