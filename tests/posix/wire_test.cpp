/// \file
/// Socket semantics that need a peer made by hand (conformance 2.1, 2.3, 2.4): resets at odd
/// moments, full queues, a peer that is silent or not there.

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "tests/posix/support/deviations.h"
#include "tests/posix/support/raw_peer.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* kPeer = "192.0.2.2";
constexpr const char* kOurs = "192.0.2.1";
constexpr std::uint32_t kFirst = 5000;

Fd listener(int backlog = 16) {
  Fd fd = bound(SOCK_STREAM, kOurs);
  ::listen(fd, backlog);
  return fd;
}

/// Connects from the peer's port, up to ESTABLISHED. \return the SYN-ACK
Seen dial(RawPeer& peer, const Name& to, std::uint16_t from) {
  peer.send_segment(from, to, {.flags = kSyn, .seq = kFirst});
  const Seen reply = peer.segment(kSyn | kAck, from);
  peer.send_segment(from, to, {.flags = kAck, .seq = kFirst + 1, .ack = reply.seq + 1});
  return reply;
}

// --- 2.1 ---------------------------------------------------------------------------------------

TEST(Wire, ResetBeforeAccept) {
  RawPeer peer(kPeer);
  const Fd fd = listener();
  const Name to = Name::local(fd);
  const Seen reply = dial(peer, to, 4000);
  ASSERT_TRUE(becomes(fd, POLLIN));
  peer.answer(reply, {.flags = kRst, .seq = kFirst + 1});
  peer.settle();
  const Fd child = accepted(fd);
  EXPECT_EQ(events_become(child, "IN|OUT|ERR|HUP|RDHUP"), "IN|OUT|ERR|HUP|RDHUP");
  EXPECT_EQ(peer_text(child), "ENOTCONN");
  EXPECT_EQ(received(child), "ECONNRESET");
  EXPECT_EQ(received(child), "0");
}

TEST(Wire, Backlog) {
  RawPeer peer(kPeer);
  std::uint16_t port = 4100;
  for (const int backlog : {0, 2}) {
    const Fd fd = listener(backlog);
    const Name to = Name::local(fd);
    for (int i = 0; i <= backlog; ++i) dial(peer, to, ++port);
    peer.settle();
    peer.send_segment(++port, to, {.flags = kSyn, .seq = kFirst});
    EXPECT_FALSE(peer.hears_segment(kSyn, port)) << "dropped, not refused";
    // One taken, and there is room again.
    const Fd child = accepted(fd);
    EXPECT_TRUE(eventually([&] {
      peer.send_segment(port, to, {.flags = kSyn, .seq = kFirst});
      return peer.hears_segment(kSyn | kAck, port);
    }));
  }
}

TEST(Wire, ListenerClosedWithChildren) {
  RawPeer peer(kPeer);
  Fd fd = listener();
  dial(peer, Name::local(fd), 4200);
  ASSERT_TRUE(becomes(fd, POLLIN));
  fd.reset();
  EXPECT_TRUE((peer.segment(kRst, 4200).flags & kRst) != 0);
}

TEST(Wire, SynToNobody) {
  RawPeer peer(kPeer);
  const std::uint16_t port = Name::local(bound(SOCK_STREAM, kOurs)).port();
  peer.send_segment(4300, {kOurs, port}, {.flags = kSyn, .seq = kFirst});
  const Seen reply = peer.segment(kRst, 4300);
  EXPECT_EQ(reply.flags, kRst | kAck);
  EXPECT_EQ(reply.ack, kFirst + 1);
}

// --- 2.3 ---------------------------------------------------------------------------------------

TEST(Wire, RefusedByReset) {
  RawPeer peer(kPeer);
  const ByHand scene = connecting(peer, tcp(), 4400);
  peer.answer(scene.syn, {.flags = kRst | kAck, .ack = scene.theirs});
  EXPECT_EQ(events_become(scene.fd, shown(kFailed)), shown(kFailed));
  EXPECT_EQ(pending_error(scene.fd), "ECONNREFUSED");
}

/// A reset that acknowledges something else refuses nothing (RFC 9293 3.10.7.3).
TEST(Wire, ForgedRefusal) {
  RawPeer peer(kPeer);
  const ByHand scene = connecting(peer, tcp(), 4401);
  peer.answer(scene.syn, {.flags = kRst | kAck, .ack = scene.theirs + 1});
  peer.answer(scene.syn, {.flags = kRst});
  peer.settle();
  EXPECT_EQ(events(scene.fd), "0");
}

TEST(Wire, NobodyAnswersTheSyn) {
  RawPeer peer(kPeer);
  Fd fd = tcp();
  EXPECT_EQ(set_option(fd, IPPROTO_TCP, TCP_SYNCNT, 1), "0");
  const auto start = Clock::now();
  const ByHand scene = connecting(peer, std::move(fd), 4402);
  EXPECT_EQ(events_become(scene.fd, shown(kFailed)), shown(kFailed));
  EXPECT_EQ(pending_error(scene.fd), "ETIMEDOUT");
  EXPECT_GE(Clock::now() - start, 2s);
  EXPECT_EQ(peer.segment(kSyn, 4402).seq, scene.syn.seq) << "sent again";
}

/// Nobody has the address.
TEST(Wire, NobodyIsThere) {
  const Name nobody("192.0.2.3", 9);
  const Fd fd = tcp();
  const auto start = Clock::now();
  EXPECT_EQ(connect_outcome(fd, nobody), "EINPROGRESS");
  EXPECT_EQ(events_become(fd, shown(kFailed)), shown(kFailed));
  EXPECT_GE(Clock::now() - start, 2s);
  EXPECT_LE(Clock::now() - start, 6s);
  EXPECT_EQ(connect_outcome(fd, nobody), "EHOSTUNREACH");
}

