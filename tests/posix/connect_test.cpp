/// \file
/// connect() of TCP and UDP (conformance 2.3). What needs a silent or a hostile peer is in
/// wire_test.cpp and icmp_test.cpp.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/posix/support/deviations.h"
#include "tests/posix/support/sockets.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// A port of the loopback where nobody listens.
Name refusing() {
  return Name::local(bound(SOCK_STREAM, "127.0.0.1"));
}

TEST(Connect, WhileItGoesOn) {
  const Unanswered scene = unanswered();
  const Fd& fd = scene.client;
  EXPECT_EQ(events(fd), "0");
  EXPECT_EQ(pending_error(fd), "0");
  EXPECT_EQ(send_outcome(fd, "x", MSG_NOSIGNAL), "EAGAIN");
  EXPECT_EQ(received(fd), "EAGAIN");
  EXPECT_EQ(peer_text(fd), "ENOTCONN");
  EXPECT_NE(Name::local(fd).port(), 0);
  EXPECT_EQ(connect_outcome(fd, Name::local(scene.listener)), "EALREADY");
  EXPECT_EQ(connect_outcome(fd, {"127.0.0.1", 9}), "EALREADY");
}

TEST(Connect, SuccessIsToldOnce) {
  const Fd listener = listening();
  const Name name = Name::local(listener);
  const Fd fd = tcp();
  EXPECT_EQ(connect_outcome(fd, name), "EINPROGRESS");
  EXPECT_EQ(events_become(fd, "OUT"), "OUT");
  EXPECT_EQ(pending_error(fd), "0");
  EXPECT_EQ(connect_outcome(fd, name), "0");
  EXPECT_EQ(connect_outcome(fd, name), "EISCONN");
  EXPECT_EQ(peer_text(fd), name.text());
}

TEST(Connect, BlockingSuccess) {
  const Fd listener = listening("::1");
  const Fd fd(::socket(AF_INET6, SOCK_STREAM, 0));
  EXPECT_EQ(connect_outcome(fd, Name::local(listener)), "0");
  EXPECT_EQ(connect_outcome(fd, Name::local(listener)), "EISCONN");
}

/// A socket whose connect was refused, untold.
Fd refused() {
  Fd fd = tcp();
  EXPECT_EQ(connect_outcome(fd, refusing()), "EINPROGRESS");
  EXPECT_EQ(events_become(fd, shown(kFailed)), shown(kFailed));
  return fd;
}

TEST(Connect, RefusedToldByConnect) {
  const Fd fd = refused();
  EXPECT_EQ(connect_outcome(fd, refusing()), "ECONNREFUSED");
  const Fd listener = listening();
  EXPECT_EQ(connect_outcome(fd, Name::local(listener)), "EINPROGRESS");
  EXPECT_EQ(events_become(fd, "OUT"), "OUT");
}

TEST(Connect, RefusedToldBySoError) {
  const Fd fd = refused();
  EXPECT_EQ(pending_error(fd), "ECONNREFUSED");
  EXPECT_EQ(pending_error(fd), "0");
  const Fd listener = listening();
  EXPECT_EQ(connect_outcome(fd, Name::local(listener)), "ECONNABORTED");
  EXPECT_EQ(connect_outcome(fd, Name::local(listener)), "EINPROGRESS");
}

TEST(Connect, RefusedToldByRecv) {
  const Fd fd = refused();
  EXPECT_EQ(received(fd), "ECONNREFUSED");
  EXPECT_EQ(received(fd), "0");
  EXPECT_EQ(pending_error(fd), "0");
}

TEST(Connect, RefusedToldBySend) {
  const Fd fd = refused();
  EXPECT_EQ(send_outcome(fd, "x", MSG_NOSIGNAL), "ECONNREFUSED");
  EXPECT_EQ(send_outcome(fd, "x", MSG_NOSIGNAL), "EPIPE");
}

TEST(Connect, RefusedBlocking) {
  for (int i = 0; i < 100; ++i) {
    const Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
    ASSERT_EQ(connect_outcome(fd, refusing()), "ECONNREFUSED");
    ASSERT_EQ(pending_error(fd), "0");
    ASSERT_EQ(events(fd), shown(kUnconnected)) << i;
    ASSERT_EQ(connect_outcome(fd, refusing()), "ECONNREFUSED");
  }
}

TEST(Connect, WritableOnceBlockingIsOver) {
  const Fd listener = listening();
  for (int i = 0; i < 100; ++i) {
    const Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
    ASSERT_EQ(connect_outcome(fd, Name::local(listener)), "0");
    ASSERT_EQ(events(fd), "OUT") << i;
    const Fd other = accepted(listener);
  }
}

