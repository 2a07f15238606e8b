// Data in both directions: RFC 9293 3.7, 3.8.6.2.1, 3.8.6.3, 3.10.7.4 seventh step.
#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

using tcp::State;
namespace event = tcp::event;

TcpHost established() {
  TcpHost host;
  host.establish();
  return host;
}

// --- Sending -------------------------------------------------------------------------------------

// RFC 9293 3.7.1 (MUST-14, 16): the peer's MSS; 3.9.1.2 (MUST-61): PSH on the last segment.
TEST(TcpSend, CutsAtThePeersMssAndPushesTheLast) {
  TcpHost host = established();
  host.writes(2500);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .text = pattern(0, 1000)}));
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1001, .text = pattern(1000, 1000)}));
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 2001, .text = pattern(2000, 500)}));
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 9293 3.7.1 (MUST-15): 536 without the option.
TEST(TcpSend, AssumesDefaultMss) {
  TcpHost host;
  host.establish({.mss = std::nullopt});
  EXPECT_EQ(host.info().send_mss, 536U);
}

// RFC 9293 3.7.1 (MUST-16): the path may take less than the peer.
TEST(TcpSend, HonoursPathMss) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.path_mss = 700;
  TcpHost host{setup};
  host.establish();
  host.writes(1000);
  EXPECT_EQ(host.sends().length(), 700U);
}

// Conformance 1.10: a tiny MSS would make every octet a segment.
TEST(TcpSend, DoesNotBelieveTinyMss) {
  TcpHost host;
  host.establish({.mss = std::uint16_t{1}});
  EXPECT_EQ(host.info().send_mss, 216U);
}

// TCP_MAXSEG limits what is announced and what is sent.
TEST(TcpSend, HonoursMaxSegmentOption) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.options.max_segment = 500;
  TcpHost host{setup};
  host.opens();
  EXPECT_EQ(host.sends(), (Seg{.flags = "S", .seq = 0, .mss = 500}));
  host.receives({.flags = "S.", .seq = 0, .ack = 1, .mss = 1000});
  EXPECT_EQ(host.info().send_mss, 500U);
}

// Design 3: one large frame; whole segments, the rest in the last one.
TEST(TcpSuperSegment, CarriesManySegments) {
  TcpHost host = established();
  host.writes(7300);
  const Seg big = host.sends(64000);
  EXPECT_EQ(big, (Seg{.flags = "P.", .seq = 1, .text = pattern(0, 7300)}));
  EXPECT_EQ(big.merged, 1000U);
}

TEST(TcpSuperSegment, IsWholeSegmentsWhenMoreFollows) {
  TcpHost host = established();
  host.writes(9300);
  EXPECT_EQ(host.sends(4500), (Seg{.flags = ".", .seq = 1, .len = 4000}));
  EXPECT_EQ(host.sends(4500), (Seg{.flags = ".", .seq = 4001, .len = 4000}));
  EXPECT_EQ(host.sends(4500), (Seg{.flags = "P.", .seq = 8001, .len = 1300}));
}

TEST(TcpSuperSegment, StaysWithinCongestionWindow) {
  TcpHost host = established();
  host.writes(50000);
  EXPECT_EQ(host.sends(64000), (Seg{.flags = ".", .seq = 1, .len = 10000}));
  EXPECT_EQ(host.sends(64000), kNothing);
}

// The text of a segment may wrap around the end of the ring.
TEST(TcpSuperSegment, WrapsAroundTheRing) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.transmit_ring = 4096;
  TcpHost host{setup};
  host.establish();
  host.writes(3000);
  host.sends(64000);
  host.receives({.flags = ".", .seq = 1, .ack = 3001});
  host.writes(3000);
  EXPECT_EQ(host.sends(64000), (Seg{.flags = "P.", .seq = 3001, .text = pattern(3000, 3000)}));
}

// A hostile or broken producer's index.
TEST(TcpSend, RefusesImpossibleIndices) {
  TcpHost host = established();
  const std::uint64_t capacity = 1U << 20U;
  EXPECT_FALSE(host.connection().written(capacity + 1, host.now()));
  EXPECT_TRUE(host.connection().written(100, host.now()));
  EXPECT_FALSE(host.connection().written(99, host.now()));
  EXPECT_FALSE(host.connection().consumed(1, host.now()));
}

// --- Nagle, cork ---------------------------------------------------------------------------------

// RFC 9293 3.7.4 (SHLD-7)
TEST(TcpNagle, HoldsSmallSegmentsWhileOneIsOutstanding) {
  TcpHost host = established();
  host.writes("a");
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 1, .text = "a"}));
  host.writes("b");
  host.writes("c");
  EXPECT_EQ(host.sends(), kNothing);
  host.receives({.flags = ".", .seq = 1, .ack = 2});
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 2, .text = "bc"}));
}

