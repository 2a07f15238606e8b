// Window scaling, timestamps, PAWS: RFC 7323.
#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

using tcp::State;

TcpHost::Setup with_options() {
  TcpHost::Setup setup = TcpHost::plain();
  setup.config.timestamps = true;
  setup.config.window_scaling = true;
  return setup;
}

TcpHost::Setup with_timestamps() {
  TcpHost::Setup setup = TcpHost::plain();
  setup.config.timestamps = true;
  return setup;
}

/// The host's clock in milliseconds.
std::uint32_t ticks(const TcpHost& host) {
  return static_cast<std::uint32_t>(host.now().time_since_epoch() / std::chrono::milliseconds{1});
}

/// Established with timestamps; the peer's TS.Recent is 1000.
TcpHost stamped() {
  TcpHost host{with_timestamps()};
  host.establish({.ts = Ts{.val = 1000}});
  return host;
}

// RFC 7323 2.2, 3.2
TEST(TcpOptions, AreOfferedInTheSyn) {
  TcpHost::Setup setup = with_options();
  setup.timestamp_offset = 77;
  TcpHost host{setup};
  host.opens();
  EXPECT_EQ(host.sends(), (Seg{.flags = "S",
                               .seq = 0,
                               .mss = 1460,
                               .ws = std::uint8_t{1},
                               .ts = Ts{.val = ticks(host) + 77, .ecr = 0}}));
}

TEST(TcpOptions, AreNotOfferedWhenConfiguredOff) {
  TcpHost host;
  host.opens();
  const Seg syn = host.sends();
  EXPECT_FALSE(syn.ws.has_value());
  EXPECT_FALSE(syn.ts.has_value());
}

// RFC 7323 2.2, 3.2: neither is used unless both sides sent it.
TEST(TcpOptions, AreUsedOnlyWhenThePeerAgrees) {
  TcpHost host{with_options()};
  host.establish({.win = 1000});
  host.writes("x");
  const Seg text = host.sends();
  EXPECT_FALSE(text.ts.has_value());
  EXPECT_EQ(text.win, 65535);
  EXPECT_EQ(host.info().receive_scale, 0);
  EXPECT_EQ(host.info().send_mss, 1000U);
}

// RFC 9293 3.7.1 (MUST-65): MSS only on SYNs; RFC 7323 2.2: so is the window scale.
TEST(TcpOptions, SynOptionsStayOnSyns) {
  TcpHost host{with_options()};
  host.establish({.ws = std::uint8_t{2}, .ts = Ts{.val = 5}});
  host.writes("x");
  const Seg text = host.sends();
  EXPECT_FALSE(text.mss.has_value());
  EXPECT_FALSE(text.ws.has_value());
  EXPECT_TRUE(text.ts.has_value());
}

// RFC 7323 2.2: a SYN-ACK answers only what the SYN offered.
TEST(TcpOptions, SynAckEchoesTheOffer) {
  TcpHost bare{with_options()};
  bare.opens();
  bare.sends();
  bare.receives({.flags = "S", .seq = 0});
  const Seg without = bare.sends();
  EXPECT_EQ(without.flags, "S.");
  EXPECT_FALSE(without.ws.has_value());
  EXPECT_FALSE(without.ts.has_value());

  TcpHost host{with_options()};
  host.opens();
  host.sends();
  host.receives({.flags = "S", .seq = 0, .ws = std::uint8_t{3}, .ts = Ts{.val = 9}});
  const Seg with = host.sends();
  EXPECT_EQ(with.ws, std::uint8_t{1});
  EXPECT_EQ(with.ts->ecr, 9U);
}

// RFC 7323 2.3: the shift fits the largest window ever to be offered.
TEST(TcpWindowScale, FollowsTheReceiveLimit) {
  const std::vector<std::pair<std::uint32_t, std::uint8_t>> rows{
      {65535, 1}, {1U << 18U, 3}, {8U << 20U, 8}, {1U << 30U, 14}};
  for (const auto& [limit, shift] : rows) {
    TcpHost::Setup setup = with_options();
    setup.receive_limit = limit;
    TcpHost host{setup};
    host.opens();
    EXPECT_EQ(host.sends().ws, shift) << limit;
  }
}

