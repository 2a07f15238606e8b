// Opening: RFC 9293 3.5, 3.10.1, 3.10.7.3, 3.10.7.4; RFC 6298 5.7; RFC 6928.
#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

using tcp::State;
namespace event = tcp::event;

TcpHost opening() {
  TcpHost host;
  host.opens();
  host.sends();
  return host;
}

// RFC 9293 3.10.1, 3.7.1 (MUST-14)
TEST(TcpOpen, SendsSynWithMss) {
  TcpHost host;
  host.opens();
  EXPECT_EQ(host.state(), State::syn_sent);
  const Seg syn = host.sends();
  EXPECT_EQ(syn, (Seg{.flags = "S", .seq = 0, .win = 65535, .mss = 1460}));
  EXPECT_FALSE(syn.ack.has_value());
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.counters().tcp_active_opens, 1U);
}

// RFC 9293 3.10.7.3
TEST(TcpOpen, AcknowledgesSynAck) {
  TcpHost host = opening();
  host.receives({.flags = "S.", .seq = 0, .ack = 1});
  EXPECT_EQ(host.state(), State::established);
  EXPECT_EQ(host.events() & event::kConnected, event::kConnected);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 1}));
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_FALSE(host.connection().passive());
}

// RFC 9293 3.10.7.3: the ACK of the SYN may already carry text.
TEST(TcpOpen, SendsQueuedTextWithTheHandshakeAck) {
  TcpHost host = opening();
  host.writes("early");
  EXPECT_EQ(host.sends(), kNothing);
  host.receives({.flags = "S.", .seq = 0, .ack = 1});
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 1, .ack = 1, .text = "early"}));
}

// RFC 9293 3.10.7.3, sixth and later steps: text and FIN on the SYN-ACK count.
TEST(TcpOpen, TakesTextOnSynAck) {
  TcpHost host = opening();
  host.receives({.flags = "S.", .seq = 0, .ack = 1, .text = "hi"});
  EXPECT_EQ(host.reads(), "hi");
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 3}));
}

// RFC 9293 3.10.7.3: UNA < ACK <= NXT; otherwise <SEQ=SEG.ACK><CTL=RST>.
TEST(TcpOpen, ResetsWrongAckAndKeepsTrying) {
  for (const std::uint32_t wrong : {0U, 2U, 1000U}) {
    TcpHost host = opening();
    host.receives({.flags = "S.", .seq = 0, .ack = wrong});
    const Seg reset = host.sends();
    EXPECT_EQ(reset, (Seg{.flags = "R", .seq = wrong}));
    EXPECT_FALSE(reset.ack.has_value());
    EXPECT_EQ(host.state(), State::syn_sent);
    host.receives({.flags = "S.", .seq = 0, .ack = 1});
    EXPECT_EQ(host.state(), State::established);
  }
}

// RFC 9293 3.10.7.3: a bare old ACK, too. INV-6: but no reset answers a reset.
TEST(TcpOpen, AnswersNoResetWithAReset) {
  TcpHost host = opening();
  host.receives({.flags = "R.", .seq = 0, .ack = 9});
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.state(), State::syn_sent);
  host.receives({.flags = ".", .seq = 0, .ack = 9});
  EXPECT_EQ(host.sends(), (Seg{.flags = "R", .seq = 9}));
}

// RFC 9293 3.10.7.3, second step; conformance 2.3
TEST(TcpOpen, IsRefusedByAcceptableReset) {
  TcpHost host = opening();
  host.receives({.flags = "R.", .seq = 0, .ack = 1});
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.connection().error(), SockError::connection_refused);
  EXPECT_EQ(host.events(), event::kFailed | event::kClosed);
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.until_deadline(), Duration::max());
}

// RFC 5961 3, RFC 9293 3.10.7.3
TEST(TcpOpen, IgnoresResetWithoutAck) {
  TcpHost host = opening();
  host.receives({.flags = "R", .seq = 0});
  EXPECT_EQ(host.state(), State::syn_sent);
}

