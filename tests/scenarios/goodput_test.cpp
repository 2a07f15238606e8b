// What loss costs, with and without selective acknowledgments: RFC 2018, RFC 8985, RFC 9937.

#include <gtest/gtest.h>

#include <iomanip>
#include <iostream>

#include "tests/support/stream_peer.h"
#include "tests/support/two_hosts.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPort = 80;
struct Link {
  double loss = 0;
  Duration rtt{};
  double reorder = 0;
  std::uint64_t rate = 100'000'000;
  std::size_t queue_frames = 2000;
};

TwoHostsOptions options_for(const Link& link, tcp::Config tcp, std::uint64_t seed) {
  TwoHostsOptions options{.seed = seed, .left = quick_host(), .right = quick_host()};
  options.link.faults = {.loss = link.loss,
                         .reorder = link.reorder,
                         .delay = link.rtt / 2,
                         .rate = link.rate,
                         .queue_frames = link.queue_frames};
  for (HostOptions* host : {&options.left, &options.right}) {
    host->rings = {.receive = 1U << 20U, .transmit = 1U << 20U};
    host->stack.tcp = tcp;
  }
  options.check_every = 1000;
  return options;
}

/// Seconds from the SYN to the last octet of each of so many transfers, one after the other.
double seconds_for(const Link& link, const tcp::Config& tcp, std::uint64_t octets,
                   std::uint64_t transfers) {
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= transfers; ++seed) {
    TwoHosts hosts{options_for(link, tcp, seed)};
    ListenerApp& listener =
        hosts.right().listen(hosts.right_endpoint(wire::Family::ipv4, kPort), 5);
    TcpApp& client = hosts.left().connect(hosts.right_endpoint(wire::Family::ipv4, kPort));
    StreamPeer writer{hosts, client, {.octets = octets, .piece = 100000}};
    std::vector<std::byte> buffer(1U << 20U);
    std::uint64_t read = 0;
    const Instant start = hosts.now();
    hosts.add_agent([&] {
      writer.act();
      for (TcpApp* child : listener.children) {
        while (const std::size_t size = child->read(buffer)) read += size;
      }
    });
    EXPECT_TRUE(hosts.run_until([&] { return read == octets; }, 600s));
    sum += std::chrono::duration<double>(hosts.now() - start).count();
  }
  return sum / static_cast<double>(transfers);
}

/// How much faster selective acknowledgments make it.
double gain(const Link& link, std::uint64_t octets, std::uint64_t transfers) {
  tcp::Config tcp = quick_host().stack.tcp;
  tcp.sack = false;
  const double without = seconds_for(link, tcp, octets, transfers);
  tcp.sack = true;
  const double with = seconds_for(link, tcp, octets, transfers);
  const double megabits = static_cast<double>(octets) * 8e-6;
  std::cout << std::fixed << std::setprecision(2) << octets / 1000 << " kB, loss "
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
      EXPECT_GT(gain({.loss = loss, .rtt = rtt}, 100'000, 60), 1.0);
    }
  }
}

// Slow start fills the queue and loses half a window: all of it is repaired in a round trip or two.
// req: T-SACKS
TEST(GoodputScenario, ManyLossesOfOneWindowCostFewRoundTrips) {
  for (const Duration rtt : {20ms, 100ms}) {
    for (const std::size_t queue : {50U, 100U, 200U}) {
      EXPECT_GT(gain({.rtt = rtt, .queue_frames = queue}, 1'000'000, 1), 3.0);
    }
  }
}

// RFC 8985 6.2 step 4: after a few spurious retransmissions the window has adapted.
TEST(GoodputScenario, ReorderingIsNotTakenForLoss) {
  EXPECT_GT(gain({.rtt = 40ms, .reorder = 0.01}, 4'000'000, 3), 1.5);
}

}  // namespace
}  // namespace zsock::test
