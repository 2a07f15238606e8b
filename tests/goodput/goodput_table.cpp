// Prints goodput over loss, round trip and buffer for each congestion control: virtual time,
// seeded, so the same on every machine.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/support/goodput.h"

namespace {

using namespace zsock;
using namespace zsock::test;
using namespace std::chrono_literals;

constexpr std::uint64_t kRate = 20'000'000;  ///< bits per second
constexpr std::uint64_t kOctets = 1'000'000;
constexpr std::uint64_t kSeeds = 3;
constexpr std::size_t kFrame = 1514;

/// Mbit/s, in hundredths, rounded down: no floating point that could differ.
std::uint64_t hundredths(double loss, Duration rtt, double buffer, tcp::CongestionControl control) {
  GoodputCase link{.loss = loss, .rtt = rtt, .rate = kRate, .octets = kOctets};
  const std::uint64_t product =
      kRate / 8 * static_cast<std::uint64_t>(rtt.count()) / 1'000'000 / kFrame;
  // The link counts frames on their way as well: half a round trip's.
  link.queue_frames = static_cast<std::size_t>(static_cast<double>(product) * (buffer + 0.5)) + 10;
  link.tcp.congestion = control;
  Duration sum{};
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) sum += measure_goodput(link, seed).time;
  return kOctets * 8 * kSeeds * 100 / static_cast<std::uint64_t>(sum.count());
}

void print_row(double loss, Duration rtt, double buffer) {
  std::printf("%6.1f %% %6d ms %7.1f", loss * 100, static_cast<int>(rtt.count() / 1000), buffer);
  for (const auto control : {tcp::CongestionControl::cubic, tcp::CongestionControl::newreno}) {
    const std::uint64_t value = hundredths(loss, rtt, buffer, control);
    std::printf(" %5u.%02u", static_cast<unsigned>(value / 100),
                static_cast<unsigned>(value % 100));
  }
  std::puts("");
}

}  // namespace

int main() {
  std::puts(
      "Goodput in Mbit/s of 1 MB over 20 Mbit/s, mean of three seeds. Buffer in bandwidth-delay "
      "products.");
  std::puts("    loss       RTT  buffer    CUBIC  NewReno");
  for (const double loss : {0.0, 0.001, 0.01, 0.03}) {
    for (const Duration rtt : {Duration{2ms}, Duration{20ms}, Duration{100ms}}) {
      for (const double buffer : {0.5, 1.0, 4.0}) print_row(loss, rtt, buffer);
    }
  }
  return testing::Test::HasFailure() ? 1 : 0;
}
