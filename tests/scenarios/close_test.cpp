// The ends of connections: orderly, crossed, half, abrupt.

#include "tests/support/pair.h"
#include "tests/support/seeds.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

using CloseScenario = ConnectedPair;

// RFC 9293 3.6: the peer reads everything, then the end; TIME-WAIT on the side that closed first.
TEST_F(CloseScenario, OrderlyCloseDeliversEverything) {
  start();
  ASSERT_TRUE(write(*client_, 1, 5000));
  client_->close();
  ASSERT_TRUE(run_until([&] { return server_->status().receive_closed; }, 5s));
  EXPECT_FALSE(server_->status().failed);
  EXPECT_TRUE(reads(*server_, 1, 5000));
  EXPECT_TRUE(server_->at_end());
  EXPECT_EQ(server_->state(), "CLOSE-WAIT");
  server_->close();
  EXPECT_TRUE(comes_to_rest(5s));
}

// RFC 9293 3.6, MUST-12: after a FIN our direction goes on.
TEST_F(CloseScenario, HalfClosedConnectionCarriesTheOtherDirection) {
  start();
  client_->shutdown_send();
  ASSERT_TRUE(run_until([&] { return server_->at_end(); }, 5s));
  hosts_->run_for(10s);
  EXPECT_EQ(client_->state(), "FIN-WAIT-2");
  EXPECT_EQ(server_->state(), "CLOSE-WAIT");
  ASSERT_TRUE(write(*server_, 2, 30000));
  ASSERT_TRUE(run_until([&] { return client_->readable() == 30000; }, 5s));
  EXPECT_TRUE(reads(*client_, 2, 30000));
  server_->shutdown_send();
  ASSERT_TRUE(run_until([&] { return client_->at_end(); }, 5s));
  EXPECT_EQ(client_->state(), "TIME-WAIT");
  client_->close();
  server_->close();
  EXPECT_TRUE(comes_to_rest(5s));
}

// RFC 9293 3.6 figure 13: both FINs are under way at once.
TEST_F(CloseScenario, SimultaneousCloseEndsInTimeWaitOnBothSides) {
  start();
  client_->shutdown_send();
  server_->shutdown_send();
  ASSERT_TRUE(run_until([&] { return client_->state() == "CLOSING"; }, 1s));
  ASSERT_TRUE(run_until(
      [&] { return client_->state() == "TIME-WAIT" && server_->state() == "TIME-WAIT"; }, 1s));
  EXPECT_TRUE(client_->at_end() && server_->at_end());
  const std::uint64_t frames = hosts_->link().frames();
  hosts_->run_for(30s);
  EXPECT_LE(hosts_->link().frames(), frames + 4) << "nobody answers an ACK with an ACK";
  client_->close();
  server_->close();
  EXPECT_TRUE(comes_to_rest(120s));
}

// RFC 9293 3.10.5: ABORT resets the peer at once.
TEST_F(CloseScenario, AbortResetsThePeer) {
  start();
  ASSERT_TRUE(write(*server_, 2, 1000));
  ASSERT_TRUE(run_until([&] { return client_->readable() == 1000; }, 1s));
  client_->abort();
  ASSERT_TRUE(run_until([&] { return server_->status().failed; }, 1s));
  EXPECT_EQ(server_->take_error(), SockError::connection_reset);
  EXPECT_EQ(server_->take_error(), SockError::none) << "an error is told once";
  server_->close();
  EXPECT_TRUE(comes_to_rest(1s));
}

// RFC 2525 2.17, RFC 9293 3.6.1: the peer must not believe that everything was read.
TEST_F(CloseScenario, CloseWithUnreadDataResets) {
  start();
  ASSERT_TRUE(write(*client_, 1, 1000));
  ASSERT_TRUE(run_until([&] { return server_->readable() == 1000; }, 1s));
  server_->close();
  ASSERT_TRUE(run_until([&] { return client_->status().failed; }, 1s));
  EXPECT_EQ(client_->take_error(), SockError::connection_reset);
  client_->close();
  EXPECT_TRUE(comes_to_rest(1s));
}

// RFC 9293 3.10.7.4: data for a process that is gone.
TEST_F(CloseScenario, DataAfterCloseResets) {
  start();
  server_->close();
  ASSERT_TRUE(run_until([&] { return client_->at_end(); }, 1s));
  ASSERT_TRUE(write(*client_, 1, 1000));
  ASSERT_TRUE(run_until([&] { return client_->status().failed; }, 1s));
  client_->close();
  EXPECT_TRUE(comes_to_rest(65s));
}

