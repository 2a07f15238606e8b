// Blind in-window attacks: RFC 5961; conformance T-5961.
#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

using tcp::State;

TcpHost established() {
  TcpHost host;
  host.establish();
  return host;
}

const Seg kChallenge{.flags = ".", .seq = 1, .ack = 1};

// RFC 5961 3.2: a reset inside the window, but not at RCV.NXT, is challenged.
TEST(TcpBlindReset, IsChallenged) {
  for (const std::uint32_t seq : {2U, 1000U, 65535U}) {
    TcpHost host = established();
    host.receives({.flags = "R", .seq = seq});
    EXPECT_EQ(host.state(), State::established) << seq;
    EXPECT_EQ(host.sends(), kChallenge) << seq;
    EXPECT_EQ(host.counters().tcp_challenge_acks, 1U) << seq;
  }
}

// RFC 5961 3.2: outside the window it is dropped in silence.
TEST(TcpBlindReset, IsDroppedOutsideTheWindow) {
  for (const std::uint32_t seq : {0U, 65537U, 0x8000'0000U}) {
    TcpHost host = established();
    host.receives({.flags = "R", .seq = seq});
    EXPECT_EQ(host.state(), State::established) << seq;
    EXPECT_EQ(host.sends(), kNothing) << seq;
  }
}

// RFC 5961 4.2: a SYN never ends a connection.
TEST(TcpBlindSyn, IsChallenged) {
  for (const std::uint32_t seq : {1U, 500U, 0U, 0x8000'0000U}) {
    TcpHost host = established();
    host.receives({.flags = "S", .seq = seq});
    EXPECT_EQ(host.state(), State::established) << seq;
    EXPECT_EQ(host.sends(), kChallenge) << seq;
  }
}

// RFC 5961 4.2: with an acceptable ACK, too.
TEST(TcpBlindSyn, IsChallengedWithAck) {
  TcpHost host = established();
  host.receives({.flags = "S.", .seq = 1, .ack = 1});
  EXPECT_EQ(host.state(), State::established);
  EXPECT_EQ(host.sends(), kChallenge);
}

// RFC 5961 5.2: UNA - MAX.SND.WND <= ACK <= NXT, or the text is not taken.
TEST(TcpBlindData, IsDroppedWithAckOfUnsentOctets) {
  TcpHost host = established();
  host.receives({.flags = "P.", .seq = 1, .ack = 2, .text = "evil"});
  EXPECT_EQ(host.connection().receive_tail(), 0U);
  EXPECT_EQ(host.sends(), kChallenge);
  EXPECT_EQ(host.counters().drop_tcp_invalid_ack, 1U);
}

TEST(TcpBlindData, IsDroppedWithAckBelowTheLargestWindow) {
  TcpHost host;
  host.establish({.win = 2000});
  for (std::uint32_t i = 0; i < 10; ++i) {
    host.writes(1000);
    host.sends_all();
    host.receives({.flags = ".", .seq = 1, .ack = 1001 + 1000 * i, .win = 2000});
  }
  host.receives({.flags = "P.", .seq = 1, .ack = 8000, .win = 2000, .text = "evil"});
  EXPECT_EQ(host.connection().receive_tail(), 0U);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 10001, .ack = 1}));
  host.receives({.flags = "P.", .seq = 1, .ack = 8001, .win = 2000, .text = "good"});
  EXPECT_EQ(host.reads(), "good");
}

// Conformance T-5961 (CVE-2023-52881): never for octets that were never sent.
TEST(TcpBlindData, IsDroppedWithGhostAck) {
  TcpHost host = established();
  host.receives({.flags = "P.", .seq = 1, .ack = 0, .text = "evil"});
  EXPECT_EQ(host.connection().receive_tail(), 0U);
  host.receives(
      {.flags = "P.", .seq = 1, .ack = static_cast<std::uint32_t>(-1000), .text = "evil"});
  EXPECT_EQ(host.connection().receive_tail(), 0U);
  EXPECT_EQ(host.counters().drop_tcp_invalid_ack, 2U);
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "good"});
  EXPECT_EQ(host.reads(), "good");
}

// RFC 9293 3.10.7.4: an old but acceptable ACK is no reason to drop the text.
TEST(TcpBlindData, IsTakenWithAnOldAck) {
  TcpHost host = established();
  host.writes(1000);
  host.sends();
  host.receives({.flags = ".", .seq = 1, .ack = 1001});
  host.receives({.flags = "P.", .seq = 1, .ack = 501, .text = "late"});
  EXPECT_EQ(host.reads(), "late");
  EXPECT_EQ(host.connection().transmit_head(), 1000U);
}

// RFC 5961 7: ten challenges a second.
TEST(TcpChallenge, IsThrottled) {
  TcpHost host = established();
  std::size_t sent = 0;
  for (int i = 0; i < 100; ++i) {
    host.receives({.flags = "R", .seq = 5});
    sent += host.sends_all().size();
    host.advance(1ms);
  }
  EXPECT_EQ(sent, 10U);
  host.advance(1s);
  host.receives({.flags = "R", .seq = 5});
  EXPECT_EQ(host.sends_all().size(), 1U);
}

// Conformance T-5961 (CVE-2016-5696): what one connection uses up, another does not feel.
TEST(TcpChallenge, IsThrottledPerConnection) {
  TcpHost victim = established();
  TcpHost other = established();
  for (int i = 0; i < 100; ++i) victim.receives({.flags = "R", .seq = 5});
  other.receives({.flags = "R", .seq = 5});
  EXPECT_EQ(other.sends(), kChallenge);
}

// RFC 9293 3.10.7.4, RFC 5961 7: unacceptable segments are answered, twice a second at most.
TEST(TcpOutOfWindow, IsAnsweredSeldom) {
  TcpHost host = established();
  std::size_t sent = 0;
  for (int i = 0; i < 100; ++i) {
    host.receives({.flags = ".", .seq = 0x7000'0000U, .ack = 1});
    sent += host.sends_all().size();
    host.advance(10ms);
  }
  EXPECT_EQ(sent, 2U);
  EXPECT_EQ(host.counters().drop_tcp_out_of_window, 100U);
}

// RFC 9293 3.10.7.4: but the sender of text must learn where we are.
TEST(TcpOutOfWindow, IsAlwaysAnsweredWithText) {
  TcpHost host = established();
  for (int i = 0; i < 5; ++i) {
    host.receives({.flags = ".", .seq = 0x7000'0000U, .ack = 1, .text = "x"});
    EXPECT_EQ(host.sends(), kChallenge);
  }
}

// INV-9: an answer to a challenge needs no answer.
TEST(TcpOutOfWindow, MakesNoAckWar) {
  TcpHost host = established();
  host.receives({.flags = ".", .seq = 1, .ack = 1});
  host.receives({.flags = ".", .seq = 1, .ack = 1});
  EXPECT_EQ(host.sends(), kNothing);
}

}  // namespace
}  // namespace zsock::test
