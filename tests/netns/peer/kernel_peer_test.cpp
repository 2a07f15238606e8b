/// \file
/// TCP and UDP between zsockd and the Linux kernel: both roles, both families.

#include <gtest/gtest.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <tuple>

#include "tests/netns/peer/testbed.h"
#include "zsock/zsock.h"

namespace zsock::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// The calls of one side, so that each test runs with the roles both ways.
struct Side {
  const char* name;
  int (*socket)(int, int, int);
  int (*bind)(int, const sockaddr*, socklen_t);
  int (*listen)(int, int);
  int (*accept)(int);
  int (*connect)(int, const sockaddr*, socklen_t);
  ssize_t (*send)(int, const void*, size_t, int);
  ssize_t (*recv)(int, void*, size_t, int);
  ssize_t (*sendto)(int, const void*, size_t, int, const sockaddr*, socklen_t);
  ssize_t (*recvfrom)(int, void*, size_t, int, sockaddr*, socklen_t*);
  int (*shutdown)(int, int);
  int (*close)(int);
  int (*setsockopt)(int, int, int, const void*, socklen_t);
  Name (*address)(Family, std::uint16_t);
};

const Side kKernel{"kernel",
                   ::socket,
                   ::bind,
                   ::listen,
                   [](int fd) { return ::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC); },
                   ::connect,
                   ::send,
                   ::recv,
                   ::sendto,
                   ::recvfrom,
                   ::shutdown,
                   ::close,
                   ::setsockopt,
                   kernel_name};
const Side kZsock{"zsock",
                  zs_socket,
                  zs_bind,
                  zs_listen,
                  [](int fd) { return zs_accept4(fd, nullptr, nullptr, 0); },
                  zs_connect,
                  zs_send,
                  zs_recv,
                  zs_sendto,
                  zs_recvfrom,
                  zs_shutdown,
                  zs_close,
                  zs_setsockopt,
                  zsock_name};

std::unique_ptr<Testbed> testbed;
std::uint16_t next_port = 7000;

struct Case {
  const Side* server;
  const Side* client;
  Family family;
};

std::string case_name(const ::testing::TestParamInfo<Case>& info) {
  return std::string(info.param.client->name) + "_to_" + info.param.server->name +
         (info.param.family == Family::v4 ? "_v4" : "_v6");
}

class KernelPeer : public ::testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() {
    if (Testbed::possible() && !testbed) testbed = std::make_unique<Testbed>();
  }
  void SetUp() override {
    if (!testbed) GTEST_SKIP() << "needs a network namespace: scripts/lib/in_namespace";
  }

  const Side& server() const { return *GetParam().server; }
  const Side& client() const { return *GetParam().client; }
  int domain() const { return GetParam().family == Family::v4 ? AF_INET : AF_INET6; }

  int listening(int backlog = 16) {
    port_ = next_port++;
    const int fd = server().socket(domain(), SOCK_STREAM, 0);
    EXPECT_GE(fd, 0) << strerror(errno);
    const Name name = any_name(GetParam().family, port_);
    EXPECT_EQ(server().bind(fd, name.get(), name.length()), 0) << strerror(errno);
    EXPECT_EQ(server().listen(fd, backlog), 0) << strerror(errno);
    return fd;
  }
  Name server_name() const { return server().address(GetParam().family, port_); }
  int connected() {
    const int fd = client().socket(domain(), SOCK_STREAM, 0);
    const Name name = server_name();
    EXPECT_EQ(client().connect(fd, name.get(), name.length()), 0) << strerror(errno);
    return fd;
  }

  std::uint16_t port_ = 0;
};

void send_all(const Side& side, int fd, const std::vector<char>& octets) {
  for (std::size_t sent = 0; sent < octets.size();) {
    const ssize_t count = side.send(fd, octets.data() + sent, octets.size() - sent, MSG_NOSIGNAL);
    ASSERT_GT(count, 0) << strerror(errno);
    sent += static_cast<std::size_t>(count);
  }
}

