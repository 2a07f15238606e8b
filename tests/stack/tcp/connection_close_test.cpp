// Closing: RFC 9293 3.6, 3.10.4, 3.10.7.4 steps five and eight.
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

TcpHost in_fin_wait_2() {
  TcpHost host = established();
  host.shuts_down();
  host.sends();
  host.receives({.flags = ".", .seq = 1, .ack = 2});
  return host;
}

// RFC 9293 3.6 figure 12
TEST(TcpClose, WalksTheActiveSide) {
  TcpHost host = established();
  host.shuts_down();
  EXPECT_EQ(host.state(), State::fin_wait_1);
  EXPECT_EQ(host.sends(), (Seg{.flags = "F.", .seq = 1, .ack = 1}));
  host.receives({.flags = ".", .seq = 1, .ack = 2});
  EXPECT_EQ(host.state(), State::fin_wait_2);
  EXPECT_TRUE(host.connection().fin_acknowledged());
  host.receives({.flags = "F.", .seq = 1, .ack = 2});
  EXPECT_EQ(host.state(), State::time_wait);
  EXPECT_EQ(host.events() & (event::kTimeWait | event::kPeerClosed),
            event::kTimeWait | event::kPeerClosed);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 2, .ack = 2}));
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 9293 3.6 figure 12, the other side
TEST(TcpClose, WalksThePassiveSide) {
  TcpHost host = established();
  host.receives({.flags = "F.", .seq = 1, .ack = 1});
  EXPECT_EQ(host.state(), State::close_wait);
  EXPECT_EQ(host.events() & event::kPeerClosed, event::kPeerClosed);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 2}));  // at once
  host.shuts_down();
  EXPECT_EQ(host.state(), State::last_ack);
  EXPECT_EQ(host.sends(), (Seg{.flags = "F.", .seq = 1, .ack = 2}));
  host.receives({.flags = ".", .seq = 2, .ack = 2});
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.connection().error(), SockError::none);
  EXPECT_EQ(host.events() & (event::kClosed | event::kFailed), event::kClosed);
}

// RFC 9293 3.6 figure 13
TEST(TcpClose, WalksSimultaneousClose) {
  TcpHost host = established();
  host.shuts_down();
  host.sends();
  host.receives({.flags = "F.", .seq = 1, .ack = 1});
  EXPECT_EQ(host.state(), State::closing);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 2, .ack = 2}));
  host.receives({.flags = ".", .seq = 2, .ack = 2});
  EXPECT_EQ(host.state(), State::time_wait);
}

// RFC 9293 3.10.7.4, eighth step: FIN and the ACK of ours in one segment.
TEST(TcpClose, GoesToTimeWaitAtOnceByFinWithAck) {
  TcpHost host = established();
  host.shuts_down();
  host.sends();
  host.receives({.flags = "F.", .seq = 1, .ack = 2});
  EXPECT_EQ(host.state(), State::time_wait);
}

// RFC 9293 3.10.4: FIN follows what is written.
TEST(TcpClose, SendsFinWithTheLastText) {
  TcpHost host = established();
  host.writes("bye");
  host.shuts_down();
  EXPECT_EQ(host.sends(), (Seg{.flags = "FP.", .seq = 1, .ack = 1, .text = "bye"}));
  host.receives({.flags = ".", .seq = 1, .ack = 4});
  EXPECT_EQ(host.state(), State::fin_wait_1);  // the text only
  EXPECT_FALSE(host.connection().fin_acknowledged());
  host.receives({.flags = ".", .seq = 1, .ack = 5});
  EXPECT_EQ(host.state(), State::fin_wait_2);
}

// INV-6: nothing after our own FIN, one place for it in sequence space.
TEST(TcpClose, SendsNothingBehindItsFin) {
  TcpHost host = established();
  host.shuts_down();
  host.sends();
  host.writes("too late");
  host.shuts_down();
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.connection().transmit_tail(), 0U);
}

// RFC 9293 3.8.1: FIN is retransmitted.
TEST(TcpClose, RetransmitsFin) {
  TcpHost host = established();
  host.shuts_down();
  host.sends();
  host.advance(host.until_deadline());
  EXPECT_EQ(host.sends(), (Seg{.flags = "F.", .seq = 1, .ack = 1}));
}

