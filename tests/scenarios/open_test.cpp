// The beginnings of connections: crossed, refused, unanswered, too many.

#include <algorithm>

#include "tests/support/pair.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

class OpenScenario : public ConnectedPair {
 protected:
  void SetUp() override { hosts_ = std::make_unique<TwoHosts>(plain_options()); }
  TcpApp& bound(Host& host, std::uint16_t port) {
    TcpApp& app = host.open_tcp(wire::Family::ipv4);
    EXPECT_TRUE(host.stack().bind(app.id, {host.address(wire::Family::ipv4), port, 0}));
    return app;
  }
  std::size_t connected(const std::vector<TcpApp*>& apps) {
    return static_cast<std::size_t>(
        std::ranges::count_if(apps, [](TcpApp* app) { return app->connected(); }));
  }
};

// RFC 9293 3.5 figure 7: MUST-10
TEST_F(OpenScenario, SimultaneousOpenMakesOneConnection) {
  TcpApp& left = bound(hosts_->left(), 1000);
  TcpApp& right = bound(hosts_->right(), 2000);
  // Neighbours must be known, or resolution would part the two SYNs.
  TcpApp& first = hosts_->left().connect(hosts_->right_endpoint(wire::Family::ipv4, 9));
  ASSERT_TRUE(run_until([&] { return first.status().failed; }, 1s));
  const auto left_status = left.connect(hosts_->right_endpoint(wire::Family::ipv4, 2000));
  const auto right_status = right.connect({hosts_->left().address(wire::Family::ipv4), 1000, 0});
  EXPECT_EQ(left_status.error(), SockError::in_progress);
  EXPECT_EQ(right_status.error(), SockError::in_progress);
  ASSERT_TRUE(run_until([&] { return left.connected() && right.connected(); }, 5s));
  EXPECT_EQ(left.state(), "ESTABLISHED");
  EXPECT_EQ(right.state(), "ESTABLISHED");
  ASSERT_TRUE(write(left, 1, 5000));
  ASSERT_TRUE(write(right, 2, 5000));
  ASSERT_TRUE(run_until([&] { return left.readable() == 5000 && right.readable() == 5000; }, 5s));
  EXPECT_TRUE(reads(left, 2, 5000));
  EXPECT_TRUE(reads(right, 1, 5000));
}

// RFC 9293 3.10.7.1
TEST_F(OpenScenario, NobodyListeningMeansRefused) {
  TcpApp& app = hosts_->left().connect(hosts_->right_endpoint(wire::Family::ipv4, 81));
  ASSERT_TRUE(run_until([&] { return app.status().failed; }, 1s));
  EXPECT_EQ(app.take_error(), SockError::connection_refused);
  app.close();
  EXPECT_TRUE(run_until([&] { return hosts_->left().at_rest(); }, 1s));
}

// Conformance 2.3: no answer to ARP, about 3 s.
TEST_F(OpenScenario, AbsentHostIsUnreachable) {
  TcpApp& app = hosts_->left().connect({wire::IpAddress::v4(192, 0, 2, 99), 80, 0});
  hosts_->run_for(2s);
  EXPECT_FALSE(app.status().failed);
  ASSERT_TRUE(run_until([&] { return app.status().failed; }, 3s));
  EXPECT_EQ(app.take_error(), SockError::host_unreachable);
}

// RFC 9293 3.8.3: MUST-22, MUST-23: at least three minutes of SYNs.
TEST_F(OpenScenario, SilentServerTimesOut) {
  ListenerApp& listener = hosts_->right().listen(endpoint(), 0);
  listener.accepting = false;
  TcpApp& first = hosts_->left().connect(endpoint());
  ASSERT_TRUE(run_until([&] { return first.connected(); }, 1s));
  hosts_->run_for(1s);
  TcpApp& second = hosts_->left().connect(endpoint());
  const Instant begin = hosts_->now();
  ASSERT_TRUE(run_until([&] { return second.status().failed; }, 600s));
  EXPECT_EQ(second.take_error(), SockError::timed_out);
  EXPECT_GE(hosts_->now() - begin, 180s);
}

