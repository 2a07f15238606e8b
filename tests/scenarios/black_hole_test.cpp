// RFC 4821: a path that swallows large packets and says nothing.

#include <array>

#include "tests/support/pair.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kOctets = 400000;

class BlackHole : public testing::TestWithParam<wire::Family> {
 protected:
  /// How long the stream takes to the other side; nothing when it never arrives.
  static std::optional<Duration> transfer(const TwoHostsOptions& options) {
    TwoHosts hosts{options};
    const auto endpoint = hosts.right_endpoint(GetParam(), 80);
    ListenerApp& listener = hosts.right().listen(endpoint, 5);
    TcpApp& client = hosts.left().connect(endpoint);
    if (!hosts.run_until([&] { return !listener.children.empty(); }, 10s)) return std::nullopt;
    StreamPeer from{hosts, client, {.seed = 1, .peer_seed = 2, .octets = kOctets}};
    StreamPeer to{hosts, *listener.children[0], {.seed = 2, .peer_seed = 1}};
    hosts.add_agent([&] { from.act(), to.act(); });
    const Instant start = hosts.now();
    const bool arrived = hosts.run_until([&] { return from.done() && to.done(); }, 300s);
    EXPECT_TRUE(to.intact());
    if (!arrived || to.read() != kOctets) return std::nullopt;
    return hosts.now() - start;
  }
  static TwoHostsOptions path_of(std::uint16_t mtu) {
    TwoHostsOptions options{.left = quick_host(), .right = quick_host()};
    options.link.faults.delay = 10ms;
    options.link.mtu = mtu;
    return options;
  }
};

// req: PMTU-3
TEST_P(BlackHole, IsCrossedWithSmallerSegments) {
  for (const std::uint16_t mtu : std::array<std::uint16_t, 4>{1499, 1400, 1300, 1280}) {
    SCOPED_TRACE(mtu);
    const auto took = transfer(path_of(mtu));
    ASSERT_TRUE(took);
    EXPECT_LT(*took, 20s);
  }
}

// req: PMTU-3
TEST_P(BlackHole, IsCrossedByDevicesThatSegment) {
  TwoHostsOptions options = path_of(1400);
  options.left.max_segmentation = 65535;
  const auto took = transfer(options);
  ASSERT_TRUE(took);
  EXPECT_LT(*took, 20s);
}

// req: PMTU-3
TEST_P(BlackHole, IsCrossedWithoutSack) {
  TwoHostsOptions options = path_of(1400);
  options.left.stack.tcp.sack = options.left.stack.tcp.timestamps = false;
  const auto took = transfer(options);
  ASSERT_TRUE(took);
  EXPECT_LT(*took, 20s);
}

INSTANTIATE_TEST_SUITE_P(Families, BlackHole,
                         testing::Values(wire::Family::ipv4, wire::Family::ipv6),
                         [](const auto& test) {
                           return test.param == wire::Family::ipv4 ? "IPv4" : "IPv6";
                         });

// A link whose MTU shrinks is none: whoever knows tells the stack.
TEST_P(BlackHole, IsNotMadeByALinkThatSaysItShrinks) {
  TwoHostsOptions options = path_of(1500);
  options.left.max_segmentation = 65535;
  TwoHosts hosts{options};
  const auto endpoint = hosts.right_endpoint(GetParam(), 80);
  ListenerApp& listener = hosts.right().listen(endpoint, 5);
  TcpApp& client = hosts.left().connect(endpoint);
  ASSERT_TRUE(hosts.run_until([&] { return !listener.children.empty(); }, 10s));
  StreamPeer from{hosts, client, {.seed = 1, .peer_seed = 2, .octets = kOctets}};
  StreamPeer to{hosts, *listener.children[0], {.seed = 2, .peer_seed = 1}};
  hosts.add_agent([&] { from.act(), to.act(); });
  ASSERT_TRUE(hosts.run_until([&] { return to.read() > kOctets / 4; }, 10s));
  hosts.link().set_mtu(1300);
  for (Host* host : {&hosts.left(), &hosts.right()}) {
    EXPECT_FALSE(host->stack().set_mtu(host->interface(), 67, hosts.now()));
    ASSERT_TRUE(host->stack().set_mtu(host->interface(), 1300, hosts.now()));
  }
  const Instant shrunk = hosts.now();
  ASSERT_TRUE(hosts.run_until([&] { return from.done() && to.done(); }, 10s));
  EXPECT_LT(hosts.now() - shrunk, 1s);
  EXPECT_TRUE(to.intact());
  EXPECT_EQ(hosts.left().stack().counters().tcp_path_black_holes, 0U);
  TcpApp& next = hosts.left().connect(endpoint);
  ASSERT_TRUE(hosts.run_until([&] { return listener.children.size() == 2; }, 10s));
  EXPECT_LE(hosts.left().stack().info(next.id)->send_mss, 1248);
}

// req: PMTU-3
TEST(BlackHoleV4, OfTheSmallestPathsIsCrossed) {
  TwoHostsOptions options{.left = quick_host(), .right = quick_host()};
  options.link.mtu = 600;
  TwoHosts hosts{options};
  const auto endpoint = hosts.right_endpoint(wire::Family::ipv4, 80);
  ListenerApp& listener = hosts.right().listen(endpoint, 5);
  TcpApp& client = hosts.left().connect(endpoint);
  ASSERT_TRUE(hosts.run_until([&] { return !listener.children.empty(); }, 10s));
  const std::vector<std::byte> bytes(5000);
  ASSERT_EQ(client.write(bytes), bytes.size());
  std::vector<std::byte> got(8000);
  std::size_t count = 0;
  EXPECT_TRUE(hosts.run_until(
      [&] { return (count += listener.children[0]->read(got)) == bytes.size(); }, 60s));
}

// req: PMTU-3
TEST(BlackHoleV4, IsNotSeenWhereTimeoutsHaveOtherReasons) {
  TwoHostsOptions options{.left = quick_host(), .right = quick_host()};
  options.link.faults.delay = 10ms;
  TwoHosts hosts{options};
  const auto endpoint = hosts.right_endpoint(wire::Family::ipv4, 80);
  ListenerApp& listener = hosts.right().listen(endpoint, 5);
  TcpApp& client = hosts.left().connect(endpoint);
  ASSERT_TRUE(hosts.run_until([&] { return !listener.children.empty(); }, 10s));
  hosts.link().cut();
  const std::vector<std::byte> bytes(30000);
  ASSERT_EQ(client.write(bytes), bytes.size());
  hosts.run_for(2s);
  EXPECT_EQ(hosts.left().stack().counters().tcp_path_black_holes, 1U);
  hosts.link().heal();
  std::vector<std::byte> got(60000);
  std::size_t count = 0;
  ASSERT_TRUE(hosts.run_until(
      [&] { return (count += listener.children[0]->read(got)) == bytes.size(); }, 60s));
  ASSERT_EQ(client.write(bytes), bytes.size());
  ASSERT_TRUE(hosts.run_until(
      [&] { return (count += listener.children[0]->read(got)) == 2 * bytes.size(); }, 60s));
  const auto info = hosts.left().stack().info(client.id);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->send_mss, 1448);
}

}  // namespace
}  // namespace zsock::test