// RFC 9293 3.6: half-close: the other direction goes on.
TEST(TcpHalfClose, TakesTextInFinWait) {
  TcpHost host = in_fin_wait_2();
  host.receives({.flags = "P.", .seq = 1, .ack = 2, .text = "still here"});
  EXPECT_EQ(host.reads(), "still here");
  host.receives({.flags = "F.", .seq = 11, .ack = 2});
  EXPECT_EQ(host.state(), State::time_wait);
}

// RFC 9293 3.10.2: SEND in CLOSE-WAIT.
TEST(TcpHalfClose, SendsTextInCloseWait) {
  TcpHost host = established();
  host.receives({.flags = "F.", .seq = 1, .ack = 1});
  host.sends();
  host.writes("answer");
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 1, .ack = 2, .text = "answer"}));
}

// Conformance 2.4: SHUT_RD: later text is still taken and acknowledged.
TEST(TcpHalfClose, TakesTextAfterShutdownReceive) {
  TcpHost host = established();
  host.connection().shutdown_receive();
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "late"});
  EXPECT_EQ(host.reads(), "late");
  EXPECT_EQ(host.state(), State::established);
}

// Conformance 2.4: both directions shut: later text is answered with a reset.
TEST(TcpHalfClose, ResetsTextAfterBothShutdowns) {
  TcpHost host = established();
  host.connection().shutdown_receive();
  host.shuts_down();
  host.sends();
  host.receives({.flags = "P.", .seq = 1, .ack = 2, .text = "late"});
  EXPECT_EQ(host.sends(), (Seg{.flags = "R.", .seq = 2}));
  EXPECT_EQ(host.connection().error(), SockError::connection_reset);
}

// RFC 9293 3.6.1 (SHLD-3), RFC 2525 2.17
TEST(TcpOrphan, ResetsWhenClosedWithUnreadData) {
  TcpHost host = established();
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "unread"});
  host.closes();
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.events() & event::kClosed, 0U);
  EXPECT_EQ(host.sends(), (Seg{.flags = "R.", .seq = 1, .ack = 7}));
  EXPECT_EQ(host.events() & event::kClosed, event::kClosed);
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 9293 3.6.1: what was read does not count.
TEST(TcpOrphan, ClosesWithFinWhenEverythingWasRead) {
  TcpHost host = established();
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "read"});
  host.reads();
  host.closes();
  EXPECT_EQ(host.sends(), (Seg{.flags = "F.", .seq = 1, .ack = 5}));
}

// Conformance 2.4: SO_LINGER {1, 0}
TEST(TcpOrphan, ResetsWithLingerZero) {
  TcpHost host = established();
  tcp::SocketOptions options;
  options.linger = 0s;
  host.sets(options);
  host.writes("unsent");
  host.closes();
  EXPECT_EQ(host.sends(), (Seg{.flags = "R.", .seq = 1}));
  EXPECT_EQ(host.state(), State::closed);
}

// Conformance 2.4: what is unsent is still delivered.
TEST(TcpOrphan, DeliversWhatIsUnsent) {
  TcpHost host = established();
  host.writes(3000);
  host.closes();
  EXPECT_EQ(host.sends().length(), 1000U);
  EXPECT_EQ(host.sends().length(), 1000U);
  EXPECT_EQ(host.sends(), (Seg{.flags = "FP.", .seq = 2001, .len = 1000}));
  host.receives({.flags = "F.", .seq = 1, .ack = 3002});
  EXPECT_EQ(host.state(), State::time_wait);
}

// RFC 1122 4.2.2.13, RFC 9293 3.6.1: nobody will read it.
TEST(TcpOrphan, ResetsTextThatArrivesAfterClose) {
  TcpHost host = established();
  host.closes();
  host.sends();
  host.receives({.flags = "P.", .seq = 1, .ack = 2, .text = "late"});
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.sends(), (Seg{.flags = "R.", .seq = 2}));
  EXPECT_EQ(host.connection().error(), SockError::none);
}

// Conformance 1.10: FIN-WAIT-2 of an orphan ends after 60 s.
TEST(TcpOrphan, LeavesFinWait2AfterAMinute) {
  TcpHost host = established();
  host.closes();
  host.sends();
  host.receives({.flags = ".", .seq = 1, .ack = 2});
  EXPECT_EQ(host.until_deadline(), 60s);
  host.advance(60s);
  EXPECT_EQ(host.state(), State::closed);
  EXPECT_EQ(host.events() & event::kClosed, event::kClosed);
}