// RFC 9293 3.7.4: full segments never wait.
TEST(TcpNagle, LetsFullSegmentsPass) {
  TcpHost host = established();
  host.writes("a");
  host.sends();
  host.writes(1500);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 2, .len = 1000}));
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 9293 A.3 (Minshall): only a small segment outstanding holds the next one.
TEST(TcpNagle, SendsTheTailOfALargeWriteAtOnce) {
  TcpHost host = established();
  host.writes(2000);
  host.sends_all();
  host.writes("tail");
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 2001, .text = "tail"}));
  host.writes("next");
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 9293 3.7.4 (MUST-17)
TEST(TcpNagle, CanBeTurnedOff) {
  TcpHost host = established();
  host.writes("a");
  host.sends();
  host.writes("b");
  EXPECT_EQ(host.sends(), kNothing);
  tcp::SocketOptions options;
  options.no_delay = true;
  host.sets(options);
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 2, .text = "b"}));
  host.writes("c");
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 3, .text = "c"}));
}

// RFC 9293 3.10.4: a close pushes.
TEST(TcpNagle, LetsTheFinPass) {
  TcpHost host = established();
  host.writes("a");
  host.sends();
  host.writes("b");
  host.shuts_down();
  EXPECT_EQ(host.sends(), (Seg{.flags = "FP.", .seq = 2, .text = "b"}));
}

// Conformance 2.5: TCP_CORK holds a partial segment 200 ms.
TEST(TcpCork, HoldsPartialSegmentsForAWhile) {
  TcpHost host = established();
  tcp::SocketOptions options;
  options.cork = true;
  host.sets(options);
  host.writes(1200);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .len = 1000}));
  EXPECT_EQ(host.sends(), kNothing);
  host.receives({.flags = ".", .seq = 1, .ack = 1001});
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.until_deadline(), 200ms);
  host.advance(200ms);
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 1001, .len = 200}));
}

TEST(TcpCork, LetsGoWhenPulled) {
  TcpHost host = established();
  tcp::SocketOptions options;
  options.cork = true;
  host.sets(options);
  host.writes("head");
  EXPECT_EQ(host.sends(), kNothing);
  options.cork = false;
  host.sets(options);
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 1, .text = "head"}));
}

// --- Receiving and acknowledging -----------------------------------------------------------------

// RFC 9293 3.8.6.3 (MUST-40): delayed, but less than half a second.
TEST(TcpAck, IsDelayed) {
  TcpHost host = established();
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "x"});
  EXPECT_EQ(host.events() & event::kReadable, event::kReadable);
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.until_deadline(), 40ms);
  host.advance(40ms);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 2}));
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 9293 3.8.6.3 (MUST-40): whatever the rhythm of the text, 200 ms at most.
TEST(TcpAck, IsNeverDelayedByMoreThanTheMaximum) {
  TcpHost host = established();
  std::uint32_t seq = 1;
  for (int i = 0; i < 30; ++i) {
    host.receives({.flags = "P.", .seq = seq++, .ack = 1, .text = "x"});
    const Duration wait = host.until_deadline();
    EXPECT_LE(wait, 200ms);
    EXPECT_GE(wait, 40ms);
    host.advance(wait);
    EXPECT_NE(host.sends(), kNothing);
    host.advance(1ms);
  }
}

// RFC 9293 3.8.6.3 (SHLD-18, 19): every second full segment.
TEST(TcpAck, ComesWithEverySecondFullSegment) {
  TcpHost host = established();
  for (std::uint32_t i = 0; i < 10; i += 2) {
    host.receives({.flags = ".", .seq = 1 + 1000 * i, .ack = 1, .len = 1000});
    EXPECT_EQ(host.sends(), kNothing);
    host.receives({.flags = ".", .seq = 1001 + 1000 * i, .ack = 1, .len = 1000});
    EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 2001 + 1000 * i}));
  }
}

// RFC 9293 3.10.7.4 (MUST-58, 59): one ACK for everything that is processed before it.
TEST(TcpAck, CoversAWholeBurst) {
  TcpHost host = established();
  for (std::uint32_t i = 0; i < 8; ++i) {
    host.receives({.flags = ".", .seq = 1 + 1000 * i, .ack = 1, .len = 1000});
  }
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 8001}));
  EXPECT_EQ(host.sends(), kNothing);
}

TEST(TcpAck, ComesAtOnceForMergedSegments) {
  TcpHost host = established();
  host.receives({.flags = ".", .seq = 1, .ack = 1, .len = 5000, .merged = 1000});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 5001}));
}

// Design 2.4 of the house: ACKs ride on text.
TEST(TcpAck, RidesOnText) {
  TcpHost host = established();
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "question"});
  host.writes("answer");
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 1, .ack = 9, .text = "answer"}));
  host.advance(150ms);
  EXPECT_EQ(host.sends(), kNothing);
}

