// Windows: RFC 9293 3.8.6, 3.10.7.4; RFC 7323 2.
#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

using tcp::State;

TcpHost with_ring(std::size_t octets) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.receive_ring = octets;
  TcpHost host{setup};
  host.establish();
  return host;
}

// --- The peer's window ---------------------------------------------------------------------------

// RFC 9293 3.8.6
TEST(TcpSendWindow, IsNeverExceeded) {
  TcpHost host;
  host.establish({.win = 2500});
  host.writes(5000);
  EXPECT_EQ(host.sends().length(), 1000U);
  EXPECT_EQ(host.sends().length(), 1000U);
  EXPECT_EQ(host.sends(), kNothing);  // RFC 9293 3.8.6.2.1: 500 octets are not worth a segment
  host.receives({.flags = ".", .seq = 1, .ack = 2001, .win = 2500});
  EXPECT_EQ(host.sends().length(), 1000U);
}

// RFC 9293 3.1 (MUST-1): the window is unsigned.
TEST(TcpSendWindow, IsUnsigned) {
  TcpHost host;
  host.establish({.win = 0xffff, .ws = std::uint8_t{0}});
  EXPECT_EQ(host.info().send_window, 0xffffU);
}

// RFC 9293 3.10.7.4: WL1 and WL2 keep old segments from changing the window.
TEST(TcpSendWindow, IsNotTakenFromOldSegments) {
  TcpHost host;
  host.establish();
  host.writes(2000);
  host.sends_all();
  host.receives({.flags = "P.", .seq = 1, .ack = 2001, .win = 5000, .text = "x"});
  EXPECT_EQ(host.info().send_window, 5000U);
  host.receives({.flags = ".", .seq = 1, .ack = 2001, .win = 100, .text = "x"});
  EXPECT_EQ(host.info().send_window, 5000U);  // older sequence number
  host.receives({.flags = ".", .seq = 2, .ack = 1001, .win = 100});
  EXPECT_EQ(host.info().send_window, 5000U);  // older acknowledgment
  host.receives({.flags = ".", .seq = 2, .ack = 2001, .win = 7000});
  EXPECT_EQ(host.info().send_window, 7000U);
}

// RFC 9293 3.8.6.2.1 (MUST-38): the sender waits for a worthwhile window.
TEST(TcpSenderSws, WaitsForAFullSegmentOrHalfTheLargestWindow) {
  TcpHost host;
  host.establish({.win = 4000});
  host.writes(10000);
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 4001, .win = 900});
  EXPECT_EQ(host.sends(), kNothing);
  host.receives({.flags = ".", .seq = 1, .ack = 4001, .win = 1000});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 4001, .len = 1000}));
}

TEST(TcpSenderSws, UsesHalfTheLargestWindowOfASmallPeer) {
  TcpHost host;
  host.establish({.win = 600});
  host.writes(2000);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .len = 600}));
  host.receives({.flags = ".", .seq = 1, .ack = 601, .win = 299});
  EXPECT_EQ(host.sends(), kNothing);
  host.receives({.flags = ".", .seq = 1, .ack = 601, .win = 300});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 601, .len = 300}));
}

// RFC 9293 3.8.6.2.1 (4): the override timeout.
TEST(TcpSenderSws, SendsAnywayAfterTheOverrideTimeout) {
  TcpHost host;
  host.establish({.win = 4000});
  host.writes(10000);
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 4001, .win = 900});
  host.advance(host.until_deadline());
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 4001, .len = 900}));
}

// RFC 9293 3.8.6 (MUST-34, SHLD-15): a shrinking window takes nothing back and breaks nothing.
TEST(TcpShrunkWindow, HoldsNewTextAndRepeatsWhatFits) {
  TcpHost host;
  host.establish({.win = 8000});
  host.writes(10000);
  EXPECT_EQ(host.sends_all().size(), 8U);
  host.receives({.flags = ".", .seq = 1, .ack = 1001, .win = 2000});
  EXPECT_EQ(host.sends(), kNothing);
  host.advance(host.until_deadline());
  // SHLD-16: retransmission stays between UNA and UNA + WND.
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1001, .len = 1000}));
  host.receives({.flags = ".", .seq = 1, .ack = 8001, .win = 8000});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 8001, .len = 1000}));
}