// PR-1: what was readable before the reset stays readable, nothing comes after it.
TEST_F(CloseScenario, NothingArrivesAfterAReset) {
  start();
  ASSERT_TRUE(write(*client_, 1, 3000));
  ASSERT_TRUE(run_until([&] { return server_->readable() == 3000; }, 1s));
  ASSERT_TRUE(write(*client_, 1, 3000));
  client_->abort();
  ASSERT_TRUE(run_until([&] { return server_->status().failed; }, 1s));
  const std::size_t readable = server_->readable();
  hosts_->run_for(10s);
  EXPECT_EQ(server_->readable(), readable);
  server_->close();
  EXPECT_TRUE(comes_to_rest(1s));
}

// RFC 9293 3.8.3; conformance 1.10: an orphan gives up when its peer is silent.
TEST_F(CloseScenario, OrphanOfASilentPeerIsForgotten) {
  start();
  hosts_->link().cut();
  ASSERT_TRUE(write(*client_, 1, 1000));
  client_->close();
  EXPECT_TRUE(run_until([&] { return hosts_->left().at_rest(); }, 600s));
  server_->abort();
}

// Conformance 1.10: FIN-WAIT-2 without an application lasts 60 s.
TEST_F(CloseScenario, FinWait2WithoutApplicationEnds) {
  start();
  client_->close();
  hosts_->run_for(50s);
  EXPECT_FALSE(hosts_->left().at_rest());
  EXPECT_TRUE(run_until([&] { return hosts_->left().at_rest(); }, 20s));
  server_->close();
  EXPECT_TRUE(comes_to_rest(65s));
}

// RFC 6191 2: the same pair of ports again, while the old connection is in TIME-WAIT.
TEST_F(CloseScenario, PortsServeAgainDuringTimeWait) {
  start();
  for (int round = 0; round < 3; ++round) {
    // The server closes first and keeps TIME-WAIT.
    const auto name = hosts_->left().stack().local_name(client_->id);
    ASSERT_TRUE(name);
    server_->close();
    ASSERT_TRUE(run_until([&] { return client_->at_end(); }, 1s));
    client_->close();
    ASSERT_TRUE(run_until([&] { return hosts_->left().at_rest(); }, 1s));
    hosts_->run_for(100ms);
    client_ = &hosts_->left().open_tcp(wire::Family::ipv4);
    ASSERT_TRUE(hosts_->left().stack().bind(client_->id, {name->address, name->port, 0}));
    ASSERT_EQ(client_->connect(endpoint()).error(), SockError::in_progress);
    const std::size_t before = listener_->children.size();
    ASSERT_TRUE(run_until([&] { return listener_->children.size() > before; }, 1s)) << round;
    server_ = listener_->children.back();
    ASSERT_TRUE(write(*client_, 7, 100));
    ASSERT_TRUE(run_until([&] { return server_->readable() == 100; }, 1s));
    EXPECT_TRUE(reads(*server_, 7, 100));
  }
  client_->close();
  server_->close();
  EXPECT_TRUE(comes_to_rest(65s));
}

/// One end of a connection that is closed in some way at some time.
void end_somehow(TcpApp& app, std::uint32_t how) {
  if (how == 0) app.close();
  if (how == 1) app.abort();
  if (how == 2) app.shutdown_send();
}

// Every way to end, on both sides, at every distance in time, on a bad link: both come to rest.
TEST(CloseRaceScenario, EveryRaceComesToRest) {
  for (const std::uint64_t seed : seeds(600)) {
    SCOPED_TRACE(repeat_with(seed));
    SeededRng rng{seed};
    TwoHostsOptions options{.seed = seed, .left = quick_host(), .right = quick_host()};
    options.link.faults = {.loss = rng.below(4) * 0.05, .duplicate = 0.05, .delay = 10ms};
    TwoHosts hosts{options};
    ListenerApp& listener = hosts.right().listen(hosts.right_endpoint(wire::Family::ipv4, 80), 5);
    TcpApp& client = hosts.left().connect(hosts.right_endpoint(wire::Family::ipv4, 80));
    StreamPeer writer{hosts, client, {.seed = seed, .octets = 1 + rng.below(3000)}};
    hosts.add_agent([&] { writer.act(); });
    const std::uint32_t left_way = rng.below(3);
    const std::uint32_t right_way = rng.below(3);
    hosts.at(hosts.now() + Duration{rng.below(120000)}, [&] { end_somehow(client, left_way); });
    hosts.at(hosts.now() + Duration{rng.below(120000)}, [&] {
      for (TcpApp* child : listener.children) end_somehow(*child, right_way);
    });
    hosts.run_for(5s);
    hosts.link().heal();
    client.close();
    hosts.run_for(5s);
    for (TcpApp* child : listener.children) child->close();
    hosts.right().close(listener);
    ASSERT_TRUE(
        hosts.run_until([&] { return hosts.left().at_rest() && hosts.right().at_rest(); }, 600s))
        << left_way << right_way;
  }
}

}  // namespace
}  // namespace zsock::test