// RFC 9293 3.10.7.3, fifth step, 3.10.7.4 eighth step: no SYN, no change.
TEST(TcpOpen, IgnoresFinAndTextBeforeSyn) {
  TcpHost host = opening();
  host.receives({.flags = "F.", .seq = 0, .ack = 1});
  host.receives({.flags = ".", .seq = 1, .ack = 1, .text = "x"});
  EXPECT_EQ(host.state(), State::syn_sent);
  EXPECT_EQ(host.connection().receive_tail(), 0U);
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 9293 3.8.3 (MUST-22, 23): SYN R2 is at least three minutes.
TEST(TcpOpen, RepeatsSynWithBackoffForThreeMinutes) {
  TcpHost host;
  host.opens();
  const auto sent = host.run(600s);
  ASSERT_EQ(sent.size(), 8U);
  const std::vector<Duration> expected{0s, 1s, 3s, 7s, 15s, 31s, 63s, 127s};
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i].at, expected[i]) << i;
    EXPECT_EQ(sent[i].segment, (Seg{.flags = "S", .seq = 0, .mss = 1460}));
  }
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.connection().error(), SockError::timed_out);
  EXPECT_EQ(host.events() & event::kFailed, event::kFailed);
  EXPECT_EQ(host.counters().tcp_failed_opens, 1U);
}

// RFC 9293 3.8.3: R2 of a SYN, exactly.
TEST(TcpOpen, GivesUpAfterTheLastSynHadItsTime) {
  TcpHost host;
  host.opens();
  host.run(127s + 120s - 1us);
  EXPECT_EQ(host.state(), State::syn_sent);
  host.run(1us);
  EXPECT_EQ(host.state(), State::closed);
}

// RFC 9293 3.8.3 (MUST-21): TCP_SYNCNT shortens it.
TEST(TcpOpen, HonoursSynRetries) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.options.syn_retries = 1;
  TcpHost host{setup};
  host.opens();
  EXPECT_EQ(host.run(60s).size(), 2U);
  EXPECT_EQ(host.state(), State::closed);
}

// RFC 9293 3.8.3: R1 advises the network layer, for SYNs as well.
TEST(TcpOpen, AdvisesRouteAfterR1) {
  TcpHost host;
  host.opens();
  host.run(6s);
  EXPECT_EQ(host.events() & event::kAdviseRoute, 0U);
  host.run(1s);
  EXPECT_EQ(host.events() & event::kAdviseRoute, event::kAdviseRoute);
}

// Conformance 2.3: TCP_USER_TIMEOUT holds for connect, too.
TEST(TcpOpen, TimesOutByUserTimeout) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.options.user_timeout = 1500ms;
  TcpHost host{setup};
  host.opens();
  host.run(1499ms);
  EXPECT_EQ(host.state(), State::syn_sent);
  host.run(1ms);
  EXPECT_EQ(host.connection().error(), SockError::timed_out);
}

// RFC 6298 5.7: after a lost SYN the data starts with an RTO of three seconds.
TEST(TcpOpen, StartsWithLongRtoAfterSynLoss) {
  TcpHost host = opening();
  host.advance(1s);
  EXPECT_EQ(host.sends().flags, "S");
  host.receives({.flags = "S.", .seq = 0, .ack = 1});
  EXPECT_EQ(host.info().rto, 3s);
}

// RFC 6928 2: one lost SYN leaves the initial window alone, two make it one segment.
TEST(TcpOpen, StartsSmallAfterTwoLostSyns) {
  TcpHost host = opening();
  host.advance(1s);
  host.sends();
  host.receives({.flags = "S.", .seq = 0, .ack = 1, .mss = 1000});
  EXPECT_EQ(host.info().congestion_window, 10000U);

  TcpHost unlucky = opening();
  unlucky.run(3s);
  unlucky.receives({.flags = "S.", .seq = 0, .ack = 1, .mss = 1000});
  EXPECT_EQ(unlucky.info().congestion_window, 1000U);
}

// RFC 9293 3.10.4: CLOSE in SYN-SENT deletes the connection, silently.
TEST(TcpOpen, ClosesSilentlyInSynSent) {
  TcpHost host = opening();
  host.closes();
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.events(), event::kClosed);
}