// RFC 7323 2.2, 2.3: SYN windows are not scaled, all others are.
TEST(TcpWindowScale, AppliesAfterTheHandshake) {
  TcpHost::Setup setup = with_options();
  setup.receive_ring = 1U << 18U;
  TcpHost host{setup};
  host.opens();
  EXPECT_EQ(host.sends(), (Seg{.flags = "S", .seq = 0, .win = 65535, .ws = std::uint8_t{3}}));
  host.receives({.flags = "S.", .seq = 0, .ack = 1, .win = 30000, .ws = std::uint8_t{4}});
  EXPECT_EQ(host.info().send_window, 30000U);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 1, .win = (1U << 18U) >> 3U}));
  host.receives({.flags = ".", .seq = 1, .ack = 1, .win = 30000});
  EXPECT_EQ(host.info().send_window, 480000U);
}

// RFC 7323 2.3: a shift beyond 14 counts as 14.
TEST(TcpWindowScale, IsClampedTo14) {
  TcpHost host{with_options()};
  host.establish({.ws = std::uint8_t{200}});
  host.receives({.flags = ".", .seq = 1, .ack = 1, .win = 0xffff});
  EXPECT_EQ(host.info().send_window, 0xffffU << 14U);  // MUST-1 of RFC 9293
}

// RFC 7323 2: the listener's choice holds for the child.
TEST(TcpWindowScale, ComesFromTheHalfOpenConnection) {
  TcpHost host{with_options()};
  tcp::HalfOpen half_open = host.half_open();
  half_open.window_scaling = true;
  half_open.local_scale = 1;
  half_open.peer_scale = 5;
  host.accepts(half_open);
  host.receives({.flags = ".", .seq = 1, .ack = 1, .win = 100});
  EXPECT_EQ(host.info().send_window, 3200U);
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "x"});
  host.advance(40ms);
  EXPECT_EQ(host.sends().win, 65535U >> 1U);
}

// RFC 7323 3.2: in every segment; TSecr is TS.Recent. RFC 9293 3.7.1 (MUST-16): they cost room.
TEST(TcpTimestamps, AreInEverySegment) {
  TcpHost host = stamped();
  EXPECT_EQ(host.info().send_mss, 988U);
  host.writes(1000);
  host.advance(5ms);
  EXPECT_EQ(host.sends(),
            (Seg{.flags = ".", .seq = 1, .len = 988, .ts = Ts{.val = ticks(host), .ecr = 1000}}));
}

// RFC 7323 3.2: the effective MSS counts without options: 988, not 1000 (MUST-16).
TEST(TcpTimestamps, CutSuperSegmentsToFit) {
  TcpHost host = stamped();
  host.writes(5000);
  const Seg big = host.sends(64000);
  EXPECT_EQ(big.merged, 988U);
  EXPECT_EQ(big.length(), 5000U);
}

// RFC 7323 3.2: once agreed upon, segments without them are dropped (D7).
TEST(TcpTimestamps, AreMissed) {
  TcpHost host = stamped();
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "x"});
  EXPECT_EQ(host.connection().receive_tail(), 0U);
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 7323 3.2: but for resets.
TEST(TcpTimestamps, AreNotAskedOfResets) {
  TcpHost host = stamped();
  host.receives({.flags = "R", .seq = 1});
  EXPECT_EQ(host.state(), State::closed);
}

// RFC 7323 4.3: TS.Recent follows segments that span Last.ACK.sent.
TEST(TcpTimestamps, EchoTheLatestInOrder) {
  TcpHost host = stamped();
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "a", .ts = Ts{.val = 1010}});
  host.receives({.flags = "P.", .seq = 2, .ack = 1, .text = "b", .ts = Ts{.val = 1020}});
  host.advance(40ms);
  EXPECT_EQ(host.sends().ts->ecr, 1010U);  // the first since the last ACK: delayed ACKs count in
}

// RFC 7323 4.3 (2): a segment beyond a gap does not move it.
TEST(TcpTimestamps, DoNotFollowSegmentsOutOfOrder) {
  TcpHost host = stamped();
  host.receives({.flags = "P.", .seq = 5, .ack = 1, .text = "e", .ts = Ts{.val = 1050}});
  EXPECT_EQ(host.sends().ts->ecr, 1000U);
}