/// Both SYNs cross (RFC 9293 3.5).
TEST(Wire, SimultaneousOpen) {
  RawPeer peer(kPeer);
  const ByHand scene = connecting(peer, tcp(), 4403);
  peer.answer(scene.syn, {.flags = kSyn, .seq = kFirst});
  EXPECT_EQ(peer.segment(kSyn | kAck, 4403).ack, kFirst + 1);
  peer.answer(scene.syn, {.flags = kAck, .seq = kFirst + 1, .ack = scene.theirs});
  EXPECT_EQ(events_become(scene.fd, "OUT"), "OUT");
  EXPECT_EQ(peer_text(scene.fd), peer.name(4403).text());
}

TEST(Wire, ShutdownBeforeTheAnswer) {
  RawPeer peer(kPeer);
  const ByHand scene = connecting(peer, tcp(), 4404);
  EXPECT_EQ(shutdown_outcome(scene.fd, SHUT_RDWR), "0");
  EXPECT_EQ(events_become(scene.fd, shown(kGivenUp)), shown(kGivenUp));
  EXPECT_EQ(pending_error(scene.fd), "ECONNRESET");
  peer.answer(scene.syn, {.flags = kSyn | kAck, .seq = kFirst, .ack = scene.theirs});
  EXPECT_EQ(peer.segment(kRst, scene.syn.destination_port).seq, scene.theirs)
      << "nobody wants it any more";
}

// --- 2.4 ---------------------------------------------------------------------------------------

TEST(Wire, ResetAfterData) {
  RawPeer peer(kPeer);
  const ByHand scene = established(peer, tcp(), 4500);
  peer.answer(scene.syn,
              {.flags = kAck | kPsh, .seq = scene.ours, .ack = scene.theirs, .text = "data"});
  ASSERT_TRUE(becomes(scene.fd, POLLIN));
  peer.answer(scene.syn, {.flags = kRst, .seq = scene.ours + 4});
  EXPECT_EQ(events_become(scene.fd, "IN|OUT|ERR|HUP|RDHUP"), "IN|OUT|ERR|HUP|RDHUP");
  EXPECT_EQ(received(scene.fd), "\"data\"");
  EXPECT_EQ(received(scene.fd), "ECONNRESET");
  EXPECT_EQ(received(scene.fd), "0");
}

/// The peer has closed altogether and says so when it hears more: EPIPE, not ECONNRESET.
TEST(Wire, ResetInCloseWait) {
  RawPeer peer(kPeer);
  const ByHand scene = established(peer, tcp(), 4501);
  peer.answer(scene.syn, {.flags = kAck | kFin, .seq = scene.ours, .ack = scene.theirs});
  EXPECT_EQ(events_become(scene.fd, "IN|OUT|RDHUP"), "IN|OUT|RDHUP");
  EXPECT_EQ(send_outcome(scene.fd, "more", MSG_NOSIGNAL), "4");
  peer.segment(kPsh, scene.syn.destination_port);
  peer.answer(scene.syn, {.flags = kRst, .seq = scene.ours + 1});
  EXPECT_EQ(events_become(scene.fd, "IN|OUT|ERR|HUP|RDHUP"), "IN|OUT|ERR|HUP|RDHUP");
  EXPECT_EQ(pending_error(scene.fd), "EPIPE");
  EXPECT_EQ(send_outcome(scene.fd, "more", MSG_NOSIGNAL), "EPIPE");
}

TEST(Wire, SilentPeer) {
  RawPeer peer(kPeer);
  const ByHand scene = established(peer, tcp(), 4502);
  EXPECT_EQ(set_option(scene.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 600), "0");
  EXPECT_EQ(send_outcome(scene.fd, "text"), "4");
  EXPECT_EQ(events_become(scene.fd, "IN|OUT|ERR|HUP|RDHUP"), "IN|OUT|ERR|HUP|RDHUP");
  EXPECT_EQ(received(scene.fd), "ETIMEDOUT");
  EXPECT_EQ(received(scene.fd), "0");
}

TEST(Wire, CloseWithUnreadDataResets) {
  RawPeer peer(kPeer);
  ByHand scene = established(peer, tcp(), 4503);
  peer.answer(scene.syn,
              {.flags = kAck | kPsh, .seq = scene.ours, .ack = scene.theirs, .text = "data"});
  ASSERT_TRUE(becomes(scene.fd, POLLIN));
  scene.fd.reset();
  EXPECT_EQ(peer.segment(kRst, scene.syn.destination_port).seq, scene.theirs);
}

TEST(Wire, DataAfterShutdownForReading) {
  RawPeer peer(kPeer);
  const ByHand scene = established(peer, tcp(), 4504);
  EXPECT_EQ(shutdown_outcome(scene.fd, SHUT_RD), "0");
  EXPECT_EQ(events(scene.fd), "IN|OUT|RDHUP");
  peer.answer(scene.syn,
              {.flags = kAck | kPsh, .seq = scene.ours, .ack = scene.theirs, .text = "late"});
  EXPECT_TRUE(eventually([&] { return peer.segment(kAck, 4504).ack == scene.ours + 4; }));
  EXPECT_EQ(received(scene.fd), "\"late\"");
  EXPECT_EQ(received(scene.fd), "0");
}

}  // namespace
}  // namespace zsock::posix
