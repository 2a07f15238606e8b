// Resets: RFC 9293 3.5.2, 3.5.3, 3.10.5, 3.10.7.4 second step; what the application sees.
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

// RFC 9293 3.10.7.4 (MUST-12); conformance 2.4
TEST(TcpReset, FailsAnEstablishedConnection) {
  TcpHost host = established();
  host.receives({.flags = "R", .seq = 1});
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.connection().error(), SockError::connection_reset);
  EXPECT_EQ(host.events(), event::kFailed | event::kClosed);
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.counters().tcp_resets_in, 1U);
}

// Conformance 2.4: data queued, then RST: the data is still readable.
TEST(TcpReset, LeavesReceivedTextReadable) {
  TcpHost host = established();
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "last words"});
  host.receives({.flags = "R", .seq = 11});
  EXPECT_EQ(host.reads(), "last words");
}

// Conformance 2.4: RST in CLOSE-WAIT is EPIPE.
TEST(TcpReset, BreaksThePipeInCloseWait) {
  TcpHost host = established();
  host.receives({.flags = "F.", .seq = 1, .ack = 1});
  host.receives({.flags = "R", .seq = 2});
  EXPECT_EQ(host.connection().error(), SockError::broken_pipe);
}

// RFC 9293 3.10.7.4
TEST(TcpReset, FailsHalfClosedConnections) {
  TcpHost host = established();
  host.shuts_down();
  host.sends();
  host.receives({.flags = "R", .seq = 1});
  EXPECT_EQ(host.connection().error(), SockError::connection_reset);
}

// RFC 9293 3.5.3 (SHLD-2): a reset may carry text.
TEST(TcpReset, MayCarryText) {
  TcpHost host = established();
  host.receives({.flags = "R.", .seq = 1, .ack = 1, .text = "goodbye"});
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.connection().receive_tail(), 0U);
}

// RFC 9293 3.10.5: ABORT sends <SEQ=SND.NXT><CTL=RST>, once, and then it is over.
TEST(TcpAbort, SendsOneReset) {
  TcpHost host = established();
  host.writes("lost");
  host.sends();
  host.connection().abort(host.now());
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.connection().error(), SockError::none);
  EXPECT_EQ(host.events() & event::kClosed, 0U);
  EXPECT_EQ(host.sends(), (Seg{.flags = "R.", .seq = 5, .ack = 1}));
  EXPECT_EQ(host.events(), event::kClosed);
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.until_deadline(), Duration::max());
  EXPECT_EQ(host.counters().tcp_resets_out, 1U);
}

// RFC 9293 3.10.5: CLOSING, LAST-ACK and TIME-WAIT just end.
TEST(TcpAbort, IsSilentOnceBothSidesHaveClosed) {
  TcpHost host = established();
  host.receives({.flags = "F.", .seq = 1, .ack = 1});
  host.shuts_down();
  host.sends();
  EXPECT_EQ(host.state(), State::last_ack);
  host.connection().abort(host.now());
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.sends(), kNothing);
}

// INV-6
TEST(TcpAbort, AnswersNothingAfterwards) {
  TcpHost host = established();
  host.connection().abort(host.now());
  host.sends();
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "x"});
  host.receives({.flags = "R", .seq = 1});
  EXPECT_EQ(host.sends(), kNothing);
}

// A hostile or late application cannot bring it back to life.
TEST(TcpAbort, IgnoresLaterCalls) {
  TcpHost host = established();
  host.connection().abort(host.now());
  host.writes("more");
  host.shuts_down();
  host.closes();
  host.advance(1000s);
  EXPECT_EQ(host.sends().flags, "R.");
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 9293 3.10.7.4, fifth step: without ACK nothing else counts.
TEST(TcpSegment, WithoutAckIsDropped) {
  TcpHost host = established();
  host.receives({.flags = "P", .seq = 1, .text = "no ack"});
  host.receives({.flags = "F", .seq = 1});
  EXPECT_EQ(host.connection().receive_tail(), 0U);
  EXPECT_EQ(host.state(), State::established);
}

}  // namespace
}  // namespace zsock::test
