// Socket options that change what a connection does (conformance 2.5).

#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

/// The peer sends one full segment; is it acknowledged at once?
bool acknowledges_at_once(TcpHost& host, std::uint32_t seq) {
  host.receives({.flags = ".", .seq = seq, .ack = 1, .win = 65535, .text = pattern(seq - 1, 100)});
  const bool at_once = !host.sends_all().empty();
  host.advance(1s);
  host.sends_all();
  return at_once;
}

TcpHost::Setup with_quick_acks() {
  TcpHost::Setup setup = TcpHost::plain();
  setup.config.quick_acks = 2;
  return setup;
}

TEST(ConnectionQuickAck, OffDelaysFromTheStart) {
  TcpHost::Setup setup = with_quick_acks();
  setup.options.quick_ack = false;
  TcpHost host{setup};
  host.establish();
  EXPECT_FALSE(acknowledges_at_once(host, 1));
}

TEST(ConnectionQuickAck, OnBeginsANewSeries) {
  TcpHost host{with_quick_acks()};
  host.establish();
  EXPECT_TRUE(acknowledges_at_once(host, 1));
  EXPECT_TRUE(acknowledges_at_once(host, 101));
  EXPECT_FALSE(acknowledges_at_once(host, 201));
  host.connection().renew_quick_ack(host.now());
  EXPECT_TRUE(acknowledges_at_once(host, 301));
  EXPECT_TRUE(acknowledges_at_once(host, 401));
  EXPECT_FALSE(acknowledges_at_once(host, 501));
}

TEST(ConnectionQuickAck, OnSendsTheAckThatWaits) {
  TcpHost::Setup setup = with_quick_acks();
  setup.config.quick_acks = 1;
  TcpHost host{setup};
  host.establish();
  EXPECT_TRUE(acknowledges_at_once(host, 1));
  host.receives({.flags = ".", .seq = 101, .ack = 1, .win = 65535, .text = pattern(100, 100)});
  ASSERT_TRUE(host.sends_all().empty());
  host.connection().renew_quick_ack(host.now());
  EXPECT_EQ(host.sends_all().size(), 1U);
}

TEST(ConnectionQuickAck, OffStopsTheSeries) {
  TcpHost host{with_quick_acks()};
  host.establish();
  host.options().quick_ack = false;
  host.sets(host.options());
  host.connection().renew_quick_ack(host.now());
  EXPECT_FALSE(acknowledges_at_once(host, 1));
}

// Linux: a negative TCP_LINGER2 means no FIN-WAIT-2 at all once nobody holds the socket.
TEST(ConnectionLinger2, NegativeEndsAtTheAckOfTheFin) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.options.fin_wait_2 = Duration{-1};
  TcpHost host{setup};
  host.establish();
  host.closes();
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 2, .win = 65535});
  host.advance(1ms);
  EXPECT_EQ(host.state(), tcp::State::closed);
}

// TCP_INFO's figures.
TEST(ConnectionInfo, CountsWhatCrossedTheWire) {
  TcpHost host;
  host.establish();
  const std::uint32_t out = host.info().segments_out;
  const std::uint32_t in = host.info().segments_in;
  host.writes(2500);
  host.sends_all();
  EXPECT_EQ(host.info().segments_out, out + 3);
  EXPECT_EQ(host.info().octets_sent, 2500U);
  EXPECT_EQ(host.info().in_flight, 2500U);
  EXPECT_EQ(host.info().text_sent, host.now());
  host.advance(30ms);
  host.receives({.flags = ".", .seq = 1, .ack = 2001, .win = 65535});
  EXPECT_EQ(host.info().segments_in, in + 1);
  EXPECT_EQ(host.info().octets_acked, 2000U);
  EXPECT_EQ(host.info().heard, host.now());
  EXPECT_EQ(host.info().octets_sent_again, 0U);
  host.advance(2s);
  host.sends_all();
  EXPECT_EQ(host.info().octets_sent_again, 500U);
  EXPECT_GE(host.info().timeouts, 1U);
  EXPECT_EQ(host.info().announced_mss, 1460);
}

TEST(ConnectionInfo, LeastRoundTripIsTheLeast) {
  TcpHost host;
  host.establish();
  for (const auto rtt : {80ms, 20ms, 50ms}) {
    const auto sent = static_cast<std::uint32_t>(host.info().octets_sent);
    host.writes(100);
    host.sends_all();
    host.advance(rtt);
    host.receives({.flags = ".", .seq = 1, .ack = sent + 101, .win = 65535});
  }
  EXPECT_LE(host.info().least_rtt, 20ms);
  EXPECT_GT(host.info().srtt, host.info().least_rtt);
}

// SO_MAX_PACING_RATE
// req: T-PACE
TEST(ConnectionPacing, PiecesWaitForTheirTime) {
  TcpHost host;
  host.establish();
  host.options().pacing_limit = 1'000'000;
  host.sets(host.options());
  host.writes(10000);
  EXPECT_EQ(host.sends(65536).text.size(), 2000U) << "two segments, not the ten of the window";
  EXPECT_TRUE(host.sends_all(65536).empty());
  EXPECT_EQ(host.connection().deadline(), host.now() + 1ms);
  host.advance(1ms);
  EXPECT_EQ(host.sends_all(65536).size(), 1U);
  EXPECT_EQ(host.connection().deadline(), host.now() + 2ms);
  host.options().pacing_limit = tcp::Pacer::kUnlimited;
  host.sets(host.options());
  EXPECT_EQ(host.sends(65536).text.size(), 6000U) << "the rest at once";
}

// TCP_NOTSENT_LOWAT: who waits for less to be unsent is told when text goes out.
TEST(ConnectionUnsentLimit, TellsOfWhatIsSent) {
  TcpHost host;
  host.establish();
  host.writes(1000);
  host.connection().take_events();
  host.sends_all();
  EXPECT_EQ(host.connection().take_events() & tcp::event::kWritable, 0U) << "there is no limit";
  host.options().unsent_limit = 100;
  host.sets(host.options());
  host.writes(1000);
  EXPECT_EQ(host.connection().transmit_next(), 1000U);
  host.connection().take_events();
  host.sends_all();
  EXPECT_NE(host.connection().take_events() & tcp::event::kWritable, 0U);
  EXPECT_EQ(host.connection().transmit_next(), 2000U);
}

}  // namespace
}  // namespace zsock::test
