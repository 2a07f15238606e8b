// Loss: RFC 6298, RFC 5681, RFC 6582, RFC 3042, RFC 9293 3.8.1 to 3.8.3.
#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

using tcp::State;
namespace event = tcp::event;

/// Ten segments of 1000 octets under way.
TcpHost ten_in_flight() {
  TcpHost host;
  host.establish();
  host.writes(40000);
  host.sends_all();
  return host;
}

void duplicate_ack(TcpHost& host, std::uint32_t ack) {
  host.receives({.flags = ".", .seq = 1, .ack = ack});
}

// --- Timeouts ------------------------------------------------------------------------------------

// RFC 6298 5.1, 5.4 (MUST-18): the earliest segment is sent again.
TEST(TcpRto, RetransmitsTheEarliestSegment) {
  TcpHost host = ten_in_flight();
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.until_deadline(), 200ms);
  host.advance(200ms);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .text = pattern(0, 1000)}));
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.counters().tcp_timeouts, 1U);
  EXPECT_EQ(host.info().retransmits, 1U);
}

// RFC 6298 5.5: the timer doubles; 2.5: up to the maximum.
TEST(TcpRto, BacksOff) {
  TcpHost host;
  host.establish();
  host.writes("x");
  const auto sent = host.run(2000s);
  Duration wait = 200ms;
  for (std::size_t i = 1; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i].at - sent[i - 1].at, wait) << i;
    wait = std::min<Duration>(2 * wait, 120s);
  }
}

// RFC 9293 3.8.3 (MUST-20): R2 is fifteen retransmissions, some 924 seconds, at least 100.
TEST(TcpRto, GivesUpAfterR2) {
  TcpHost host;
  host.establish();
  host.writes("x");
  EXPECT_EQ(host.run(924s).size(), 16U);
  EXPECT_EQ(host.state(), State::established);
  host.run(1s);
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.connection().error(), SockError::timed_out);
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 9293 3.8.3: R1, three retransmissions.
TEST(TcpRto, AdvisesRouteAfterR1) {
  TcpHost host;
  host.establish();
  host.writes("x");
  host.run(200ms + 400ms);
  EXPECT_EQ(host.events() & event::kAdviseRoute, 0U);
  host.run(800ms);
  EXPECT_EQ(host.events() & event::kAdviseRoute, event::kAdviseRoute);
}

// RFC 6298 5.3: an ACK of new data restarts the timer; 5.2: nothing outstanding stops it.
TEST(TcpRto, RestartsWithProgressAndStopsWhenAllIsAcknowledged) {
  TcpHost host;
  host.establish();
  host.writes(2000);
  host.sends_all();
  host.advance(150ms);
  host.receives({.flags = ".", .seq = 1, .ack = 1001});
  EXPECT_EQ(host.until_deadline(), host.info().rto);
  host.receives({.flags = ".", .seq = 1, .ack = 2001});
  EXPECT_EQ(host.until_deadline(), Duration::max());
}

// RFC 6298 5.3: a duplicate ACK does not.
TEST(TcpRto, RunsOnThroughDuplicateAcks) {
  TcpHost host = ten_in_flight();
  host.advance(100ms);
  duplicate_ack(host, 1);
  EXPECT_EQ(host.until_deadline(), 100ms);
}

// RFC 6298 3 (Karn): no sample from a retransmitted segment; the back-off stays.
TEST(TcpRto, TakesNoSampleFromRetransmissions) {
  TcpHost host;
  host.establish();
  const Duration srtt = host.info().srtt;
  host.writes("x");
  host.sends();
  host.advance(200ms);
  host.sends();
  host.advance(300ms);
  host.receives({.flags = ".", .seq = 1, .ack = 2});
  EXPECT_EQ(host.info().srtt, srtt);
  EXPECT_EQ(host.info().rto, 400ms);
  host.writes("y");
  host.sends();
  host.advance(10ms);
  host.receives({.flags = ".", .seq = 1, .ack = 3});
  EXPECT_EQ(host.info().rto, 200ms);
}

