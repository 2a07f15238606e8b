// Rings that grow with what passes through them (docs/decisions/0012), and what a window is worth.

#include <gtest/gtest.h>

#include "tests/support/two_hosts.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPort = 80;
constexpr std::size_t kStart = 256U << 10U;
constexpr std::size_t kMost = 64U << 20U;

struct Path {
  std::uint64_t rate = 100'000'000;  ///< bits per second
  Duration rtt = 20ms;
};

double octets_per_round_trip(const Path& path) {
  return static_cast<double>(path.rate) / 8 * std::chrono::duration<double>(path.rtt).count();
}

/// Rings as zsockd gives them, on a link that queues a bandwidth-delay product.
TwoHostsOptions options_for(const Path& path) {
  HostOptions host = quick_host();
  host.max_segmentation = 65535;
  host.tells_reading = true;
  host.rings = {.receive = kStart, .transmit = kStart, .grow = true};
  host.stack.tcp.max_receive_buffer = host.stack.tcp.max_send_buffer = kMost;
  LinkOptions link{.delivery = Delivery::whole};
  link.faults = {
      .delay = path.rtt / 2,
      .rate = path.rate,
      .queue_frames = 100 + static_cast<std::size_t>(octets_per_round_trip(path) / 1000)};
  return {.link = link, .left = host, .right = host, .check_every = 1000};
}

/// One connection; the writer always has something to write.
class OneWay {
 public:
  explicit OneWay(const TwoHostsOptions& options) : hosts_(options) {
    const auto there = hosts_.right_endpoint(wire::Family::ipv4, kPort);
    listener_ = &hosts_.right().listen(there, 16);
    sender_ = &hosts_.left().connect(there);
    hosts_.add_agent([this] { act(); });
    hosts_.run_until([this] { return !listener_->children.empty(); }, 5s);
  }

  /// Octets read per second of that time.
  double rate_over(Duration time) {
    const std::uint64_t before = read_;
    hosts_.run_for(time);
    return static_cast<double>(read_ - before) / std::chrono::duration<double>(time).count();
  }
  void read_once(std::size_t octets) {
    std::vector<std::byte> buffer(octets);
    read_ += receiver().read(buffer);
  }
  void write_once(std::size_t octets) {
    const std::vector<std::byte> buffer(octets);
    sender_->write(buffer);
  }
  /// One more connection like it.
  void join() {
    others_.push_back(&hosts_.left().connect(hosts_.right_endpoint(wire::Family::ipv4, kPort)));
  }
  [[nodiscard]] const std::vector<TcpApp*>& receivers() const { return listener_->children; }
  TcpApp& sender() { return *sender_; }
  TcpApp& receiver() { return *listener_->children.at(0); }
  TwoHosts& hosts() { return hosts_; }

  bool writes = true;
  bool reads = true;

 private:
  void act() {
    while (writes && sender_->write(buffer_) != 0) {
    }
    for (TcpApp* other : others_) {
      while (writes && other->write(buffer_) != 0) {
      }
    }
    for (TcpApp* child : listener_->children) {
      while (reads) {
        const std::size_t size = child->read(buffer_);
        if (size == 0) break;
        read_ += size;
      }
    }
  }

  TwoHosts hosts_;
  ListenerApp* listener_ = nullptr;
  TcpApp* sender_ = nullptr;
  std::vector<TcpApp*> others_{};
  std::uint64_t read_ = 0;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(65536);
};

