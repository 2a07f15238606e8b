// Loss as a sender with SACK finds it: RFC 8985 6 and 7, RFC 9937, RFC 2018 8.
#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

using Blocks = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// Established with a round trip of 40 ms; so many segments of 1000 octets go out, a millisecond
/// apart.
TcpHost sender(std::uint32_t segments, std::size_t written = 0) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.config.sack = true;
  TcpHost host{setup};
  host.opens();
  host.sends();
  host.advance(40ms);
  host.receives({.flags = "S.", .seq = 0, .ack = 1, .mss = 1000, .sack_ok = true});
  host.sends();
  for (std::uint32_t i = 0; i < segments; ++i) {
    host.writes(1000);
    EXPECT_EQ(host.sends().seq, i * 1000 + 1);
    host.advance(1ms);
  }
  if (written > 0) host.writes(written);
  return host;
}

void acknowledges(TcpHost& host, std::uint32_t ack, const Blocks& blocks = {}) {
  host.receives({.flags = ".", .seq = 1, .ack = ack, .sack = blocks});
}

std::vector<std::uint32_t> sequences(const std::vector<Seg>& segments) {
  std::vector<std::uint32_t> all;
  for (const Seg& segment : segments) all.push_back(segment.seq);
  return all;
}

// --- Loss by time (RFC 8985 6) -------------------------------------------------------------------

// req: T-RACK; three segments sacked: no more waiting, although no three ACKs have come.
TEST(TcpRack, OneAckWithEnoughBlocksSuffices) {
  TcpHost host = sender(8);
  host.advance(40ms - 8ms + 4ms);
  acknowledges(host, 1, {{1001, 5001}});
  EXPECT_EQ(sequences(host.sends_all()).at(0), 1U);
  EXPECT_EQ(host.counters().tcp_fast_retransmits, 1U);
  EXPECT_EQ(host.counters().tcp_timeouts, 0U);
}

// What TCP_INFO tells of it.
TEST(TcpRack, StateAndOctetsAreTold) {
  using tcp::LossState;
  TcpHost host = sender(8);
  EXPECT_EQ(host.info().loss_state, LossState::open);
  host.advance(36ms);
  acknowledges(host, 1, {{2001, 3001}});
  EXPECT_EQ(host.info().loss_state, LossState::disorder);
  EXPECT_EQ(host.info().sacked, 1000U);
  acknowledges(host, 1, {{2001, 6001}});
  EXPECT_EQ(host.info().loss_state, LossState::recovery);
  EXPECT_EQ(host.info().sacked, 4000U);
  EXPECT_EQ(host.info().lost, 2000U);
  acknowledges(host, 8001);
  EXPECT_EQ(host.info().loss_state, LossState::open);
  EXPECT_EQ(host.info().sacked + host.info().lost, 0U);
  host.writes(1000);
  host.run(3s);
  EXPECT_EQ(host.info().loss_state, LossState::loss);
}

// 6.2 step 5: a single block is not proof, a quarter of the round trip later it is.
TEST(TcpRack, WaitsForReorderedSegments) {
  TcpHost host = sender(3);
  host.advance(39ms);
  acknowledges(host, 1, {{1001, 2001}});
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.until_deadline(), 9250us)
      << "sent a millisecond earlier, 41 ms + 41 ms / 4 in all";
  host.advance(9250us);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .len = 1000}));
}

TEST(TcpRack, ReorderedSegmentsAreNotSentAgain) {
  TcpHost host = sender(3);
  host.advance(39ms);
  acknowledges(host, 1, {{1001, 2001}});
  host.advance(5ms);
  acknowledges(host, 2001);
  EXPECT_TRUE(host.run(100ms).empty());
  EXPECT_EQ(host.counters().tcp_fast_retransmits, 0U);
}