// Conformance 2.1: backlog N lets N + 1 children wait; the others stay in SYN-SENT.
TEST_F(OpenScenario, BacklogOverflowKeepsClientsWaiting) {
  ListenerApp& listener = hosts_->right().listen(endpoint(), 2);
  listener.accepting = false;
  std::vector<TcpApp*> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(&hosts_->left().connect(endpoint()));
    hosts_->run_for(50ms);
  }
  EXPECT_EQ(connected(clients), 3U);
  EXPECT_TRUE(std::ranges::none_of(clients, [](TcpApp* app) { return app->status().failed; }));
  EXPECT_GT(hosts_->right().stack().counters().drop_tcp_listen_queue_full, 0U);
  listener.accepting = true;
  hosts_->right().serve(listener);
  ASSERT_TRUE(run_until([&] { return listener.children.size() == 8; }, 60s));
  EXPECT_EQ(connected(clients), 8U);
}

// Conformance 2.1: children that nobody accepted are reset with their listener.
TEST_F(OpenScenario, ClosedListenerResetsItsChildren) {
  ListenerApp& listener = hosts_->right().listen(endpoint(), 5);
  listener.accepting = false;
  TcpApp& client = hosts_->left().connect(endpoint());
  ASSERT_TRUE(run_until([&] { return client.connected(); }, 1s));
  hosts_->run_for(100ms);
  hosts_->right().close(listener);
  ASSERT_TRUE(run_until([&] { return client.status().failed; }, 1s));
  EXPECT_EQ(client.take_error(), SockError::connection_reset);
  client.close();
  EXPECT_TRUE(run_until([&] { return hosts_->left().at_rest() && hosts_->right().at_rest(); }, 1s));
}

// RFC 9293 3.10.4
TEST_F(OpenScenario, ClosingWhileConnectingForgetsTheSocket) {
  TcpApp& app = hosts_->left().connect({wire::IpAddress::v4(192, 0, 2, 99), 80, 0});
  hosts_->run_for(100ms);
  app.close();
  EXPECT_TRUE(run_until([&] { return hosts_->left().at_rest(); }, 10s));
}

// Conformance 2.2: the port of a connection in TIME-WAIT needs SO_REUSEADDR on both sides.
TEST_F(OpenScenario, PortOfTimeWaitIsHeld) {
  start();
  server_->close();
  ASSERT_TRUE(run_until([&] { return client_->at_end(); }, 1s));
  client_->close();
  EXPECT_TRUE(comes_to_rest(1s));
  Stack& stack = hosts_->right().stack();
  const auto rebind = [&] {
    const auto id = stack.open(SocketKind::tcp, wire::Family::ipv4, 0, 999);
    const bool bound_now = stack.bind(*id, endpoint()).has_value();
    stack.close(*id, hosts_->now());
    return bound_now;
  };
  EXPECT_FALSE(rebind());
  hosts_->run_for(61s);
  EXPECT_TRUE(rebind());
}

class ClientsScenario : public ConnectedPair {
 protected:
  /// What one client and its server say to each other.
  static constexpr std::size_t kOctets = 3000;
};

// Many clients of one listener on a lossy link: each gets its own stream.
TEST_F(ClientsScenario, EachClientIsServed) {
  TwoHostsOptions options = plain_options();
  options.link.faults.loss = 0.03;
  options.left.rings = options.right.rings = {.receive = 1U << 12U, .transmit = 1U << 12U};
  options.check_every = 50;
  hosts_ = std::make_unique<TwoHosts>(options);
  listener_ = &hosts_->right().listen(endpoint(), 50);
  std::vector<TcpApp*> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(&hosts_->left().connect(endpoint()));
    hosts_->at(hosts_->now() + i * 1ms, [] {});
    hosts_->run_for(1ms);
  }
  ASSERT_TRUE(run_until([&] { return listener_->children.size() == 200; }, 120s));
  for (TcpApp* client : clients) {
    const auto name = hosts_->left().stack().local_name(client->id);
    ASSERT_TRUE(name && write(*client, name->port, kOctets));
  }
  for (TcpApp* child : listener_->children) {
    ASSERT_TRUE(run_until([&] { return child->readable() == kOctets; }, 120s));
    EXPECT_TRUE(reads(*child, child->flow.remote.port, kOctets));
    child->close();
  }
  for (TcpApp* client : clients) client->close();
  EXPECT_TRUE(comes_to_rest(200s));
}

}  // namespace
}  // namespace zsock::test