// RFC 9293 3.10.5: ABORT in SYN-SENT sends nothing.
TEST(TcpOpen, AbortsSilentlyInSynSent) {
  TcpHost host = opening();
  host.connection().abort(host.now());
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.sends(), kNothing);
}

// Conformance 2.3: shutdown() in SYN-SENT leaves a pending ECONNRESET.
TEST(TcpOpen, ShutdownInSynSentFails) {
  TcpHost host = opening();
  host.shuts_down();
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.connection().error(), SockError::connection_reset);
}

// RFC 9293 3.5 figure 7 (MUST-10): SYNs cross.
TEST(TcpSimultaneousOpen, AnswersSynWithSynAckAndEstablishes) {
  TcpHost host = opening();
  host.receives({.flags = "S", .seq = 0, .mss = 1000});
  EXPECT_EQ(host.state(), State::syn_received);
  EXPECT_EQ(host.sends(), (Seg{.flags = "S.", .seq = 0, .ack = 1, .mss = 1460}));
  host.receives({.flags = "S.", .seq = 0, .ack = 1});  // line 6
  EXPECT_EQ(host.state(), State::established);
  EXPECT_EQ(host.events() & event::kConnected, event::kConnected);
  EXPECT_FALSE(host.connection().passive());  // MUST-11
}

// RFC 9293 3.10.7.4: a plain ACK completes it as well.
TEST(TcpSimultaneousOpen, EstablishesByPlainAck) {
  TcpHost host = opening();
  host.receives({.flags = "S", .seq = 0});
  host.sends();
  host.receives({.flags = ".", .seq = 1, .ack = 1});
  EXPECT_EQ(host.state(), State::established);
}

// RFC 9293 3.5: our SYN was still waiting to be sent: it goes as SYN-ACK.
TEST(TcpSimultaneousOpen, SendsUnsentSynAsSynAck) {
  TcpHost host;
  host.opens();
  host.receives({.flags = "S", .seq = 0});
  EXPECT_EQ(host.sends(), (Seg{.flags = "S.", .seq = 0, .ack = 1}));
  EXPECT_EQ(host.sends(), kNothing);
}

// Conformance 1.8: a repeated SYN in SYN-RECEIVED brings the SYN-ACK again.
TEST(TcpSimultaneousOpen, RepeatsSynAckForRepeatedSyn) {
  TcpHost host = opening();
  host.receives({.flags = "S", .seq = 0});
  host.sends();
  host.receives({.flags = "S", .seq = 0});
  EXPECT_EQ(host.sends(), (Seg{.flags = "S.", .seq = 0, .ack = 1}));
}

// RFC 9293 3.8.1: the SYN-ACK is retransmitted, and given up.
TEST(TcpSimultaneousOpen, RetransmitsSynAck) {
  TcpHost host = opening();
  host.receives({.flags = "S", .seq = 0});
  const auto sent = host.run(200s);
  ASSERT_EQ(sent.size(), 6U);
  EXPECT_EQ(sent[1].at, 1s);
  EXPECT_EQ(sent[1].segment, (Seg{.flags = "S.", .seq = 0, .ack = 1}));
  EXPECT_EQ(host.connection().error(), SockError::timed_out);
}

// RFC 9293 3.10.7.4, second step: with an active open a reset in SYN-RECEIVED is a refusal.
TEST(TcpSimultaneousOpen, IsRefusedByReset) {
  TcpHost host = opening();
  host.receives({.flags = "S", .seq = 0});
  host.sends();
  host.receives({.flags = "R", .seq = 1});
  EXPECT_EQ(host.connection().error(), SockError::connection_refused);
}

// RFC 9293 3.10.4: CLOSE in SYN-RECEIVED waits for ESTABLISHED, then sends FIN.
TEST(TcpSimultaneousOpen, QueuesFinUntilEstablished) {
  TcpHost host = opening();
  host.receives({.flags = "S", .seq = 0});
  host.sends();
  host.shuts_down();
  EXPECT_EQ(host.state(), State::syn_received);
  EXPECT_EQ(host.sends(), kNothing);
  host.receives({.flags = ".", .seq = 1, .ack = 1});
  EXPECT_EQ(host.state(), State::fin_wait_1);
  EXPECT_EQ(host.sends(), (Seg{.flags = "F.", .seq = 1, .ack = 1}));
}