// RFC 7323 4.1: timestamps tell which transmission was acknowledged.
TEST(TcpRto, SamplesRetransmissionsByTimestamp) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.config.timestamps = true;
  TcpHost host{setup};
  host.establish({.ts = Ts{.val = 1}});
  host.writes("x");
  host.sends();
  host.advance(200ms);
  const Seg again = host.sends();
  host.advance(80ms);
  host.receives({.flags = ".", .seq = 1, .ack = 2, .ts = Ts{.val = 2, .ecr = again.ts->val}});
  EXPECT_GT(host.info().srtt, 9ms);
  EXPECT_LT(host.info().srtt, 81ms);
  EXPECT_EQ(host.info().rto, 200ms);
}

// RFC 5681 3.1: ssthresh is half the flight, the loss window one segment; slow start follows.
TEST(TcpRto, SlowStartsOverWhatWasOutstanding) {
  TcpHost host = ten_in_flight();
  host.advance(200ms);
  EXPECT_EQ(host.info().congestion_window, 1000U);
  EXPECT_EQ(host.info().slow_start_threshold, 5000U);
  EXPECT_EQ(host.sends_all().size(), 1U);
  host.receives({.flags = ".", .seq = 1, .ack = 1001});
  const auto next = host.sends_all();
  ASSERT_EQ(next.size(), 2U);
  EXPECT_EQ(next[0], (Seg{.flags = ".", .seq = 1001, .len = 1000}));
  EXPECT_EQ(next[1], (Seg{.flags = ".", .seq = 2001, .len = 1000}));
}

// RFC 5681 3.1: ssthresh is set once per loss, not at each backed-off timeout.
TEST(TcpRto, HalvesThresholdOnlyOnce) {
  TcpHost host = ten_in_flight();
  host.run(2s);
  EXPECT_GT(host.counters().tcp_timeouts, 2U);
  EXPECT_EQ(host.info().slow_start_threshold, 5000U);
}

// What the peer had kept beyond the gap is not sent again.
TEST(TcpRto, SkipsWhatTheAckCovers) {
  TcpHost host = ten_in_flight();
  host.advance(200ms);
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 9001});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 9001, .len = 1000}));
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 10001, .len = 1000}));
}

// A device that takes nothing is no sign of loss.
TEST(TcpRto, DoesNotCountRetransmissionsThatNeverLeft) {
  TcpHost host = ten_in_flight();
  host.advance(3000s);  // nothing is pulled
  EXPECT_EQ(host.state(), State::established);
  EXPECT_EQ(host.counters().tcp_timeouts, 1U);
}

// Retransmissions use large frames, too.
TEST(TcpRto, RetransmitsInSuperSegments) {
  TcpHost host = ten_in_flight();
  host.advance(200ms);
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 1001});
  EXPECT_EQ(host.sends(64000), (Seg{.flags = ".", .seq = 1001, .len = 2000}));
}

// RFC 9293 3.8.3 (MUST-21): TCP_USER_TIMEOUT replaces R2.
TEST(TcpUserTimeout, EndsTheConnection) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.options.user_timeout = 30s;
  TcpHost host{setup};
  host.establish();
  host.writes("x");
  host.run(30s - 1us);
  EXPECT_EQ(host.state(), State::established);
  host.run(1us);
  EXPECT_EQ(host.connection().error(), SockError::timed_out);
  EXPECT_EQ(host.counters().tcp_user_timeouts, 1U);
}

TEST(TcpUserTimeout, MayBeLongerThanR2) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.options.user_timeout = 7200s;
  TcpHost host{setup};
  host.establish();
  host.writes("x");
  host.run(7199s);
  EXPECT_EQ(host.state(), State::established);
  host.run(1s);
  EXPECT_EQ(host.state(), State::closed);
}