// RFC 9293 3.8.6: pure ACKs must stay acceptable to a peer that has shrunk its window.
TEST(TcpShrunkWindow, KeepsPureAcksInsideIt) {
  TcpHost host;
  host.establish({.win = 8000});
  host.writes(8000);
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 1, .win = 500});
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .win = 500, .text = "x"});
  host.advance(40ms);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 501, .ack = 2}));
}

// RFC 9293 3.8.6 (MUST-35): shrunk to zero, it is probed.
TEST(TcpShrunkWindow, IsProbedWhenZero) {
  TcpHost host;
  host.establish({.win = 8000});
  host.writes(8000);
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 1001, .win = 0});
  host.advance(host.until_deadline());
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1001, .text = pattern(1000, 1)}));
  host.receives({.flags = ".", .seq = 1, .ack = 1001, .win = 8000});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1001, .len = 1000}));  // all of it again
}

// --- Zero windows --------------------------------------------------------------------------------

TcpHost blocked() {
  TcpHost host;
  host.establish();
  host.writes(1000);
  host.sends();
  host.writes(3000);
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 4001, .win = 0});
  host.writes(2000);
  return host;
}

// RFC 9293 3.8.6.1 (MUST-36): one octet of new text.
TEST(TcpZeroWindow, IsProbedWithOneOctet) {
  TcpHost host = blocked();
  EXPECT_EQ(host.sends(), kNothing);
  host.advance(host.until_deadline());
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 4001, .text = pattern(4000, 1)}));
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.counters().tcp_window_probes, 1U);
}

// RFC 9293 A.2: both sides have taken the other's probe and do not know it. The peer's ACKs come
// from one octet left of what we expect; the acknowledgment in them must count all the same.
TEST(TcpZeroWindow, CrossedProbesDoNotBlockForEver) {
  TcpHost host = blocked();
  host.advance(host.until_deadline());
  ASSERT_EQ(host.sends().length(), 1U);
  host.receives({.flags = ".", .seq = 1, .ack = 4001, .win = 0, .text = "x"});
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 4002, .win = 8000});
  const auto sent = host.sends_all();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(host.info().octets_acked, 4001U);
  EXPECT_EQ(sent.back().seq, 4002U + host.info().in_flight - sent.back().length());
}

// RFC 5961 5: but only what was sent can be acknowledged there.
TEST(TcpZeroWindow, SegmentLeftOfTheWindowAcknowledgesNothingUnsent) {
  TcpHost host = blocked();
  host.receives({.flags = ".", .seq = 1, .ack = 4001, .win = 0, .text = "x"});
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 5001, .win = 8000});
  EXPECT_EQ(host.info().octets_acked, 4000U);
  EXPECT_EQ(host.info().send_window, 0U);
}

// RFC 9293 3.8.6.1 (SHLD-29, 30): first after one RTO, then in ever longer intervals.
TEST(TcpZeroWindow, IsProbedWithBackoff) {
  TcpHost host = blocked();
  const Duration rto = host.info().rto;
  Duration wait = rto;
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(host.until_deadline(), wait) << i;
    host.advance(wait);
    EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 4001, .len = 1})) << i;
    host.receives({.flags = ".", .seq = 1, .ack = 4001, .win = 0});
    wait *= 2;
  }
}

// RFC 9293 3.8.6.1 (MUST-37): as long as the peer answers, for days.
TEST(TcpZeroWindow, LastsForADayWhileProbesAreAnswered) {
  TcpHost host = blocked();
  const Instant end = host.now() + 24h;
  int probes = 0;
  while (host.now() < end) {
    host.advance(host.until_deadline());
    if (host.sends().length() == 1) ++probes;
    host.receives({.flags = ".", .seq = 1, .ack = 4001, .win = 0});
  }
  EXPECT_EQ(host.state(), State::established);
  EXPECT_GT(probes, 700);
  EXPECT_LT(probes, 740);  // every two minutes
}

// RFC 9293 3.8.3: silence is not an answer.
TEST(TcpZeroWindow, EndsWhenNobodyAnswers) {
  TcpHost host = blocked();
  EXPECT_EQ(host.run(3600s).size(), 15U);
  EXPECT_EQ(host.connection().error(), SockError::timed_out);
}

