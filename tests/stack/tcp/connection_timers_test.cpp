// Keepalive: RFC 9293 3.8.4; deadlines in general.
#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

using tcp::State;

TcpHost kept_alive() {
  TcpHost::Setup setup = TcpHost::plain();
  setup.options.keep_alive = true;
  TcpHost host{setup};
  host.establish();
  return host;
}

// RFC 9293 3.8.4 (MUST-25): off by default.
TEST(TcpKeepalive, IsOffByDefault) {
  TcpHost host;
  host.establish();
  EXPECT_EQ(host.until_deadline(), Duration::max());
  EXPECT_TRUE(host.run(24h).empty());
}

// RFC 9293 3.8.4 (MUST-26, 28): two hours of silence; <SEQ=SND.NXT-1>, no text.
TEST(TcpKeepalive, ProbesAfterTwoHoursOfSilence) {
  TcpHost host = kept_alive();
  EXPECT_EQ(host.until_deadline(), 7200s);
  host.advance(7200s);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 0, .ack = 1}));
  EXPECT_EQ(host.counters().tcp_keepalive_probes, 1U);
  host.receives({.flags = ".", .seq = 1, .ack = 1});
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.state(), State::established);
}

// RFC 9293 3.8.4 (MUST-29): one lost probe is not death; nine are.
TEST(TcpKeepalive, EndsAfterNineUnansweredProbes) {
  TcpHost host = kept_alive();
  const auto sent = host.run(7200s + 9 * 75s - 1us);
  ASSERT_EQ(sent.size(), 9U);
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(sent[i].at, 7200s + 75s * static_cast<int>(i));
  }
  EXPECT_EQ(host.state(), State::established);
  host.advance(1us);
  EXPECT_EQ(host.connection().error(), SockError::timed_out);
  EXPECT_EQ(host.sends(), (Seg{.flags = "R.", .seq = 1}));
  EXPECT_EQ(host.counters().tcp_keepalive_drops, 1U);
}

// An answer, late though it is, starts the count anew.
TEST(TcpKeepalive, ForgivesLostProbes) {
  TcpHost host = kept_alive();
  host.run(7200s + 8 * 75s);
  host.receives({.flags = ".", .seq = 1, .ack = 1});
  EXPECT_TRUE(host.run(7199s).empty());
  EXPECT_EQ(host.run(1s).size(), 1U);
  EXPECT_EQ(host.state(), State::established);
}

// RFC 9293 3.8.4 (MUST-26): whatever the peer sends puts it off.
TEST(TcpKeepalive, IsPutOffByTraffic) {
  TcpHost host = kept_alive();
  host.advance(7000s);
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "x"});
  host.run(1s);
  EXPECT_TRUE(host.run(7190s).empty());
  EXPECT_EQ(host.run(10s).size(), 1U);
}

// RFC 9293 3.8.4 (MUST-26): not while something is outstanding.
TEST(TcpKeepalive, IsNotSentWhileTextIsOutstanding) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.options.keep_alive = true;
  setup.options.keepalive_idle = 1s;
  setup.options.user_timeout = 300s;
  TcpHost host{setup};
  host.establish();
  host.writes("x");
  for (const auto& sent : host.run(200s)) EXPECT_EQ(sent.segment.seq, 1U);
  EXPECT_EQ(host.counters().tcp_keepalive_probes, 0U);
}

// RFC 9293 3.8.4 (MUST-24, 27): per connection, with its own times.
TEST(TcpKeepalive, HonoursOptions) {
  TcpHost host;
  host.establish();
  tcp::SocketOptions options;
  options.keep_alive = true;
  options.keepalive_idle = 10s;
  options.keepalive_interval = 2s;
  options.keepalive_probes = 3;
  host.sets(options);
  const auto sent = host.run(60s);
  ASSERT_EQ(sent.size(), 4U);
  EXPECT_EQ(sent[0].at, 10s);
  EXPECT_EQ(sent[2].at, 14s);
  EXPECT_EQ(sent[3].at, 16s);
  EXPECT_EQ(sent[3].segment.flags, "R.");
}

TEST(TcpKeepalive, CanBeTurnedOffAgain) {
  TcpHost host = kept_alive();
  host.sets({});
  EXPECT_EQ(host.until_deadline(), Duration::max());
}

// The peer's probe is unacceptable, and for that reason answered.
TEST(TcpKeepalive, IsAnswered) {
  TcpHost host;
  host.establish();
  host.receives({.flags = ".", .seq = 0, .ack = 1});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 1}));
}

// RFC 1122 4.2.3.6: some peers probe with one octet of old text.
TEST(TcpKeepalive, IsAnsweredWithText) {
  TcpHost host;
  host.establish();
  host.receives({.flags = ".", .seq = 0, .ack = 1, .text = "g"});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 1}));
  EXPECT_EQ(host.connection().receive_tail(), 0U);
}

// INV-5: an idle connection costs no timer at all.
TEST(TcpTimers, RestWhenNothingIsOutstanding) {
  TcpHost host;
  host.establish();
  host.writes("x");
  host.sends();
  EXPECT_NE(host.until_deadline(), Duration::max());
  host.receives({.flags = ".", .seq = 1, .ack = 2});
  EXPECT_EQ(host.until_deadline(), Duration::max());
}

// A deadline served late does everything once.
TEST(TcpTimers, ServedLateFireOnce) {
  TcpHost host;
  host.establish();
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "x"});
  host.connection().on_deadline(host.now() + 10s);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 2}));
  EXPECT_EQ(host.sends(), kNothing);
}

TEST(TcpTimers, ServedEarlyDoNothing) {
  TcpHost host;
  host.establish();
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "x"});
  host.connection().on_deadline(host.now());
  EXPECT_EQ(host.sends(), kNothing);
}

}  // namespace
}  // namespace zsock::test