TEST(Connect, NoRoute) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const Fd fd(::socket(AF_INET, type, 0));
    EXPECT_EQ(connect_outcome(fd, {"198.51.100.1", 9}), "ENETUNREACH");
    const Fd fd6(::socket(AF_INET6, type, 0));
    EXPECT_EQ(connect_outcome(fd6, {"2001:db8:1::1", 9}), "ENETUNREACH");
  }
}

TEST(Connect, TcpToMany) {
  EXPECT_EQ(connect_outcome(tcp(), {"192.0.2.255", 9}), "ENETUNREACH");
  EXPECT_EQ(connect_outcome(tcp(), {"255.255.255.255", 9}), "ENETUNREACH");
  EXPECT_EQ(connect_outcome(tcp(), {"224.0.0.251", 9}), "ENETUNREACH");
  EXPECT_EQ(connect_outcome(tcp(AF_INET6), {"ff0e::1", 9}), "ENETUNREACH");
}

TEST(Connect, ToTheWildcard) {
  const Fd listener = listening("0.0.0.0");
  const Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(connect_outcome(fd, {"0.0.0.0", Name::local(listener).port()}), "0");
  EXPECT_EQ(Name::peer(fd).text(), "127.0.0.1:" + std::to_string(Name::local(listener).port()));
  const Fd listener6 = listening("::");
  const Fd fd6(::socket(AF_INET6, SOCK_STREAM, 0));
  EXPECT_EQ(connect_outcome(fd6, {"::", Name::local(listener6).port()}), "0");
  EXPECT_EQ(Name::peer(fd6).text(), "[::1]:" + std::to_string(Name::local(listener6).port()));
}

TEST(Connect, TimeLimitOfSending) {
  const Unanswered scene = unanswered();
  const Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
  const timeval limit{.tv_sec = 0, .tv_usec = 100'000};
  ASSERT_EQ(outcome(::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit)), "0");
  const auto start = Clock::now();
  EXPECT_EQ(connect_outcome(fd, Name::local(scene.listener)), "EINPROGRESS");
  EXPECT_GE(Clock::now() - start, 99ms);
  EXPECT_EQ(connect_outcome(fd, Name::local(scene.listener)), "EALREADY");
}

TEST(Connect, UserTimeout) {
  const Unanswered scene = unanswered();
  const Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_EQ(set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 1500), "0");
  const auto start = Clock::now();
  EXPECT_EQ(connect_outcome(fd, Name::local(scene.listener)), "ETIMEDOUT");
  EXPECT_GE(Clock::now() - start, 1400ms);
}

TEST(Connect, ShutdownWhileItGoesOn) {
  for (const int how : {SHUT_RD, SHUT_WR, SHUT_RDWR}) {
    const Unanswered scene = unanswered();
    EXPECT_EQ(shutdown_outcome(scene.client, how), "0");
    EXPECT_EQ(events_become(scene.client, shown(kGivenUp)), shown(kGivenUp)) << how;
    EXPECT_EQ(pending_error(scene.client), "ECONNRESET");
    EXPECT_EQ(events_become(scene.client, shown(kUnconnected)), shown(kUnconnected));
  }
}

TEST(Connect, UnspecifiedWhileItGoesOn) {
  const Unanswered scene = unanswered();
  EXPECT_EQ(connect_outcome(scene.client, Name(AF_UNSPEC)), "0");
  EXPECT_EQ(events_become(scene.client, shown(kDissolved)), shown(kDissolved));
  EXPECT_EQ(pending_error(scene.client), "ECONNRESET");
  const Fd listener = listening();
  EXPECT_EQ(connect_outcome(scene.client, Name::local(listener)), "EINPROGRESS");
  EXPECT_EQ(events_become(scene.client, "OUT"), "OUT");
}

TEST(Connect, UnspecifiedDissolvesAConnection) {
  const Pair pair = connected();
  EXPECT_EQ(connect_outcome(pair.client, Name(AF_UNSPEC)), "0");
  EXPECT_EQ(events_become(pair.client, shown(kDissolved)), shown(kDissolved));
  EXPECT_EQ(received_in_time(pair.server), "ECONNRESET");
  EXPECT_EQ(peer_text(pair.client), "ENOTCONN");
  EXPECT_EQ(pending_error(pair.client), "ECONNRESET");
}

TEST(Connect, AgainAfterUnspecified) {
  const Pair pair = connected();
  EXPECT_EQ(send_outcome(pair.server, "old"), "3");
  ASSERT_TRUE(becomes(pair.client, POLLIN));
  EXPECT_EQ(connect_outcome(pair.client, Name(AF_UNSPEC)), "0");
  const Fd listener = listening();
  EXPECT_EQ(connect_outcome(pair.client, Name::local(listener)), "EINPROGRESS");
  const Fd server = accepted(listener);
  EXPECT_EQ(events_become(pair.client, "OUT"), "OUT");
  EXPECT_EQ(pending_error(pair.client), "0");
  EXPECT_EQ(send_outcome(server, "new"), "3");
  EXPECT_EQ(received_in_time(pair.client), "\"new\"");
  EXPECT_EQ(send_outcome(pair.client, "reply"), "5");
  EXPECT_EQ(received_in_time(server), "\"reply\"");
}