// Conformance T-DACK: the first sixteen segments at once.
TEST(TcpAck, IsQuickAtTheStart) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.config.quick_acks = 16;
  TcpHost host{setup};
  host.establish();
  for (std::uint32_t i = 0; i < 16; ++i) {
    host.receives({.flags = "P.", .seq = 1 + i, .ack = 1, .text = "x"});
    EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 2 + i})) << i;
  }
  host.receives({.flags = "P.", .seq = 17, .ack = 1, .text = "x"});
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 5681 4.2 (MUST): a segment out of order is answered at once, each with one duplicate ACK.
TEST(TcpOutOfOrder, IsAnsweredWithOneDuplicateAckEach) {
  TcpHost host = established();
  for (std::uint32_t i = 1; i <= 3; ++i) {
    host.receives({.flags = ".", .seq = 1 + 1000 * i, .ack = 1, .len = 1000});
  }
  for (int i = 0; i < 3; ++i) EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 1}));
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.counters().tcp_out_of_order, 3U);
}

// RFC 5681 4.2: filling a gap, wholly or in part, is acknowledged at once.
TEST(TcpOutOfOrder, GapsAreFilledAndAcknowledgedAtOnce) {
  TcpHost host = established();
  host.receives({.flags = ".", .seq = 7, .ack = 1, .text = "ghi"});
  host.receives({.flags = ".", .seq = 4, .ack = 1, .text = "def"});
  host.sends_all();
  EXPECT_EQ(host.connection().receive_tail(), 0U);
  host.receives({.flags = ".", .seq = 1, .ack = 1, .text = "abc"});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 10}));
  EXPECT_EQ(host.reads(), "abcdefghi");
}

TEST(TcpOutOfOrder, PartialFillIsAcknowledgedAtOnce) {
  TcpHost host = established();
  host.receives({.flags = ".", .seq = 3, .ack = 1, .text = "c"});
  host.receives({.flags = ".", .seq = 5, .ack = 1, .text = "e"});
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 1, .text = "ab"});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 4}));
  EXPECT_EQ(host.reads(), "abc");
}

// Conformance T-OOO: the first writer wins.
TEST(TcpOutOfOrder, OverlapCannotChangeWhatArrivedFirst) {
  TcpHost host = established();
  host.receives({.flags = ".", .seq = 4, .ack = 1, .text = "def"});
  host.receives({.flags = ".", .seq = 2, .ack = 1, .text = "bXXXXXXh"});
  host.receives({.flags = ".", .seq = 1, .ack = 1, .text = "aYYYY"});
  EXPECT_EQ(host.reads(), "abXdefXXh");
}

// Conformance T-OOO: as many pieces as the ring could describe, not more.
TEST(TcpOutOfOrder, TinyPiecesAreLimited) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.receive_ring = 4096;
  TcpHost host{setup};
  host.establish();
  for (std::uint32_t i = 0; i < 200; ++i) {
    host.receives({.flags = ".", .seq = 3 + 2 * i, .ack = 1, .text = "x"});
  }
  EXPECT_GT(host.counters().drop_tcp_buffer_full, 100U);
  host.receives({.flags = ".", .seq = 1, .ack = 1, .len = 600});  // the stream itself goes on
  EXPECT_EQ(host.connection().receive_tail(), 600U);
}

// RFC 9293 3.10.7.4: what is here already is trimmed; a segment with nothing new is acknowledged.
TEST(TcpReceive, TrimsWhatItHas) {
  TcpHost host = established();
  host.receives({.flags = ".", .seq = 1, .ack = 1, .text = "abc"});
  host.receives({.flags = ".", .seq = 1, .ack = 1, .text = "XXXdef"});
  EXPECT_EQ(host.reads(), "abcdef");
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 1, .text = "abcdef"});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 7}));
  EXPECT_EQ(host.connection().receive_tail(), 6U);
}

// RFC 9293 3.10.7.4: text beyond the window is trimmed, and the peer told.
TEST(TcpReceive, TrimsAtTheWindow) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.receive_ring = 1024;
  TcpHost host{setup};
  host.establish();
  host.receives({.flags = ".", .seq = 1, .ack = 1, .text = pattern(0, 1400)});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 1025, .win = 0}));
  EXPECT_EQ(host.reads(), pattern(0, 1024));
}

// No heap, no surprise: the events tell what has moved.
TEST(TcpEvents, TellWhatHasMoved) {
  TcpHost host = established();
  EXPECT_EQ(host.events(), 0U);
  host.writes("x");
  host.sends();
  EXPECT_EQ(host.events(), 0U);
  host.receives({.flags = ".", .seq = 1, .ack = 2});
  EXPECT_EQ(host.events(), event::kWritable | event::kProgress);
  host.receives({.flags = "P.", .seq = 1, .ack = 2, .text = "y"});
  EXPECT_EQ(host.events(), event::kReadable);
}

// RFC 9293 3.8.6.3: of a batch of segments all are taken before an ACK goes out, one for all.
// req: TCP-9293-M58, TCP-9293-M59
TEST(TcpData, ABatchIsAcknowledgedOnce) {
  TcpHost host;
  host.establish();
  for (std::uint32_t i = 0; i < 8; ++i) {
    host.receives({.flags = ".", .seq = 1 + i * 1000, .ack = 1, .len = 1000});
  }
  const auto sent = host.sends_all();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].ack, 8001U);
}

}  // namespace
}  // namespace zsock::test
