// Conformance 5.3, PR-4: what a congestion control makes of a link of its own, and of a shared one.

#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "tests/support/two_hosts.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPort = 80;

struct Path {
  std::uint64_t rate = 100'000'000;  ///< bits per second
  Duration rtt = 100ms;
  double buffer = 1;  ///< of the bottleneck, bandwidth-delay products
  double loss = 0;
};

TwoHostsOptions options_for(const Path& path, tcp::CongestionControl control, std::uint64_t seed) {
  HostOptions host = quick_host();
  host.rings = {.receive = 1U << 22U, .transmit = 1U << 22U};
  host.stack.tcp.congestion = control;
  const double bdp_frames =
      static_cast<double>(path.rate) / 8 / 1514 * std::chrono::duration<double>(path.rtt).count();
  // The link counts frames on their way as well: half a round trip's.
  const auto frames = static_cast<std::size_t>(bdp_frames * (path.buffer + 0.5));
  LinkOptions link;
  link.faults = {.loss = path.loss,
                 .delay = path.rtt / 2,
                 .rate = path.rate,
                 .queue_frames = std::max<std::size_t>(frames, 10)};
  return {.seed = seed, .link = link, .left = host, .right = host, .check_every = 1000};
}

/// Flows that always have something to send.
class Bulk {
 public:
  Bulk(const TwoHostsOptions& options, std::size_t flows) : hosts_(options), read_(flows) {
    const auto there = hosts_.right_endpoint(wire::Family::ipv4, kPort);
    listener_ = &hosts_.right().listen(there, flows);
    for (std::size_t i = 0; i < flows; ++i) {
      hosts_.at(hosts_.now() + 500ms * static_cast<int>(i),
                [this, there] { senders_.push_back(&hosts_.left().connect(there)); });
    }
    hosts_.add_agent([this] { act(); });
  }

  /// Octets that each flow delivers in that time.
  std::vector<double> deliver(Duration time) {
    const std::vector<double> before = read_;
    hosts_.run_for(time);
    std::vector<double> delivered(read_.size());
    for (std::size_t i = 0; i < read_.size(); ++i) delivered[i] = read_[i] - before[i];
    return delivered;
  }

 private:
  void act() {
    for (TcpApp* sender : senders_) {
      if (sender->room() >= buffer_.size()) sender->write(buffer_);
    }
    for (std::size_t i = 0; i < listener_->children.size(); ++i) {
      read_[i] += static_cast<double>(listener_->children[i]->read(buffer_));
    }
  }

  TwoHosts hosts_;
  ListenerApp* listener_ = nullptr;
  std::vector<TcpApp*> senders_{};
  std::vector<double> read_;
  std::array<std::byte, 65536> buffer_{};
};

double goodput(const Path& path, tcp::CongestionControl control, Duration time) {
  return Bulk{options_for(path, control, 7), 1}.deliver(time)[0];
}

/// Jain's index: 1 when all get the same, 1/n when one gets all.
double fairness(const std::vector<double>& shares) {
  double sum = 0;
  double squares = 0;
  for (const double share : shares) {
    sum += share;
    squares += share * share;
  }
  return sum * sum / (static_cast<double>(shares.size()) * squares);
}

// req: PR-4
TEST(CongestionScenario, CubicStartsAboutAsFastAsNewReno) {
  const double cubic = goodput({}, tcp::CongestionControl::cubic, 20s);
  const double reno = goodput({}, tcp::CongestionControl::newreno, 20s);
  // HyStart++ ends slow start before the first loss; with SACK that loss is cheap to repair.
  EXPECT_GE(cubic, 0.9 * reno);
}

// RFC 9438 5.1: where losses are rare and the path is long, the window grows back sooner.
// req: PR-4, T-CUB
TEST(CongestionScenario, CubicIsFasterThanNewRenoOnALongPathThatLoses) {
  const auto steady = [](tcp::CongestionControl control) {
    Bulk bulk{options_for({.loss = 0.0001}, control, 7), 1};
    bulk.deliver(20s);
    return bulk.deliver(60s)[0];
  };
  EXPECT_GE(steady(tcp::CongestionControl::cubic), 1.2 * steady(tcp::CongestionControl::newreno));
}

// req: PR-4
TEST(CongestionScenario, TwoCubicFlowsShareALink) {
  const Path path{.rate = 20'000'000, .rtt = 50ms};
  Bulk bulk{options_for(path, tcp::CongestionControl::cubic, 3), 2};
  bulk.deliver(20s);
  const std::vector<double> shares = bulk.deliver(60s);
  EXPECT_GE(fairness(shares), 0.9) << shares[0] << " and " << shares[1];
  EXPECT_GE(shares[0] + shares[1], 0.85 * 60 * 20e6 / 8 * 1448 / 1514);
}

}  // namespace
}  // namespace zsock::test