TEST(TcpUserTimeout, RestartsWithProgress) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.options.user_timeout = 30s;
  TcpHost host{setup};
  host.establish();
  host.writes(2000);
  host.run(20s);
  host.receives({.flags = ".", .seq = 1, .ack = 1001});
  host.run(20s);
  EXPECT_EQ(host.state(), State::established);
  host.run(11s);
  EXPECT_EQ(host.state(), State::closed);
}

// --- Fast retransmit, fast recovery --------------------------------------------------------------

// RFC 3042: the first two duplicate ACKs each let one new segment out.
TEST(TcpLimitedTransmit, SendsOneNewSegmentPerDuplicateAck) {
  TcpHost host = ten_in_flight();
  duplicate_ack(host, 1);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 10001, .len = 1000}));
  EXPECT_EQ(host.sends(), kNothing);
  duplicate_ack(host, 1);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 11001, .len = 1000}));
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.info().congestion_window, 10000U);
}

// RFC 5681 3.2: the third duplicate ACK.
TEST(TcpFastRetransmit, SendsTheMissingSegment) {
  TcpHost host = ten_in_flight();
  duplicate_ack(host, 1);
  duplicate_ack(host, 1);
  host.sends_all();
  duplicate_ack(host, 1);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .len = 1000}));
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.counters().tcp_fast_retransmits, 1U);
  // Step 2: the flight without what limited transmit added.
  EXPECT_EQ(host.info().slow_start_threshold, 5000U);
  EXPECT_EQ(host.info().congestion_window, 5000U);
}

// RFC 5681 2: not duplicate: text, a changed window, nothing outstanding.
TEST(TcpFastRetransmit, CountsOnlyTrueDuplicates) {
  TcpHost host = ten_in_flight();
  for (std::uint32_t i = 0; i < 5; ++i) {
    host.receives({.flags = ".", .seq = 1 + i, .ack = 1, .text = "x"});
    host.receives(
        {.flags = ".", .seq = 2 + i, .ack = 1, .win = static_cast<std::uint16_t>(60000 - i)});
  }
  EXPECT_EQ(host.counters().tcp_duplicate_acks_in, 0U);
  TcpHost idle;
  idle.establish();
  for (int i = 0; i < 5; ++i) duplicate_ack(idle, 1);
  EXPECT_EQ(idle.counters().tcp_duplicate_acks_in, 0U);
  EXPECT_EQ(idle.sends(), kNothing);
}

// RFC 5681 3.2 step 4: further duplicates inflate the window by what has left the network.
TEST(TcpFastRecovery, SendsNewTextForFurtherDuplicates) {
  TcpHost host = ten_in_flight();
  for (int i = 0; i < 3; ++i) duplicate_ack(host, 1);
  host.sends_all();  // the retransmission; nothing else, 10 - 3 + 1 > 5
  std::vector<Seg> sent;
  for (int i = 0; i < 6; ++i) {
    duplicate_ack(host, 1);
    for (const Seg& segment : host.sends_all()) sent.push_back(segment);
  }
  ASSERT_EQ(sent.size(), 4U);  // RFC 5681: cwnd = 5 + 3 + 6 = 14 segments, 10 outstanding
  EXPECT_EQ(sent[0], (Seg{.flags = ".", .seq = 10001, .len = 1000}));
}

// RFC 6582 3.2 step 3: a partial ACK retransmits the next hole at once.
TEST(TcpFastRecovery, RetransmitsTheNextHoleOnPartialAck) {
  TcpHost host = ten_in_flight();
  for (int i = 0; i < 3; ++i) duplicate_ack(host, 1);
  host.sends_all();
  duplicate_ack(host, 4001);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 4001, .len = 1000}));
  EXPECT_EQ(host.info().congestion_window, 5000U);
}