// RFC 9293 3.10.7.4
TEST(TcpPassive, EstablishesByHandshakeAck) {
  TcpHost host;
  host.accepts(host.half_open());
  EXPECT_EQ(host.state(), State::syn_received);
  EXPECT_EQ(host.sends(), kNothing);
  host.receives({.flags = ".", .seq = 1, .ack = 1});
  EXPECT_EQ(host.state(), State::established);
  EXPECT_TRUE(host.connection().passive());
  EXPECT_EQ(host.events() & event::kConnected, event::kConnected);
  EXPECT_EQ(host.counters().tcp_passive_opens, 1U);
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 9293 3.10.7.4: the ACK of the SYN-ACK may carry text and FIN.
TEST(TcpPassive, TakesTextAndFinWithHandshakeAck) {
  TcpHost host;
  host.accepts(host.half_open());
  host.receives({.flags = "FP.", .seq = 1, .ack = 1, .text = "GET"});
  EXPECT_EQ(host.state(), State::close_wait);
  EXPECT_EQ(host.reads(), "GET");
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 5}));
}

// RFC 9293 3.10.7.4, fifth step: a wrong ACK in SYN-RECEIVED is reset.
TEST(TcpPassive, ResetsWrongHandshakeAck) {
  TcpHost host;
  host.accepts(host.half_open());
  host.receives({.flags = ".", .seq = 1, .ack = 7});
  EXPECT_EQ(host.sends(), (Seg{.flags = "R", .seq = 7}));
  EXPECT_EQ(host.state(), State::syn_received);
}

// RFC 9293 3.10.7.4, second and fourth steps: a passive open goes back to LISTEN, without an error.
TEST(TcpPassive, ReturnsToListenOnResetOrSyn) {
  for (const char* flags : {"R", "S"}) {
    TcpHost host;
    host.accepts(host.half_open());
    host.receives({.flags = flags, .seq = flags[0] == 'R' ? 1U : 5U});
    EXPECT_EQ(host.state(), State::closed) << flags;
    EXPECT_EQ(host.connection().error(), SockError::none) << flags;
    EXPECT_EQ(host.events(), event::kClosed) << flags;
    EXPECT_EQ(host.sends(), kNothing) << flags;
  }
}

// Conformance 1.8 (CVE-2026-68118): a reset in SYN-RECEIVED must hit RCV.NXT.
TEST(TcpPassive, ChallengesInexactResetInSynReceived) {
  TcpHost host;
  host.accepts(host.half_open());
  host.receives({.flags = "R", .seq = 2});
  EXPECT_EQ(host.state(), State::syn_received);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 1}));
}

// RFC 6298 5.7, RFC 6928 2 with the listener's count.
TEST(TcpPassive, KnowsHowOftenTheSynAckWasLost) {
  TcpHost host;
  tcp::HalfOpen half_open = host.half_open();
  half_open.retransmits = 2;
  host.accepts(half_open);
  host.receives({.flags = ".", .seq = 1, .ack = 1});
  EXPECT_EQ(host.info().rto, 3s);
  EXPECT_EQ(host.info().congestion_window, 1000U);
}

// RFC 6298 2.2: the SYN-ACK gives the first sample.
TEST(TcpPassive, MeasuresHandshake) {
  TcpHost host;
  host.accepts(host.half_open());
  host.advance(300ms);
  host.receives({.flags = ".", .seq = 1, .ack = 1});
  EXPECT_EQ(host.info().srtt, 300ms);
  EXPECT_EQ(host.info().rto, 900ms);
}

// RFC 9293 3.10.7.4: the SYN's window is the send window until something newer comes.
TEST(TcpPassive, HonoursWindowOfSyn) {
  TcpHost host;
  host.accepts(host.half_open());
  host.receives({.flags = ".", .seq = 1, .ack = 1, .win = 500});
  EXPECT_EQ(host.info().send_window, 500U);
}

}  // namespace
}  // namespace zsock::test