// A hole, and only the hole; blocks stay where they are.
// What was given up arrives before it has been sent again: nothing was lost, the window comes back.
// req: T-RACK
TEST(TcpRack, RecoveryWithoutARetransmissionWasNeedless) {
  TcpHost host = sender(8);
  const std::uint32_t before = host.info().congestion_window;
  host.advance(36ms);
  acknowledges(host, 1, {{1001, 5001}});
  EXPECT_LT(host.info().congestion_window, before);
  acknowledges(host, 5001);  // in the same batch of frames
  EXPECT_EQ(host.info().congestion_window, before);
  EXPECT_EQ(host.info().loss_state, tcp::LossState::open);
  EXPECT_EQ(host.counters().tcp_spurious_recoveries, 1U);
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 5681 3.1, RFC 9438 4.6: a window that was full counts whole, although the ACKs of one batch
// have emptied the network before anything could follow them.
TEST(TcpRack, AcksInOneBatchDoNotMakeTheReductionLarger) {
  TcpHost host = sender(10, 20000);
  const std::uint32_t before = host.info().congestion_window;
  host.advance(36ms);
  for (std::uint32_t last = 2001; last <= 10001; last += 1000) {
    acknowledges(host, 1, {{1001, last}});
  }
  EXPECT_EQ(host.info().slow_start_threshold, before / 2);
}

TEST(TcpRack, SendsOnlyWhatIsMissing) {
  TcpHost host = sender(10);
  host.advance(32ms);
  acknowledges(host, 1, {{1001, 3001}, {4001, 6001}, {7001, 10001}});
  std::vector<std::uint32_t> sent = sequences(host.sends_all());
  acknowledges(host, 3001, {{4001, 6001}, {7001, 10001}});
  for (const std::uint32_t seq : sequences(host.sends_all())) sent.push_back(seq);
  EXPECT_EQ(sent, (std::vector<std::uint32_t>{1, 3001, 6001}));
}

// RFC 8985 1: a retransmission that is lost is found in a round trip, not by the timer.
TEST(TcpRack, FindsALostRetransmission) {
  TcpHost host = sender(8, 20000);
  host.advance(36ms);
  acknowledges(host, 1, {{1001, 6001}});
  EXPECT_EQ(host.sends().seq, 1U);
  host.advance(1ms);
  acknowledges(host, 1, {{1001, 8001}});
  std::vector<Seg> fresh = host.sends_all();
  ASSERT_FALSE(fresh.empty());
  EXPECT_EQ(fresh[0].seq, 8001U);
  host.advance(44ms);
  acknowledges(host, 1, {{1001, 9001}});
  EXPECT_EQ(sequences(host.sends_all()).at(0), 1U);
  EXPECT_EQ(host.counters().tcp_timeouts, 0U);
}

// The timer allows the repair its round trip.
TEST(TcpRack, RepairRestartsTheTimer) {
  TcpHost host = sender(8);
  host.advance(32ms);
  acknowledges(host, 1001);
  host.advance(150ms);
  acknowledges(host, 1001, {{2001, 6001}});
  EXPECT_EQ(host.sends().seq, 1001U);
  EXPECT_GT(host.info().rto, 100ms);
  host.advance(host.info().rto - 1ms);
  EXPECT_EQ(host.counters().tcp_timeouts, 0U);
  host.advance(1ms);
  EXPECT_EQ(host.counters().tcp_timeouts, 1U);
}

// RFC 3042; req: T-LT: new text while it is not clear yet, as much as has left the network.
TEST(TcpRack, NewTextFollowsTheFirstBlocks) {
  TcpHost host = sender(10, 5000);
  EXPECT_EQ(host.sends(), kNothing) << "the window is full";
  host.advance(31ms);
  acknowledges(host, 1, {{1001, 2001}});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 10001, .len = 1000}));
  EXPECT_EQ(host.sends(), kNothing);
}

// A super-segment is cut where the peer's blocks end.
TEST(TcpRack, RepairsPartOfASuperSegment) {
  TcpHost host = sender(0);
  host.writes(10000);
  EXPECT_EQ(host.sends(64000).length(), 10000U);
  host.advance(40ms);
  acknowledges(host, 2001, {{4001, 8001}});
  const std::vector<Seg> sent = host.sends_all(64000);
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].seq, 2001U);
  EXPECT_LE(sent[0].seq + sent[0].length(), 4001U);
}

// --- Recovery (RFC 9937) -------------------------------------------------------------------------

// req: T-PRR: half as much as is delivered goes out, from the first ACK on.
TEST(TcpPrrConnection, SendsOneForTwoDelivered) {
  TcpHost host = sender(10, 40000);
  host.advance(30ms);
  acknowledges(host, 1, {{1001, 4001}});
  std::size_t sent = host.sends_all().size();
  EXPECT_EQ(sent, 1U);
  for (std::uint32_t end = 5001; end <= 10001; end += 1000) {
    host.advance(1ms);
    acknowledges(host, 1, {{1001, end}});
    const std::size_t more = host.sends_all().size();
    EXPECT_LE(more, 1U);
    sent += more;
  }
  EXPECT_EQ(sent, 5U);
  EXPECT_EQ(host.info().slow_start_threshold, 5000U);
  acknowledges(host, 10001);
  host.sends_all();
  EXPECT_EQ(host.info().congestion_window, 5000U);
}

// --- Tail probes (RFC 8985 7) --------------------------------------------------------------------