// RFC 7323 4.1: an echo from the future, or wild, is no measurement.
TEST(TcpTimestamps, IgnoreImpossibleEchoes) {
  TcpHost host = stamped();
  host.writes("x");
  host.sends();
  host.advance(200ms);
  host.sends();  // retransmitted: only the echo could tell
  const Duration srtt = host.info().srtt;
  host.receives(
      {.flags = ".", .seq = 1, .ack = 2, .ts = Ts{.val = 1001, .ecr = ticks(host) + 5000}});
  EXPECT_EQ(host.info().srtt, srtt);
}

// RFC 7323 5.3 R1: an old timestamp makes the segment unacceptable; it is acknowledged and dropped.
TEST(TcpPaws, DropsOldDuplicates) {
  TcpHost host = stamped();
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "old", .ts = Ts{.val = 999}});
  EXPECT_EQ(host.connection().receive_tail(), 0U);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 1}));
  EXPECT_EQ(host.counters().tcp_paws_rejected, 1U);
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "new", .ts = Ts{.val = 1000}});
  EXPECT_EQ(host.reads(), "new");
}

// RFC 7323 5.2: timestamps wrap.
TEST(TcpPaws, ComparesModulo2To32) {
  TcpHost host{with_timestamps()};
  host.establish({.ts = Ts{.val = 0xffff'fff0U}});
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "new", .ts = Ts{.val = 5}});
  EXPECT_EQ(host.reads(), "new");
  host.advance(40ms);
  EXPECT_EQ(host.sends().ts->ecr, 5U);
  host.receives({.flags = "P.", .seq = 4, .ack = 1, .text = "old", .ts = Ts{.val = 0xffff'fff8U}});
  EXPECT_EQ(host.reads(), "");
}

// RFC 7323 5.3 R1, 5.2: resets are never rejected for their timestamp.
TEST(TcpPaws, LetsResetsPass) {
  TcpHost host = stamped();
  host.receives({.flags = "R", .seq = 1, .ts = Ts{.val = 1}});
  EXPECT_EQ(host.state(), State::closed);
}

// RFC 7323 5.5: after 24 days TS.Recent is no longer valid.
TEST(TcpPaws, ForgetsAfter24Days) {
  TcpHost host = stamped();
  host.advance(24 * 24h);
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "x", .ts = Ts{.val = 5}});
  EXPECT_EQ(host.reads(), "");
  host.sends_all();
  host.advance(1s);
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "x", .ts = Ts{.val = 5}});
  EXPECT_EQ(host.reads(), "x");
  host.advance(40ms);
  EXPECT_EQ(host.sends().ts->ecr, 5U);
}

// Conformance T-PAWS: answers to segments without text are limited.
TEST(TcpPaws, LimitsItsAnswers) {
  TcpHost host = stamped();
  std::size_t sent = 0;
  for (int i = 0; i < 20; ++i) {
    host.receives({.flags = ".", .seq = 1, .ack = 1, .ts = Ts{.val = 1}});
    host.advance(10ms);
    sent += host.sends_all().size();
  }
  EXPECT_EQ(sent, 1U);
}

// RFC 7323 3.2: SYN-ACK half-open state carries TS.Recent and the offset.
TEST(TcpTimestamps, ComeFromTheHalfOpenConnection) {
  TcpHost host{with_options()};
  tcp::HalfOpen half_open = host.half_open();
  half_open.timestamps = true;
  half_open.timestamp_offset = 500;
  half_open.peer_timestamp = 42;
  host.accepts(half_open);
  host.receives({.flags = ".", .seq = 1, .ack = 1, .ts = Ts{.val = 42}});
  host.writes("x");
  EXPECT_EQ(host.sends().ts, (Ts{.val = ticks(host) + 500, .ecr = 42}));
  EXPECT_EQ(host.info().send_mss, 988U);
  const tcp::TimeWaitInfo info = host.connection().time_wait();
  EXPECT_TRUE(info.timestamps);
  EXPECT_EQ(info.timestamp_offset, 500U);
  EXPECT_EQ(info.peer_timestamp, 42U);
}

}  // namespace
}  // namespace zsock::test