// TCP_LINGER2
TEST(TcpOrphan, HonoursLinger2) {
  TcpHost host = established();
  tcp::SocketOptions options;
  options.fin_wait_2 = 5s;
  host.sets(options);
  host.closes();
  host.sends();
  host.receives({.flags = ".", .seq = 1, .ack = 2});
  EXPECT_EQ(host.until_deadline(), 5s);
}

// RFC 9293 3.6: half-closed by a living application, FIN-WAIT-2 lasts.
TEST(TcpOrphan, WaitsForEverInFinWait2WhileOwned) {
  TcpHost host = in_fin_wait_2();
  EXPECT_EQ(host.until_deadline(), Duration::max());
  host.closes();
  EXPECT_EQ(host.until_deadline(), 60s);
}

// Conformance 1.10: eight retransmissions of an orphan.
TEST(TcpOrphan, GivesUpEarly) {
  TcpHost host = established();
  host.closes();
  EXPECT_EQ(host.run(1000s).size(), 9U);
  EXPECT_EQ(host.state(), State::closed);
}

// RFC 9293 3.10.7.4, eighth step; RFC 1337: repeated FINs are acknowledged, resets ignored.
TEST(TcpTimeWait, AnswersRepeatedFinAndNothingElse) {
  TcpHost host = in_fin_wait_2();
  host.receives({.flags = "F.", .seq = 1, .ack = 2});
  host.sends();
  host.receives({.flags = "F.", .seq = 1, .ack = 2});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 2, .ack = 2}));
  host.receives({.flags = "R", .seq = 2});
  EXPECT_EQ(host.state(), State::time_wait);
  host.receives({.flags = ".", .seq = 2, .ack = 2});  // RFC 9293 A.2: no ACK war
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_EQ(host.until_deadline(), Duration::max());
}

// RFC 9293 3.10.7.4
TEST(TcpTimeWait, SaysWhatToKeep) {
  TcpHost host = in_fin_wait_2();
  host.receives({.flags = "F.", .seq = 1, .ack = 2});
  host.sends();
  const tcp::TimeWaitInfo info = host.connection().time_wait();
  EXPECT_EQ(info.send_next, host.local(2));
  EXPECT_EQ(info.receive_next.value(), 0xffff'ff02U);
  EXPECT_FALSE(info.timestamps);
}

// RFC 9293 3.10.7.4: a FIN out of order waits for the text before it.
TEST(TcpFin, WaitsForTheGapBeforeIt) {
  TcpHost host = established();
  host.receives({.flags = "FP.", .seq = 6, .ack = 1, .text = "world"});
  EXPECT_EQ(host.state(), State::established);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 1}));
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "hello"});
  EXPECT_EQ(host.state(), State::close_wait);
  EXPECT_EQ(host.reads(), "helloworld");
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 12}));
}

// RFC 9293 3.10.7.4: nothing comes after the peer's FIN.
TEST(TcpFin, IgnoresTextBeyondIt) {
  TcpHost host = established();
  host.receives({.flags = "F.", .seq = 6, .ack = 1});
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "hello, and more"});
  EXPECT_EQ(host.state(), State::close_wait);
  EXPECT_EQ(host.reads(), "hello");
  host.receives({.flags = "P.", .seq = 7, .ack = 1, .text = "more"});
  EXPECT_EQ(host.connection().receive_tail(), 5U);
}

// A second FIN elsewhere, and one that denies text already received, are lies.
TEST(TcpFin, BelievesTheFirstConsistentOne) {
  TcpHost host = established();
  host.receives({.flags = "P.", .seq = 11, .ack = 1, .text = "held"});
  host.receives({.flags = "F.", .seq = 12, .ack = 1});  // inside "held"
  host.receives({.flags = "F.", .seq = 15, .ack = 1});
  host.receives({.flags = "F.", .seq = 20, .ack = 1});
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "0123456789"});
  EXPECT_EQ(host.reads(), "0123456789held");
  EXPECT_EQ(host.state(), State::close_wait);
}

// RFC 9293 3.10.7.4: a repeated FIN in CLOSE-WAIT is acknowledged again.
TEST(TcpFin, IsAcknowledgedAgain) {
  TcpHost host = established();
  host.receives({.flags = "F.", .seq = 1, .ack = 1});
  host.sends();
  host.receives({.flags = "F.", .seq = 1, .ack = 1});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 2}));
  EXPECT_EQ(host.state(), State::close_wait);
}

}  // namespace
}  // namespace zsock::test