std::vector<char> receive_to_end(const Side& side, int fd) {
  std::vector<char> all;
  std::vector<char> piece(1 << 17);
  for (;;) {
    const ssize_t count = side.recv(fd, piece.data(), piece.size(), 0);
    EXPECT_GE(count, 0) << strerror(errno);
    if (count <= 0) return all;
    all.insert(all.end(), piece.begin(), piece.begin() + count);
  }
}

// RFC 9293 3.5, 3.6: handshake, data both ways, half-close, close.
TEST_P(KernelPeer, EchoesAndHalfCloses) {
  const int listener = listening();
  const int out = connected();
  const int in = server().accept(listener);
  ASSERT_GE(in, 0) << strerror(errno);
  const std::vector<char> sent = pattern(100'000);
  std::thread echo([&] {
    const std::vector<char> got = receive_to_end(server(), in);
    send_all(server(), in, got);
    server().close(in);
  });
  send_all(client(), out, sent);
  EXPECT_EQ(client().shutdown(out, SHUT_WR), 0);
  EXPECT_EQ(receive_to_end(client(), out), sent);
  echo.join();
  client().close(out);
  server().close(listener);
}

// 20 MB, far more than any buffer: windows close and open, segments of every size.
TEST_P(KernelPeer, MovesManyMegabytesUnchanged) {
  const int listener = listening();
  const int out = connected();
  const int in = server().accept(listener);
  const std::vector<char> sent = pattern(20'000'000);
  std::thread sender([&] {
    send_all(client(), out, sent);
    client().close(out);
  });
  EXPECT_TRUE(receive_to_end(server(), in) == sent);
  sender.join();
  server().close(in);
  server().close(listener);
}

// RFC 9293 3.8.6.1: a reader that pauses closes the window; the sender waits and goes on.
TEST_P(KernelPeer, SurvivesAZeroWindow) {
  const int listener = listening();
  const int out = connected();
  const int in = server().accept(listener);
  const std::vector<char> sent = pattern(12'000'000);
  std::thread sender([&] {
    send_all(client(), out, sent);
    client().close(out);
  });
  std::this_thread::sleep_for(700ms);
  EXPECT_TRUE(receive_to_end(server(), in) == sent);
  sender.join();
  server().close(in);
  server().close(listener);
}

// Conformance 2.4: what was sent before a reset is still read, then ECONNRESET once, then end of
// file.
TEST_P(KernelPeer, ReportsAReset) {
  const int listener = listening();
  const int out = connected();
  const int in = server().accept(listener);
  send_all(client(), out, pattern(1000));
  std::this_thread::sleep_for(100ms);
  const linger abortive{1, 0};
  client().setsockopt(out, SOL_SOCKET, SO_LINGER, &abortive, sizeof abortive);
  client().close(out);
  std::this_thread::sleep_for(200ms);
  char piece[4096];
  if (GetParam().server ==
      &kZsock) {  // Linux itself drops what it has not delivered yet only on some paths
    EXPECT_EQ(server().recv(in, piece, sizeof piece, 0), 1000);
  } else {
    while (server().recv(in, piece, sizeof piece, 0) > 0) {
    }
    errno = ECONNRESET;
  }
  if (GetParam().server == &kZsock) {
    EXPECT_EQ(server().recv(in, piece, sizeof piece, 0), -1);
    EXPECT_EQ(errno, ECONNRESET);
    EXPECT_EQ(server().recv(in, piece, sizeof piece, 0), 0);
  }
  server().close(in);
  server().close(listener);
}

// RFC 9293 3.6.1, RFC 2525 2.17: close with unread data resets.
TEST_P(KernelPeer, ClosingWithUnreadDataResets) {
  const int listener = listening();
  const int out = connected();
  const int in = server().accept(listener);
  send_all(client(), out, pattern(1000));
  std::this_thread::sleep_for(100ms);
  server().close(in);
  char octet = 0;
  EXPECT_EQ(client().recv(out, &octet, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
  client().close(out);
  server().close(listener);
}

TEST_P(KernelPeer, RefusesAConnectionNobodyListensFor) {
  port_ = next_port++;
  const int fd = client().socket(domain(), SOCK_STREAM, 0);
  const Name name = server_name();
  EXPECT_EQ(client().connect(fd, name.get(), name.length()), -1);
  EXPECT_EQ(errno, ECONNREFUSED);
  client().close(fd);
}

// Conformance 2.1: backlog N lets N + 1 connections wait; the next SYN is dropped and succeeds once
// there is room.
TEST_P(KernelPeer, DropsSynsBeyondTheBacklog) {
  const int listener = listening(1);
  std::vector<int> clients{connected(), connected()};
  std::this_thread::sleep_for(100ms);
  std::atomic<bool> third_connected = false;
  std::thread third([&] {
    clients.push_back(connected());
    third_connected = true;
  });
  std::this_thread::sleep_for(600ms);
  const bool one_queue = std::getenv("ZSOCK_TEST_SHARDS") == nullptr;  // each shard has one
  EXPECT_FALSE(third_connected && GetParam().server == &kZsock && one_queue);
  std::vector<int> accepted;
  for (int i = 0; i < 3; ++i) accepted.push_back(server().accept(listener));
  third.join();
  EXPECT_TRUE(third_connected);
  for (const int fd : accepted) server().close(fd);
  for (const int fd : clients) client().close(fd);
  server().close(listener);
}

TEST_P(KernelPeer, ServesManyConnectionsAtOnce) {
  constexpr int kCount = 100;
  const int listener = listening(kCount);
  std::vector<int> outs;
  std::vector<int> ins;
  for (int i = 0; i < kCount; ++i) outs.push_back(connected());
  for (int i = 0; i < kCount; ++i) ins.push_back(server().accept(listener));
  for (int i = 0; i < kCount; ++i)
    send_all(client(), outs[static_cast<std::size_t>(i)], pattern(2000));
  for (const int fd : outs) client().shutdown(fd, SHUT_WR);
  for (const int fd : ins) EXPECT_EQ(receive_to_end(server(), fd), pattern(2000));
  for (const int fd : ins) server().close(fd);
  for (const int fd : outs) client().close(fd);
  server().close(listener);
}

// RFC 768, RFC 791 3.2, RFC 8200 4.5: datagrams of every size that exists, fragmented where they
// must be.
TEST_P(KernelPeer, DatagramsOfEverySize) {
  port_ = next_port++;
  const int in = server().socket(domain(), SOCK_DGRAM, 0);
  const Name local = any_name(GetParam().family, port_);
  ASSERT_EQ(server().bind(in, local.get(), local.length()), 0) << strerror(errno);
  const timeval timeout{2, 0};
  server().setsockopt(in, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  const int out = client().socket(domain(), SOCK_DGRAM, 0);
  client().setsockopt(out, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  const Name to = server_name();
  for (const std::size_t size : {0U, 1U, 512U, 1452U, 1472U, 1473U, 4000U, 8192U, 30000U, 65507U}) {
    const std::vector<char> sent = pattern(size);
    ASSERT_EQ(client().sendto(out, sent.data(), size, 0, to.get(), to.length()),
              static_cast<ssize_t>(size))
        << strerror(errno);
    std::vector<char> got(70000);
    Name from;
    socklen_t length = sizeof from.storage;
    const ssize_t count = server().recvfrom(in, got.data(), got.size(), 0,
                                            reinterpret_cast<sockaddr*>(&from.storage), &length);
    ASSERT_EQ(count, static_cast<ssize_t>(size)) << strerror(errno);
    got.resize(size);
    EXPECT_EQ(got, sent);
    ASSERT_EQ(server().sendto(in, sent.data(), size, 0, from.get(), length),
              static_cast<ssize_t>(size))
        << strerror(errno);
    got.resize(70000);
    ASSERT_EQ(client().recv(out, got.data(), got.size(), 0), static_cast<ssize_t>(size))
        << strerror(errno);
  }
  client().close(out);
  server().close(in);
}

// UDP_SEGMENT and UDP_GRO. The kernel's datagrams may come as one frame (TAP, packet sockets).
TEST_P(KernelPeer, DatagramsCutAndJoined) {
  port_ = next_port++;
  const int in = server().socket(domain(), SOCK_DGRAM, 0);
  const Name local = any_name(GetParam().family, port_);
  ASSERT_EQ(server().bind(in, local.get(), local.length()), 0) << strerror(errno);
  const timeval timeout{2, 0};
  server().setsockopt(in, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  const int out = client().socket(domain(), SOCK_DGRAM, 0);
  constexpr int kStep = 1000;
  ASSERT_EQ(client().setsockopt(out, IPPROTO_UDP, UDP_SEGMENT, &kStep, sizeof kStep), 0);
  const std::vector<char> sent = pattern(30'500);
  const Name to = server_name();
  for (const int joins : {0, 1}) {
    ASSERT_EQ(server().setsockopt(in, IPPROTO_UDP, UDP_GRO, &joins, sizeof joins), 0);
    ASSERT_EQ(client().sendto(out, sent.data(), sent.size(), 0, to.get(), to.length()),
              static_cast<ssize_t>(sent.size()))
        << strerror(errno);
    std::vector<char> got;
    while (got.size() < sent.size()) {
      std::vector<char> piece(65535);
      const ssize_t count = server().recv(in, piece.data(), piece.size(), 0);
      ASSERT_GT(count, 0) << strerror(errno);
      const bool last = got.size() + static_cast<std::size_t>(count) == sent.size();
      EXPECT_TRUE(joins == 1 || count == (last ? 500 : kStep)) << count;
      got.insert(got.end(), piece.begin(), piece.begin() + count);
    }
    EXPECT_EQ(got, sent);
  }
  client().close(out);
  server().close(in);
}

// RFC 1122 4.1.3.3: a port unreachable reaches the connected socket.
TEST_P(KernelPeer, ConnectedDatagramSocketHearsOfAClosedPort) {
  port_ = next_port++;
  const int out = client().socket(domain(), SOCK_DGRAM, 0);
  const Name to = server_name();
  ASSERT_EQ(client().connect(out, to.get(), to.length()), 0) << strerror(errno);
  ASSERT_EQ(client().send(out, "x", 1, 0), 1);
  const timeval timeout{2, 0};
  client().setsockopt(out, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  char octet = 0;
  EXPECT_EQ(client().recv(out, &octet, 1, 0), -1);
  EXPECT_EQ(errno, ECONNREFUSED);
  client().close(out);
}

INSTANTIATE_TEST_SUITE_P(Roles, KernelPeer,
                         ::testing::Values(Case{&kZsock, &kKernel, Family::v4},
                                           Case{&kZsock, &kKernel, Family::v6},
                                           Case{&kKernel, &kZsock, Family::v4},
                                           Case{&kKernel, &kZsock, Family::v6}),
                         case_name);

class Ping : public KernelPeer {};

// req: ICM4-1, IC6-1, IP4-5, IP6-5
TEST_P(Ping, AnswersSmallAndFragmented) {
  EXPECT_EQ(shell("ping -q -c3 -i0.05 192.0.2.1"), 0);
  EXPECT_EQ(shell("ping -q -6 -c3 -i0.05 2001:db8::1"), 0);
  EXPECT_EQ(shell("ping -q -c3 -i0.05 -s 60000 192.0.2.1"), 0);
  EXPECT_EQ(shell("ping -q -6 -c3 -i0.05 -s 60000 2001:db8::1"), 0);
}
// req: PING-1
TEST_P(Ping, AsksTheKernel) {
  for (const auto& [family, domain, protocol, type] :
       {std::tuple{Family::v4, AF_INET, int{IPPROTO_ICMP}, '\10'},
        std::tuple{Family::v6, AF_INET6, int{IPPROTO_ICMPV6}, '\200'}}) {
    const int fd = zs_socket(domain, SOCK_DGRAM, protocol);
    ASSERT_GE(fd, 0);
    std::array<char, 64> message{type};
    message.back() = 'x';
    const Name to = kernel_name(family, 0);
    ASSERT_EQ(zs_sendto(fd, message.data(), message.size(), 0, to.get(), to.length()), 64);
    pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
    ASSERT_EQ(zs_poll(&entry, 1, 5000), 1);
    std::array<char, 100> reply{};
    ASSERT_EQ(zs_recv(fd, reply.data(), reply.size(), 0), 64);
    EXPECT_EQ(reply[0], type == '\10' ? '\0' : '\201');
    EXPECT_EQ(reply[63], 'x');
    EXPECT_EQ(zs_close(fd), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Once, Ping, ::testing::Values(Case{&kZsock, &kKernel, Family::v4}),
                         case_name);

/// A client process killed in the middle of things.
class KilledClient : public KernelPeer {};

// Conformance F1: with nothing unread the peer gets what was written, then FIN.
TEST_P(KilledClient, PeerGetsWhatWasWrittenThenTheEnd) {
  const int listener = listening();
  const pid_t child = ::fork();
  if (child == 0) {
    const int out = connected();
    send_all(client(), out, pattern(200'000));
    ::pause();
    ::_exit(1);
  }
  const int in = server().accept(listener);
  std::this_thread::sleep_for(300ms);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(receive_to_end(server(), in), pattern(200'000));
  server().close(in);
  server().close(listener);
}

// Conformance F1: with unread data the peer gets a reset.
TEST_P(KilledClient, PeerIsResetWhenDataWasUnread) {
  const int listener = listening();
  const pid_t child = ::fork();
  if (child == 0) {
    static_cast<void>(connected());
    ::pause();
    ::_exit(1);
  }
  const int in = server().accept(listener);
  send_all(server(), in, pattern(5000));
  std::this_thread::sleep_for(200ms);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  char octet = 0;
  EXPECT_EQ(server().recv(in, &octet, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
  server().close(in);
  server().close(listener);
}
INSTANTIATE_TEST_SUITE_P(OfZsock, KilledClient,
                         ::testing::Values(Case{&kKernel, &kZsock, Family::v4},
                                           Case{&kKernel, &kZsock, Family::v6}),
                         case_name);

/// Parent and child share sockets, as processes do.
class ForkedClient : public KernelPeer {};

// Conformance F17: both sides of a fork use the socket; the peer sees the end at the last close.
TEST_P(ForkedClient, BothSidesUseTheSocket) {
  const int listener = listening();
  const int out = connected();
  const int in = server().accept(listener);
  const pid_t child = ::fork();
  if (child == 0) {
    char octet = 0;
    const bool fine =
        client().send(out, "child", 5, MSG_NOSIGNAL) == 5 && client().recv(out, &octet, 1, 0) == 1;
    ::_exit(fine && client().close(out) == 0 ? 0 : 1);
  }
  char text[16] = {};
  EXPECT_EQ(server().recv(in, text, sizeof text, 0), 5);
  EXPECT_EQ(server().send(in, "x", 1, 0), 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(client().send(out, "parent", 6, MSG_NOSIGNAL), 6)
      << "the child's close was not the last";
  EXPECT_EQ(server().recv(in, text, sizeof text, 0), 6);
  client().close(out);
  EXPECT_EQ(server().recv(in, text, sizeof text, 0), 0);
  server().close(in);
  server().close(listener);
}

TEST_P(ForkedClient, ChildOpensSocketsOfItsOwn) {
  const int listener = listening();
  const int first = connected();  // the parent has an arena already
  const pid_t child = ::fork();
  if (child == 0) {
    const int own = connected();
    ::_exit(client().send(own, "mine", 4, MSG_NOSIGNAL) == 4 && client().close(own) == 0 ? 0 : 1);
  }
  server().close(server().accept(listener));
  const int in = server().accept(listener);
  EXPECT_EQ(receive_to_end(server(), in), (std::vector<char>{'m', 'i', 'n', 'e'}));
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  client().close(first);
  server().close(in);
  server().close(listener);
}

// Each of several processes that share a listener gets connections of its own.
TEST_P(ForkedClient, ProcessesShareAListener) {
  constexpr int kConnections = 20;
  // Here zsock is the server: the roles are the other way round.
  port_ = next_port++;
  const int listener = zs_socket(domain(), SOCK_STREAM, 0);
  const Name name = any_name(GetParam().family, port_);
  ASSERT_EQ(zs_bind(listener, name.get(), name.length()), 0);
  ASSERT_EQ(zs_listen(listener, kConnections), 0);
  std::vector<pid_t> workers;
  for (int i = 0; i < 2; ++i) {
    workers.push_back(::fork());
    if (workers.back() != 0) continue;
    for (;;) {
      const int in = zs_accept4(listener, nullptr, nullptr, 0);
      char octet = 0;
      if (in < 0 || zs_recv(in, &octet, 1, 0) != 1 || zs_send(in, &octet, 1, MSG_NOSIGNAL) != 1)
        ::_exit(1);
      zs_close(in);
    }
  }
  const Name to = zsock_name(GetParam().family, port_);
  for (int i = 0; i < kConnections; ++i) {
    const int out = ::socket(domain(), SOCK_STREAM, 0);
    ASSERT_EQ(::connect(out, to.get(), to.length()), 0) << strerror(errno);
    char octet = static_cast<char>('a' + i);
    EXPECT_EQ(::send(out, &octet, 1, 0), 1);
    char answer = 0;
    EXPECT_EQ(::recv(out, &answer, 1, 0), 1);
    EXPECT_EQ(answer, octet);
    ::close(out);
  }
  for (const pid_t worker : workers) {
    ::kill(worker, SIGKILL);
    ::waitpid(worker, nullptr, 0);
  }
  zs_close(listener);
}
INSTANTIATE_TEST_SUITE_P(OfZsock, ForkedClient,
                         ::testing::Values(Case{&kKernel, &kZsock, Family::v4},
                                           Case{&kKernel, &kZsock, Family::v6}),
                         case_name);

/// The daemon ends; runs last (the suites above share one daemon).
class DaemonEnds : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!Testbed::possible()) GTEST_SKIP() << "needs a network namespace: scripts/lib/in_namespace";
    testbed.reset();
    own_ = std::make_unique<Testbed>();
  }
  std::unique_ptr<Testbed> own_;
};

// Frames that a bad link has held back come when they are due, not with the next one.
TEST_F(DaemonEnds, DelayedFramesNeedNoOthers) {
  if (std::getenv("ZSOCK_TEST_DEVICE") != nullptr) GTEST_SKIP() << "on a TAP of its own";
  own_.reset();
  own_ = std::make_unique<Testbed>(std::vector<std::string>{"--set", "device=tap:zs0,delay=20ms"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(shell("ping -q -c1 -W1 192.0.2.1"), 0);
}

// Conformance F6, SHIM-3: an error within 100 ms, never a hang.
TEST_F(DaemonEnds, KilledDaemonFailsBlockedCallsAtOnce) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  const Name name = kernel_name(Family::v4, 7900);
  ASSERT_EQ(::bind(listener, name.get(), name.length()), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  const int out = zs_socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(zs_connect(out, name.get(), name.length()), 0) << strerror(errno);
  Clock::time_point killed;
  std::thread reaper([&] {
    std::this_thread::sleep_for(200ms);
    killed = Clock::now();
    own_->kill_daemon();
  });
  char octet = 0;
  EXPECT_EQ(zs_recv(out, &octet, 1, 0), -1);
  const Clock::time_point returned = Clock::now();
  EXPECT_EQ(errno, ECONNRESET);
  reaper.join();
  EXPECT_LT(returned - killed, 100ms);
  EXPECT_EQ(zs_send(out, "x", 1, MSG_NOSIGNAL), -1);
  zs_close(out);
  errno = 0;
  EXPECT_EQ(zs_socket(AF_INET, SOCK_STREAM, 0), -1);
  EXPECT_EQ(errno, ENETDOWN);
  ::close(listener);
}

// Conformance F7: SIGTERM ends the daemon in order; the peer sees an end, the exit status is 0.
TEST_F(DaemonEnds, TerminatedDaemonExitsInOrder) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  const Name name = kernel_name(Family::v4, 7901);
  ASSERT_EQ(::bind(listener, name.get(), name.length()), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  const int out = zs_socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(zs_connect(out, name.get(), name.length()), 0) << strerror(errno);
  const int in = ::accept(listener, nullptr, nullptr);
  EXPECT_EQ(own_->terminate_daemon(), 0);
  const timeval timeout{2, 0};
  ::setsockopt(in, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  char octet = 0;
  const ssize_t end = ::recv(in, &octet, 1, 0);
  EXPECT_TRUE(end == 0 || (end == -1 && errno == ECONNRESET)) << end << ' ' << strerror(errno);
  zs_close(out);
  ::close(in);
  ::close(listener);
}

}  // namespace
}  // namespace zsock::testing
