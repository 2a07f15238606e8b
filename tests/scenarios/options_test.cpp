// Conformance 2.5: what TCP's socket options do, from one stack to the other.

#include <gtest/gtest.h>

#include <array>

#include "tests/support/two_hosts.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPort = 80;

class OptionsScenario : public testing::Test {
 protected:
  OptionsScenario() : listener_(hosts_.right().listen(there_, 5)) {}

  static TwoHostsOptions options() {
    TwoHostsOptions options{.left = quick_host(), .right = quick_host()};
    options.link.faults.delay = 10ms;
    return options;
  }
  void set(Host& host, SocketId id, Option option, std::int64_t value) {
    ASSERT_TRUE(host.stack().set_option(id, option, value, hosts_.now()));
  }
  TcpApp& connected() {
    TcpApp& client = hosts_.left().connect(there_);
    const std::size_t before = listener_.children.size();
    EXPECT_TRUE(hosts_.run_until(
        [&] { return client.connected() && listener_.children.size() > before; }, 1s));
    return client;
  }
  /// How long it takes until the socket has failed, and with what.
  std::pair<Duration, SockError> failure_of(TcpApp& app) {
    const Instant start = hosts_.now();
    EXPECT_TRUE(hosts_.run_until([&] { return app.status().failed; }, 100s));
    return {hosts_.now() - start, app.take_error()};
  }

  TwoHosts hosts_{options()};
  wire::Endpoint there_ = hosts_.right_endpoint(wire::Family::ipv4, kPort);
  ListenerApp& listener_;
  std::array<std::byte, 4096> buffer_{};
};

// TCP_USER_TIMEOUT 1500: ETIMEDOUT after about 1.5 s.
TEST_F(OptionsScenario, UserTimeoutEndsASilentConnection) {
  TcpApp& client = connected();
  set(hosts_.left(), client.id, Option::user_timeout, 1'500'000);
  hosts_.link().cut();
  client.write(ByteView{buffer_}.first(100));
  const auto [time, error] = failure_of(client);
  EXPECT_EQ(error, SockError::timed_out);
  EXPECT_GE(time, 1500ms);
  EXPECT_LE(time, 1600ms);
}

// TCP_SYNCNT 1: one retransmission, given up when it is not answered either.
TEST_F(OptionsScenario, SynCountLimitsTheAttempts) {
  connected();
  hosts_.link().cut();
  TcpApp& client = hosts_.left().open_tcp(wire::Family::ipv4);
  set(hosts_.left(), client.id, Option::syn_retries, 1);
  EXPECT_EQ(client.connect(there_).error(), SockError::in_progress);
  const auto [time, error] = failure_of(client);
  EXPECT_EQ(error, SockError::timed_out);
  EXPECT_GE(time, 3s);
  EXPECT_LE(time, 3100ms);
}

// TCP_MAXSEG of a listener: both directions of its connections.
TEST_F(OptionsScenario, MaximumSegmentOfAListenerHolds) {
  set(hosts_.right(), listener_.id, Option::max_segment, 700);
  TcpApp& client = connected();
  EXPECT_EQ(hosts_.left().stack().info(client.id)->send_mss, 688);  // less timestamps
  EXPECT_EQ(hosts_.right().stack().info(listener_.children[0]->id)->send_mss, 688);
}

// TCP_CORK: a partial segment waits 200 ms, or until the cork is drawn.
TEST_F(OptionsScenario, CorkHoldsAPartialSegment) {
  TcpApp& client = connected();
  TcpApp& child = *listener_.children[0];
  set(hosts_.left(), client.id, Option::cork, 1);
  client.write(ByteView{buffer_}.first(100));
  hosts_.run_for(190ms);
  EXPECT_EQ(child.readable(), 0U);
  hosts_.run_for(30ms);
  EXPECT_EQ(child.readable(), 100U);
  client.write(ByteView{buffer_}.first(50));
  hosts_.run_for(50ms);
  EXPECT_EQ(child.readable(), 100U);
  set(hosts_.left(), client.id, Option::cork, 0);
  hosts_.run_for(11ms);
  EXPECT_EQ(child.readable(), 150U);
}

// TCP_LINGER2: FIN-WAIT-2 of a closed socket.
TEST_F(OptionsScenario, Linger2LimitsFinWait2) {
  TcpApp& client = connected();
  set(hosts_.left(), client.id, Option::fin_wait_2, 2'000'000);
  client.close();
  hosts_.run_for(1900ms);
  EXPECT_EQ(hosts_.left().stack().connections(), 1U);
  hosts_.run_for(200ms);
  EXPECT_EQ(hosts_.left().stack().connections(), 0U);
}

// TCP_DEFER_ACCEPT: the child appears with its first text.
TEST_F(OptionsScenario, DeferAcceptWaitsForText) {
  set(hosts_.right(), listener_.id, Option::defer_accept, 7'000'000);
  TcpApp& client = hosts_.left().connect(there_);
  hosts_.run_for(500ms);
  EXPECT_TRUE(client.connected());
  EXPECT_TRUE(listener_.children.empty());
  client.write(ByteView{buffer_}.first(100));
  hosts_.run_for(30ms);
  ASSERT_EQ(listener_.children.size(), 1U);
  EXPECT_EQ(listener_.children[0]->readable(), 100U);
}

// TCP_CONGESTION: accepted sockets inherit, and a connection may change it.
TEST_F(OptionsScenario, CongestionControlIsInherited) {
  constexpr auto kReno = static_cast<std::int64_t>(tcp::CongestionControl::newreno);
  set(hosts_.right(), listener_.id, Option::congestion, kReno);
  TcpApp& client = connected();
  Stack& right = hosts_.right().stack();
  EXPECT_EQ(*right.get_option(listener_.children[0]->id, Option::congestion), kReno);
  set(hosts_.left(), client.id, Option::congestion, kReno);
  EXPECT_EQ(
      hosts_.left().stack().set_option(client.id, Option::congestion, 2, hosts_.now()).error(),
      SockError::invalid);
}

}  // namespace
}  // namespace zsock::test