TEST(Connect, ListenAfterUnspecified) {
  const Pair pair = connected();
  EXPECT_EQ(connect_outcome(pair.client, Name(AF_UNSPEC)), "0");
  EXPECT_EQ(outcome(::listen(pair.client, 1)), "0");
  const Fd fd = tcp();
  EXPECT_EQ(connect_outcome(fd, Name::local(pair.client)), "EINPROGRESS");
  EXPECT_GE(accepted(pair.client), 0);
}

TEST(Connect, UnspecifiedOnUdp) {
  const Fd peer = bound(SOCK_DGRAM, "127.0.0.1");
  const Fd fd = udp();
  EXPECT_EQ(connect_outcome(fd, Name::local(peer)), "0");
  EXPECT_EQ(Name::local(fd).text().substr(0, 10), "127.0.0.1:");
  EXPECT_EQ(connect_outcome(fd, Name(AF_UNSPEC)), "0");
  EXPECT_EQ(local_text(fd), "0.0.0.0:0");
  EXPECT_EQ(peer_text(fd), "ENOTCONN");
  EXPECT_EQ(send_outcome(fd, "x"), "EDESTADDRREQ");
  // A port that the application has named stays.
  const Fd named = bound(SOCK_DGRAM, "0.0.0.0", 30100);
  EXPECT_EQ(connect_outcome(named, Name::local(peer)), "0");
  EXPECT_EQ(connect_outcome(named, Name(AF_UNSPEC)), "0");
  EXPECT_EQ(local_text(named), "0.0.0.0:30100");
}

TEST(Connect, UdpAgainElsewhere) {
  const Fd one = bound(SOCK_DGRAM, "127.0.0.1");
  const Fd two = bound(SOCK_DGRAM, "127.0.0.1");
  const Fd fd = udp();
  EXPECT_EQ(connect_outcome(fd, Name::local(one)), "0");
  const std::string name = local_text(fd);
  EXPECT_EQ(connect_outcome(fd, Name::local(two)), "0");
  EXPECT_EQ(local_text(fd), name);
  EXPECT_EQ(send_outcome(fd, "x"), "1");
  EXPECT_EQ(received_in_time(two), "\"x\"");
  // Only the peer is heard.
  EXPECT_EQ(send_to_outcome(one, "no", Name::local(fd)), "2");
  EXPECT_EQ(send_to_outcome(two, "yes", Name::local(fd)), "3");
  EXPECT_EQ(received_in_time(fd), "\"yes\"");
}

TEST(Connect, ToOneself) {
  const Fd fd = bound(SOCK_STREAM, "127.0.0.1");
  const std::string result = connect_outcome(fd, Name::local(fd));
  EXPECT_TRUE(result == "0" || result == "EINPROGRESS") << result;
  EXPECT_EQ(events_become(fd, "OUT"), "OUT");
  EXPECT_EQ(peer_text(fd), local_text(fd));
  EXPECT_EQ(send_outcome(fd, "echo"), "4");
  EXPECT_EQ(received_in_time(fd), "\"echo\"");
}

void nothing(int /*number*/) {}

TEST(Connect, Interrupted) {
  const Unanswered scene = unanswered();
  const Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = nothing;
  ::sigaction(SIGUSR1, &action, &before);
  std::atomic<bool> done = false;
  const pthread_t self = ::pthread_self();
  std::thread interrupter([&] {
    while (!done) {
      std::this_thread::sleep_for(20ms);
      ::pthread_kill(self, SIGUSR1);
    }
  });
  EXPECT_EQ(connect_outcome(fd, Name::local(scene.listener)), "EINTR");
  done = true;
  interrupter.join();
  ::sigaction(SIGUSR1, &before, nullptr);
  // It goes on by itself.
  set_blocking(fd, false);
  EXPECT_EQ(connect_outcome(fd, Name::local(scene.listener)), "EALREADY");
}

TEST(Connect, UdpBroadcastNeedsTheOption) {
  const Fd fd = udp();
  EXPECT_EQ(connect_outcome(fd, {"192.0.2.255", 9}), "EACCES");
  EXPECT_EQ(set_option(fd, SOL_SOCKET, SO_BROADCAST, 1), "0");
  EXPECT_EQ(connect_outcome(fd, {"192.0.2.255", 9}), "0");
}

}  // namespace
}  // namespace zsock::posix