// A sender that fills the window waits a round trip for it, no longer.
// req: T-TUNE
TEST(RingsScenario, AReaderThatKeepsUpIsWorthTheWholeWindow) {
  TwoHostsOptions options = options_for({.rate = 1'000'000'000, .rtt = 100ms});
  options.right.rings.grow = false;
  for (const Delivery delivery : {Delivery::whole, Delivery::plain}) {
    options.link.delivery = delivery;
    OneWay one{options};
    one.rate_over(5s);
    EXPECT_GE(one.rate_over(10s), 0.95 * static_cast<double>(kStart) / 0.1);
  }
}

class Growth : public testing::TestWithParam<Path> {};

// RFC 7323 2.3: the scale is that of the largest window, not of the first.
// req: T-TUNE, T-WS
TEST_P(Growth, FillsThePath) {
  const Path path = GetParam();
  OneWay one{options_for(path)};
  one.rate_over(60 * path.rtt);
  const double rate = one.rate_over(std::max<Duration>(5 * path.rtt, 500ms));
  const double seconds = std::chrono::duration<double>(path.rtt).count();
  const double link = static_cast<double>(path.rate) / 8;
  EXPECT_GE(rate, 0.95 * std::min(link, static_cast<double>(kMost) / seconds));
  // The link queues as much as it carries; a power of two more than twice that is all it takes.
  const double full = 2 * octets_per_round_trip(path) + 100 * 65536;
  EXPECT_LE(static_cast<double>(one.receiver().ring_octets()), 4 * full + kStart);
  EXPECT_LE(static_cast<double>(one.sender().ring_octets()), 4 * full + kStart);
}

INSTANTIATE_TEST_SUITE_P(Paths, Growth,
                         testing::Values(Path{.rate = 100'000'000, .rtt = 20ms},
                                         Path{.rate = 1'000'000'000, .rtt = 60ms},
                                         Path{.rate = 1'000'000'000, .rtt = 200ms},
                                         Path{.rate = 10'000'000'000, .rtt = 60ms}),
                         [](const auto& test) {
                           return std::to_string(test.param.rate / 1'000'000) + "Mbps" +
                                  std::to_string(test.param.rtt / 1ms) + "ms";
                         });

// req: T-TUNE
TEST(RingsScenario, AReaderThatDoesNotReadGetsNoLargerRing) {
  OneWay one{options_for({.rate = 10'000'000'000, .rtt = 20ms})};
  one.reads = false;
  one.rate_over(10s);
  EXPECT_EQ(one.receiver().ring_octets(), 2 * kStart);
  // Nor does whoever writes to it, beyond twice its window.
  EXPECT_LE(one.sender().ring_octets(), kStart + 2 * kStart);
  one.reads = true;
  EXPECT_GT(one.rate_over(500ms), 0.0);
  EXPECT_GT(one.receiver().ring_octets(), 2 * kStart);
}

// req: T-TUNE
TEST(RingsScenario, AReaderThatIsSlowGetsNoLargerRing) {
  OneWay one{options_for({.rate = 10'000'000'000, .rtt = 20ms})};
  one.reads = false;
  for (int second = 1; second <= 20; ++second) {
    one.hosts().at(one.hosts().now() + second * 1s, [&] { one.read_once(kStart); });
  }
  one.rate_over(30s);
  EXPECT_EQ(one.receiver().ring_octets(), 2 * kStart);
}

// A request now and then, however large the application's buffers are.
// req: T-TUNE
TEST(RingsScenario, ConnectionsThatSaySeldomSomethingStaySmall) {
  OneWay one{options_for({})};
  one.writes = false;
  for (int i = 1; i <= 100; ++i) {
    one.hosts().at(one.hosts().now() + i * 100ms, [&] { one.write_once(50'000); });
  }
  one.rate_over(20s);
  EXPECT_EQ(one.receiver().ring_octets(), 2 * kStart);
  EXPECT_EQ(one.sender().ring_octets(), 2 * kStart);
}

/// The receive ring of a reader that is scheduled every 2 ms and reads all there is.
std::size_t ring_of_a_gulping_reader(Duration rtt) {
  OneWay one{options_for({.rate = 10'000'000'000, .rtt = rtt})};
  one.reads = false;
  for (int i = 1; i <= 50; ++i) {
    one.hosts().at(one.hosts().now() + i * 2ms, [&] { one.read_once(8U << 20U); });
  }
  one.rate_over(120ms);
  EXPECT_LE(one.sender().ring_octets(), one.receiver().ring_octets());
  return one.receiver().ring_octets() - kStart;  // that of the other direction
}

// What waits in a ring counts as a round trip: a reader that is scheduled every 2 ms would get 8
// MiB on a path that holds 250 KB, and pass all of it through the caches. req: T-TUNE
TEST(RingsScenario, AShortPathNeedsNoRingThatLeavesTheCaches) {
  EXPECT_EQ(ring_of_a_gulping_reader(200us), 1U << 20U);
}

// Whoever comes late spends all of his round trips, the handshake's too, in the queues of those
// before him: the path is known to be short all the same. req: T-TUNE
TEST(RingsScenario, QueuesOfOthersDoNotMakeAPathLonger) {
  TwoHostsOptions options = options_for({.rate = 1'000'000'000, .rtt = 200us});
  options.link.faults.queue_frames = 100'000;
  OneWay one{options};
  one.rate_over(100ms);
  for (int i = 0; i < 7; ++i) one.join();
  one.rate_over(1s);
  ASSERT_EQ(one.receivers().size(), 8U);
  for (TcpApp* receiver : one.receivers()) {
    EXPECT_LE(receiver->ring_octets(), (1U << 20U) + kStart);
  }
}

// 16 Gbit/s. req: T-TUNE
TEST(RingsScenario, APathThatHoldsMoreGetsMore) {
  EXPECT_EQ(ring_of_a_gulping_reader(1100us), 2U << 20U);
}

// req: T-TUNE
TEST(RingsScenario, GrowthEndsAtTheMaximum) {
  TwoHostsOptions options = options_for({.rate = 1'000'000'000, .rtt = 60ms});
  options.right.stack.tcp.max_receive_buffer = 1U << 20U;
  OneWay one{options};
  one.rate_over(10s);
  EXPECT_EQ(one.receiver().ring_octets(), (1U << 20U) + kStart);
  // No more than the window can be under way.
  EXPECT_LE(one.sender().ring_octets(), kStart + (2U << 20U));
}

}  // namespace
}  // namespace zsock::test