// RFC 6429: an orphan does not wait for ever, though its probes are answered.
TEST(TcpZeroWindow, IsNotWaitedForByOrphans) {
  TcpHost host = blocked();
  host.closes();
  for (int i = 0; i < 20 && host.state() != State::closed; ++i) {
    host.advance(host.until_deadline());
    host.sends();
    host.receives({.flags = ".", .seq = 1, .ack = 4001, .win = 0});
  }
  EXPECT_EQ(host.state(), State::closed);
}

// RFC 9293 3.8.6.1: the probe's octet may be taken, or not.
TEST(TcpZeroWindow, GoesOnWhenItOpens) {
  for (const std::uint32_t taken : {0U, 1U}) {
    TcpHost host = blocked();
    host.advance(host.until_deadline());
    host.sends();
    host.receives({.flags = ".", .seq = 1, .ack = 4001 + taken, .win = 60000});
    EXPECT_EQ(host.sends(64000).seq, 4001 + taken);
    std::size_t rest = 0;
    for (const Seg& segment : host.sends_all()) rest += segment.length();
    EXPECT_EQ(host.info().in_flight, 2000U - taken) << rest;
  }
}

TEST(TcpZeroWindow, StopsProbingWhenItOpensBeforeTheProbe) {
  TcpHost host = blocked();
  host.receives({.flags = ".", .seq = 1, .ack = 4001, .win = 60000});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 4001, .len = 1000}));
  EXPECT_EQ(host.counters().tcp_window_probes, 0U);
}

// RFC 9293 3.8.6.1: a FIN alone is probed for as well.
TEST(TcpZeroWindow, IsProbedWithFinWhenOnlyThatIsLeft) {
  TcpHost host;
  host.establish();
  host.writes(1000);
  host.sends();
  host.receives({.flags = ".", .seq = 1, .ack = 1001, .win = 0});
  host.shuts_down();
  EXPECT_EQ(host.sends(), kNothing);
  host.advance(host.until_deadline());
  EXPECT_EQ(host.sends(), (Seg{.flags = "F.", .seq = 1001}));
  host.receives({.flags = ".", .seq = 1, .ack = 1002, .win = 0});
  EXPECT_EQ(host.state(), State::fin_wait_2);
}

// --- Our window ----------------------------------------------------------------------------------

// RFC 9293 3.8.6.2.2 (MUST-39): a reader of single octets must not make silly windows.
TEST(TcpReceiverSws, OffersNothingForASlowReader) {
  TcpHost host = with_ring(4096);
  host.receives({.flags = ".", .seq = 1, .ack = 1, .len = 4096});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 4097, .win = 0}));
  for (int i = 0; i < 1459; ++i) {
    host.reads(1);
    ASSERT_EQ(host.sends(), kNothing) << i;
  }
  host.reads(1);  // now a whole segment is free
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 4097, .win = 1460}));
}

// RFC 9293 3.8.6.2.2: or half the buffer, if that is less.
TEST(TcpReceiverSws, OffersHalfOfASmallBuffer) {
  TcpHost host = with_ring(1024);
  host.receives({.flags = ".", .seq = 1, .ack = 1, .len = 1024});
  host.sends();
  host.reads(511);
  EXPECT_EQ(host.sends(), kNothing);
  host.reads(1);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 1025, .win = 512}));
}

// The position the application watches for is where the update goes out.
TEST(TcpReceiverSws, NamesThePositionOfTheUpdate) {
  TcpHost host = with_ring(4096);
  host.receives({.flags = ".", .seq = 1, .ack = 1, .len = 4096});
  host.sends();
  EXPECT_EQ(host.connection().window_update_position(), 1460U);
}

// No update while the peer has room enough: its next ACKs tell.
TEST(TcpReceiverSws, SendsNoUpdateWhileTheWindowIsWideOpen) {
  TcpHost host = with_ring(65536);
  host.receives({.flags = ".", .seq = 1, .ack = 1, .len = 3000});
  host.sends_all();
  host.reads();
  EXPECT_EQ(host.sends(), kNothing);
}