// RFC 6582 3.2 step 3: the full ACK ends it, without a burst.
TEST(TcpFastRecovery, EndsWithFullAck) {
  TcpHost host = ten_in_flight();
  for (int i = 0; i < 3; ++i) duplicate_ack(host, 1);
  host.sends_all();
  duplicate_ack(host, 10001);
  EXPECT_EQ(host.info().congestion_window, 2000U);  // min(ssthresh, max(flight, SMSS) + SMSS)
  EXPECT_EQ(host.sends_all().size(), 2U);
  EXPECT_EQ(host.info().slow_start_threshold, 5000U);
}

// RFC 6582 3.2 step 2: duplicates of what was already repaired start nothing.
TEST(TcpFastRecovery, IsNotEnteredTwiceForOneWindow) {
  TcpHost host = ten_in_flight();
  host.advance(200ms);
  host.sends_all();
  duplicate_ack(host, 1001);
  host.sends_all();
  for (int i = 0; i < 5; ++i) duplicate_ack(host, 1001);
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.counters().tcp_fast_retransmits, 0U);
}

// RFC 6298 5.4 within recovery: the timer has the last word.
TEST(TcpFastRecovery, YieldsToATimeout) {
  TcpHost host = ten_in_flight();
  for (int i = 0; i < 3; ++i) duplicate_ack(host, 1);
  host.sends_all();
  host.advance(200ms);
  EXPECT_EQ(host.info().congestion_window, 1000U);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .len = 1000}));
}

// The FIN is part of what is lost.
TEST(TcpFastRecovery, RetransmitsTextAndFinTogether) {
  TcpHost host;
  host.establish();
  host.writes(4500);
  host.shuts_down();
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 4001});
  host.advance(host.until_deadline());
  EXPECT_EQ(host.sends(), (Seg{.flags = "FP.", .seq = 4001, .len = 500}));
}

// --- Congestion window ---------------------------------------------------------------------------

// RFC 6928 2 (T-IW): min(10 MSS, max(2 MSS, 14600))
TEST(TcpCongestion, StartsWithTenSegments) {
  TcpHost host;
  host.establish();
  EXPECT_EQ(host.info().congestion_window, 10000U);
  TcpHost::Setup setup = TcpHost::plain();
  setup.local_mss = setup.path_mss = 8960;
  TcpHost jumbo{setup};
  jumbo.establish({.mss = std::uint16_t{8960}});
  EXPECT_EQ(jumbo.info().congestion_window, 17920U);
}

// RFC 5681 3.1, RFC 3465 2.2: slow start counts octets, two segments per ACK at most.
TEST(TcpCongestion, GrowsByOctetsAcknowledged) {
  TcpHost host = ten_in_flight();
  host.receives({.flags = ".", .seq = 1, .ack = 501});
  EXPECT_EQ(host.info().congestion_window, 10500U);
  host.receives({.flags = ".", .seq = 1, .ack = 5001});
  EXPECT_EQ(host.info().congestion_window, 12500U);
}

// RFC 9293 3.8.2, RFC 7661: a window that was not used does not grow.
TEST(TcpCongestion, DoesNotGrowUnused) {
  TcpHost host;
  host.establish();
  for (std::uint32_t i = 0; i < 50; ++i) {
    host.writes(1000);
    host.sends_all();
    host.receives({.flags = ".", .seq = 1, .ack = 1001 + 1000 * i});
  }
  EXPECT_EQ(host.info().congestion_window, 10000U);
}

// RFC 5681 4.1: after an idle RTO the window is the initial one again.
// req: T-CWV
TEST(TcpCongestion, RestartsAfterIdle) {
  TcpHost host = ten_in_flight();
  host.receives({.flags = ".", .seq = 1, .ack = 10001});
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 22001});
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 36001});
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 40001});
  ASSERT_GT(host.info().congestion_window, 12000U);
  host.advance(10s);
  host.writes(50000);
  EXPECT_EQ(host.sends_all().size(), 10U);
}

}  // namespace
}  // namespace zsock::test