// req: T-RACK: the last segments are lost; no timeout, no loss of the window.
TEST(TcpTail, ProbeIsTheLastSegmentAgain) {
  TcpHost host = sender(5);
  host.advance(36ms);
  acknowledges(host, 2001);
  const auto sent = host.run(150ms);
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].segment, (Seg{.flags = "P.", .seq = 4001, .len = 1000}));
  EXPECT_EQ(sent.size(), 1U) << "one probe";
  EXPECT_EQ(host.counters().tcp_tail_probes, 1U);
  acknowledges(host, 2001, {{4001, 5001}});
  host.advance(20ms);
  EXPECT_EQ(sequences(host.sends_all()).at(0), 2001U);
  EXPECT_EQ(host.counters().tcp_timeouts, 0U);
}

TEST(TcpTail, ProbeIsNewTextWhereThereIsSome) {
  TcpHost host = sender(10, 3000);
  const auto sent = host.run(100ms);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].segment, (Seg{.flags = ".", .seq = 10001, .len = 1000}));
}

// 7.4.2: the probe itself has repaired the loss: the window must still be halved.
TEST(TcpTail, RepairByTheProbeCountsAsLoss) {
  TcpHost host = sender(5);
  host.advance(36ms);
  acknowledges(host, 4001);
  host.run(300ms);
  EXPECT_EQ(host.counters().tcp_tail_probes, 1U);
  acknowledges(host, 5001);
  host.writes(1000);
  host.sends();
  host.advance(40ms);
  const std::uint32_t before = host.info().congestion_window;
  acknowledges(host, 6001);
  EXPECT_LT(host.info().congestion_window, before);
}

// 7.4.2: what the probe repeated had arrived.
TEST(TcpTail, DuplicateReportSparesTheWindow) {
  TcpHost host = sender(5);
  host.advance(36ms);
  acknowledges(host, 4001);
  host.run(300ms);
  const std::uint32_t before = host.info().congestion_window;
  acknowledges(host, 5001, {{4001, 5001}});
  host.writes(1000);
  host.sends();
  host.advance(40ms);
  acknowledges(host, 6001);
  EXPECT_GE(host.info().congestion_window, before);
}

TEST(TcpTail, NoProbeWithoutSack) {
  TcpHost host;
  host.establish();
  host.writes(5000);
  host.sends_all();
  host.run(199ms);
  EXPECT_EQ(host.counters().tcp_tail_probes, 0U);
  EXPECT_EQ(host.info().retransmits, 0U);
}

// 7.2: the last segment's ACK may be delayed; the probe takes the timeout's place.
TEST(TcpTail, SingleSegmentIsProbedWhenTheTimerExpires) {
  TcpHost host = sender(1);
  const auto sent = host.run(1000ms);
  ASSERT_GE(sent.size(), 2U);
  EXPECT_EQ(host.counters().tcp_tail_probes, 1U);
  EXPECT_EQ(host.counters().tcp_timeouts, sent.size() - 1);
}

// --- Timeouts (RFC 6298, RFC 2018 8) -------------------------------------------------------------

// What the peer holds is not sent again.
TEST(TcpSackTimeout, KeepsTheBlocks) {
  TcpHost host = sender(4);
  host.advance(36ms);
  acknowledges(host, 1, {{3001, 4001}});
  host.run(10s);
  EXPECT_GT(host.counters().tcp_timeouts, 0U);
  acknowledges(host, 1001, {{3001, 4001}});
  for (const Seg& segment : host.sends_all()) EXPECT_LT(segment.seq, 3001U);
  acknowledges(host, 4001);
  EXPECT_EQ(host.info().in_flight, 0U);
}

// RFC 2018 8: the peer has thrown away what it held: the first octet is the proof.
TEST(TcpSackTimeout, RenegingIsNoticed) {
  TcpHost host = sender(4);
  host.advance(36ms);
  acknowledges(host, 1, {{2001, 4001}});
  host.sends_all();
  acknowledges(host, 2001);
  const auto sent = host.run(400ms);
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent[0].segment.seq, 2001U);
  acknowledges(host, 3001);
  EXPECT_EQ(sequences(host.sends_all()), (std::vector<std::uint32_t>{3001}));
}

// Attacks on the bookkeeping: blocks of one octet with gaps of one octet.
TEST(TcpSackAttack, TinyBlocksAreBounded) {
  TcpHost host = sender(0);
  host.writes(10000);
  host.sends_all();
  for (std::uint32_t at = 3; at < 9000; at += 8) {
    acknowledges(host, 1, {{at, at + 1}, {at + 2, at + 3}, {at + 4, at + 5}, {at + 6, at + 7}});
  }
  acknowledges(host, 10001);
  EXPECT_EQ(host.info().in_flight, 0U);
}

}  // namespace
}  // namespace zsock::test