// INV-2: the right edge never moves left, whatever is read and acknowledged.
TEST(TcpReceiveWindow, NeverMovesItsEdgeBack) {
  for (const std::uint8_t scale : {std::uint8_t{0}, std::uint8_t{7}}) {
    TcpHost::Setup setup = TcpHost::plain();
    setup.config.window_scaling = scale > 0;
    setup.receive_limit = scale > 0 ? 8U << 20U : 0;
    setup.receive_ring = 16384;
    TcpHost host{setup};
    host.establish({.ws = std::uint8_t{0}});
    ASSERT_EQ(host.info().receive_scale, scale > 0 ? 8 : 0);
    std::uint32_t next = 1;
    std::uint64_t edge = 0;
    for (int i = 0; i < 3000; ++i) {
      const std::uint32_t size = 1 + static_cast<std::uint32_t>(i * 37 % 300);
      host.receives({.flags = ".", .seq = next, .ack = 1, .len = size});
      next = static_cast<std::uint32_t>(host.connection().receive_tail()) + 1;
      if (i % 3 == 0) host.reads(400);
      host.advance(40ms);
      for (const Seg& segment : host.sends_all()) {
        const std::uint64_t right =
            *segment.ack + (std::uint64_t{*segment.win} << host.info().receive_scale);
        EXPECT_GE(right + (scale > 0 ? 255 : 0), edge);  // RFC 7323 2.4: but for rounding when full
        edge = std::max(edge, right);
      }
    }
  }
}

// RFC 9293 3.10.7.4, table 6: the acceptability of segments.
TEST(TcpAcceptability, FollowsTheTable) {
  struct Row {
    std::uint32_t seq;
    std::size_t len;
    bool acceptable;
  };
  // RCV.NXT 1001, window 1024 - 1000 = 24 up to 1024
  const std::vector<Row> rows{{1001, 0, true},  {1024, 0, true},   {1025, 0, false},
                              {1000, 0, false}, {1001, 10, true},  {1024, 10, true},
                              {995, 10, true},  {1025, 10, false}, {991, 10, false}};
  for (const Row& row : rows) {
    TcpHost host = with_ring(1024);
    host.receives({.flags = ".", .seq = 1, .ack = 1, .len = 1000});
    host.sends_all();
    host.receives({.flags = ".", .seq = row.seq, .ack = 1, .len = row.len});
    EXPECT_EQ(host.counters().drop_tcp_out_of_window, row.acceptable ? 0U : 1U) << row.seq;
  }
}

// RFC 9293 3.10.7.4: with a closed window only RCV.NXT without text is acceptable; ACK, URG and RST
// count nevertheless (MUST-66).
TEST(TcpAcceptability, TakesAckUrgAndRstWithAClosedWindow) {
  TcpHost host = with_ring(1024);
  host.writes("mine");
  host.sends();
  host.receives({.flags = ".", .seq = 1, .ack = 1, .len = 1024});
  host.sends_all();
  host.events();
  host.receives({.flags = "U.", .seq = 1025, .ack = 5, .len = 1, .urg = 1});  // the peer's probe
  EXPECT_EQ(host.connection().transmit_head(), 4U);
  EXPECT_EQ(host.events() & tcp::event::kUrgent, tcp::event::kUrgent);
  EXPECT_EQ(host.connection().receive_tail(), 1024U);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 5, .ack = 1025, .win = 0}));
  host.receives({.flags = "R.", .seq = 1025, .ack = 5, .text = "why"});
  EXPECT_EQ(host.state(), State::closed);
}

// RFC 9293 A.2: both windows closed, both probing: each answers, neither starts a war.
TEST(TcpAcceptability, AnswersProbesWithoutAWar) {
  TcpHost host = with_ring(1024);
  host.receives({.flags = ".", .seq = 1, .ack = 1, .len = 1024});
  host.sends_all();
  host.receives({.flags = ".", .seq = 1025, .ack = 1, .len = 1});
  EXPECT_EQ(host.sends_all().size(), 1U);
  host.receives({.flags = ".", .seq = 1025, .ack = 1});
  EXPECT_EQ(host.sends(), kNothing);
}

}  // namespace
}  // namespace zsock::test
