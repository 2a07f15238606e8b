#include "libzsock/connection.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <vector>

#include "tests/libzsock/library_test_base.h"

namespace zsock::test {
namespace {

using namespace ipc::status_flag;
using Connect = LibraryTest;
using Accept = LibraryTest;

TEST_F(Connect, NonBlockingTellsSuccessOnceThenIsConnected) {
  const Joined joined = open(SOCK_STREAM | SOCK_NONBLOCK);
  EXPECT_ERRNO(connect_to(joined.fd), EINPROGRESS);
  EXPECT_EQ(events(joined.fd), 0);
  EXPECT_EQ(pending_error(joined.fd), 0);
  EXPECT_ERRNO(connect_to(joined.fd), EALREADY);
  EXPECT_ERRNO(send(joined.fd, "x"), EAGAIN);
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), EAGAIN);
  joined.peer->establish();
  EXPECT_EQ(events(joined.fd), POLLOUT);
  EXPECT_EQ(pending_error(joined.fd), 0);
  EXPECT_EQ(connect_to(joined.fd), 0);
  EXPECT_ERRNO(connect_to(joined.fd), EISCONN);
  EXPECT_EQ(daemon.count(ipc::Op::connect), 1U);
}

TEST_F(Connect, SendsTheAddress) {
  const Joined joined = open(SOCK_STREAM | SOCK_NONBLOCK, AF_INET6);
  sockaddr_in6 address = ipv6("2001:db8::9", 4321);
  address.sin6_scope_id = 3;
  EXPECT_ERRNO(zs_connect(joined.fd, generic(address), sizeof(address)), EINPROGRESS);
  const ipc::Request request = daemon.last(ipc::Op::connect);
  EXPECT_EQ(request.address.family, 6);
  EXPECT_EQ(request.address.port, 4321);
  EXPECT_EQ(request.address.scope, 3U);
  EXPECT_EQ(std::memcmp(request.address.octets.data(), &address.sin6_addr, 16), 0);
}

TEST_F(Connect, BlockingWaitsForTheHandshake) {
  const Joined joined = open(SOCK_STREAM);
  std::jthread network([&] {
    eventually([&] { return (joined.peer->flags() & kConnecting) != 0; });
    joined.peer->establish();
  });
  EXPECT_EQ(connect_to(joined.fd), 0);
  EXPECT_ERRNO(connect_to(joined.fd), EISCONN);
}

TEST_F(Connect, BlockingTellsRefusalAndMayTryAgain) {
  const Joined joined = open(SOCK_STREAM);
  for (int i = 0; i < 2; ++i) {
    std::jthread network([&] {
      eventually([&] { return (joined.peer->flags() & kConnecting) != 0; });
      joined.peer->refuse(ECONNREFUSED);
    });
    EXPECT_ERRNO(connect_to(joined.fd), ECONNREFUSED);
  }
  EXPECT_EQ(daemon.count(ipc::Op::connect), 2U);
}

TEST_F(Connect, RefusalShowsInPollAndIsToldOnce) {
  const Joined joined = open(SOCK_STREAM | SOCK_NONBLOCK);
  EXPECT_ERRNO(connect_to(joined.fd), EINPROGRESS);
  joined.peer->refuse(ECONNREFUSED);
  EXPECT_EQ(events(joined.fd), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
  EXPECT_ERRNO(connect_to(joined.fd), ECONNREFUSED);
  EXPECT_ERRNO(connect_to(joined.fd), EINPROGRESS);
}

// zsockd dies: the socket's own end may tell it before anything else does.
TEST_F(Connect, EndOfTheDescriptorIsNoSuccess) {
  const Joined joined = open(SOCK_STREAM | SOCK_NONBLOCK);
  EXPECT_ERRNO(connect_to(joined.fd), EINPROGRESS);
  EXPECT_TRUE(eventually([&] { return joined.peer->flags() != 0; }));
  EXPECT_EQ(pending_error(joined.fd), 0);
  joined.peer->vanish();
  EXPECT_EQ(pending_error(joined.fd), ECONNRESET);
}

TEST_F(Connect, AfterSoErrorTookTheRefusalComesAborted) {
  const Joined joined = open(SOCK_STREAM | SOCK_NONBLOCK);
  EXPECT_ERRNO(connect_to(joined.fd), EINPROGRESS);
  joined.peer->refuse(ECONNREFUSED);
  EXPECT_EQ(pending_error(joined.fd), ECONNREFUSED);
  EXPECT_ERRNO(connect_to(joined.fd), ECONNABORTED);
  EXPECT_ERRNO(connect_to(joined.fd), EINPROGRESS);
}

TEST_F(Connect, ReadAndWriteTellTheRefusalToo) {
  std::array<char, 4> buffer{};
  const Joined first = open(SOCK_STREAM | SOCK_NONBLOCK);
  EXPECT_ERRNO(connect_to(first.fd), EINPROGRESS);
  first.peer->refuse(ECONNREFUSED);
  EXPECT_ERRNO(zs_recv(first.fd, buffer.data(), 4, 0), ECONNREFUSED);
  EXPECT_EQ(zs_recv(first.fd, buffer.data(), 4, 0), 0);
  const Joined second = open(SOCK_STREAM | SOCK_NONBLOCK);
  EXPECT_ERRNO(connect_to(second.fd), EINPROGRESS);
  second.peer->refuse(EHOSTUNREACH);
  EXPECT_ERRNO(send(second.fd, "x"), EHOSTUNREACH);
  EXPECT_ERRNO(send(second.fd, "x"), EPIPE);
}

TEST_F(Connect, TimeLimitEndsTheWaitNotTheHandshake) {
  const Joined joined = open(SOCK_STREAM);
  limit_time(joined.fd, SO_SNDTIMEO, 20);
  EXPECT_ERRNO(connect_to(joined.fd), EINPROGRESS);
  EXPECT_ERRNO(connect_to(joined.fd), EALREADY);
  joined.peer->establish();
  EXPECT_EQ(connect_to(joined.fd), 0);
}

TEST_F(Connect, ImmediateRefusalsPassThrough) {
  const Joined joined = open(SOCK_STREAM);
  for (const int error : {ENETUNREACH, EADDRNOTAVAIL, EACCES, EADDRINUSE, EINVAL}) {
    daemon.answer_with([error](const ipc::Request&) { return error; });
    EXPECT_ERRNO(connect_to(joined.fd), error);
    joined.peer->take_plug();
  }
}

// No session is needed while the connection is waited for; only the end of zsockd ends the wait.
TEST_F(Connect, TheEndOfZsockdEndsTheWait) {
  const Joined joined = open(SOCK_STREAM);
  std::jthread network([&] {
    eventually([&] { return (joined.peer->flags() & kConnecting) != 0; });
    daemon.vanish();
  });
  EXPECT_ERRNO(connect_to(joined.fd), ECONNRESET);
}

TEST_F(Connect, OfTwoThreadsOneConnects) {
  const Joined joined = open(SOCK_STREAM);
  std::array<int, 2> results{-1, -1};
  {
    std::jthread network([&] {
      eventually([&] { return (joined.peer->flags() & kConnecting) != 0; });
      joined.peer->establish();
    });
    std::jthread other([&] { results[0] = connect_to(joined.fd); });
    results[1] = connect_to(joined.fd);
  }
  EXPECT_TRUE(results[0] == 0 || results[1] == 0);
  EXPECT_EQ(daemon.count(ipc::Op::connect), 1U);
}

TEST_F(Connect, ChecksTheAddress) {
  const Joined joined = open(SOCK_STREAM);
  sockaddr_in address = ipv4("192.0.2.9", 7);
  EXPECT_ERRNO(zs_connect(joined.fd, nullptr, 16), EFAULT);
  EXPECT_ERRNO(zs_connect(joined.fd, generic(address), 1), EINVAL);
  EXPECT_ERRNO(zs_connect(joined.fd, generic(address), 8), EINVAL);
  sockaddr_in6 address6 = ipv6("2001:db8::1", 7);
  EXPECT_ERRNO(zs_connect(joined.fd, generic(address6), sizeof(address6)), EAFNOSUPPORT);
  const Joined joined6 = open(SOCK_STREAM, AF_INET6);
  sockaddr_in6 wide{};
  std::memcpy(static_cast<void*>(&wide), &address, sizeof(address));
  EXPECT_ERRNO(zs_connect(joined6.fd, generic(wide), sizeof(wide)), EAFNOSUPPORT);
  EXPECT_EQ(daemon.count(ipc::Op::connect), 0U);
}

TEST_F(Connect, UnspecifiedFamilyDisconnects) {
  const Joined joined = connected();
  sockaddr_in address{};
  EXPECT_EQ(zs_connect(joined.fd, generic(address), sizeof(address)), 0);
  EXPECT_EQ(daemon.count(ipc::Op::disconnect), 1U);
  set_blocking(joined.fd);
  EXPECT_EQ(zs_fcntl(joined.fd, F_SETFL, O_NONBLOCK), 0);
  EXPECT_ERRNO(connect_to(joined.fd), EINPROGRESS);
}

TEST_F(Accept, GivesTheConnectionItsAddressAndItsData) {
  const Joined listener = listening();
  FakeSocket& peer = daemon.offer_connection(*listener.peer);
  peer.deliver("early");
  EXPECT_EQ(events(listener.fd, POLLIN), POLLIN);
  sockaddr_in from{};
  socklen_t length = sizeof(from);
  const int fd = zs_accept4(listener.fd, generic(from), &length, SOCK_CLOEXEC);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(length, sizeof(from));
  EXPECT_EQ(ntohs(from.sin_port), 4711);
  EXPECT_EQ(ntohl(from.sin_addr.s_addr), 0xc0000202U);
  EXPECT_EQ(zs_fcntl(fd, F_GETFD, 0), FD_CLOEXEC);
  EXPECT_EQ(zs_fcntl(fd, F_GETFL, 0) & O_NONBLOCK, 0);
  EXPECT_EQ(receive(fd), "early");
  EXPECT_EQ(send(fd, "reply"), 5);
  EXPECT_EQ(peer.collect(), "reply");
  EXPECT_ERRNO(connect_to(fd), EISCONN);
}

TEST_F(Accept, DoesNotInheritTheListenersFlags) {
  const Joined listener = listening(SOCK_NONBLOCK | SOCK_CLOEXEC);
  EXPECT_ERRNO(zs_accept4(listener.fd, nullptr, nullptr, 0), EAGAIN);
  daemon.offer_connection(*listener.peer);
  const int plain = zs_accept4(listener.fd, nullptr, nullptr, 0);
  EXPECT_EQ(zs_fcntl(plain, F_GETFD, 0), 0);
  EXPECT_EQ(zs_fcntl(plain, F_GETFL, 0) & O_NONBLOCK, 0);
  daemon.offer_connection(*listener.peer);
  const int marked = zs_accept4(listener.fd, nullptr, nullptr, SOCK_NONBLOCK);
  EXPECT_EQ(zs_fcntl(marked, F_GETFL, 0) & O_NONBLOCK, O_NONBLOCK);
}

TEST_F(Accept, InheritsTimeLimits) {
  const Joined listener = listening();
  limit_time(listener.fd, SO_RCVTIMEO, 20);
  daemon.offer_connection(*listener.peer);
  const int fd = zs_accept4(listener.fd, nullptr, nullptr, 0);
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(fd, buffer.data(), 4, 0), EAGAIN);
  EXPECT_ERRNO(zs_accept4(listener.fd, nullptr, nullptr, 0), EAGAIN);
}

TEST_F(Accept, RefusesWhatDoesNotListen) {
  const Joined stream = open(SOCK_STREAM);
  EXPECT_ERRNO(zs_accept4(stream.fd, nullptr, nullptr, 0), EINVAL);
  const Joined datagram = open(SOCK_DGRAM);
  EXPECT_ERRNO(zs_accept4(datagram.fd, nullptr, nullptr, 0), EOPNOTSUPP);
  const Joined listener = listening();
  EXPECT_ERRNO(zs_accept4(listener.fd, nullptr, nullptr, 4711), EINVAL);
}

TEST_F(Accept, ShutdownWakesWithEinval) {
  const Joined listener = listening();
  std::jthread other([&] {
    listener.peer->set_flags(0, kListening);
    listener.peer->finish();
  });
  EXPECT_ERRNO(zs_accept4(listener.fd, nullptr, nullptr, 0), EINVAL);
}

TEST_F(Accept, NoDescriptorLeftKeepsTheConnectionQueued) {
  const Joined listener = listening();
  daemon.offer_connection(*listener.peer);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = ::dup(0);
  ::close(next);
  const rlimit none{.rlim_cur = static_cast<rlim_t>(next), .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_ERRNO(zs_accept4(listener.fd, nullptr, nullptr, 0), EMFILE);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_GE(zs_accept4(listener.fd, nullptr, nullptr, 0), 0);
}

TEST_F(Accept, ResetBeforeAcceptSucceedsAndThenTells) {
  const Joined listener = listening();
  FakeSocket& peer = daemon.offer_connection(*listener.peer);
  peer.reset(ECONNRESET);
  const int fd = zs_accept4(listener.fd, nullptr, nullptr, 0);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(events(fd), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(fd, buffer.data(), 4, 0), ECONNRESET);
}

TEST_F(Accept, TornMessageIsAnAbortedConnection) {
  const Joined listener = listening();
  daemon.offer_connection(*listener.peer);
  std::array<char, 10> stolen{};
  ASSERT_EQ(::read(listener.fd, stolen.data(), stolen.size()), 10);
  EXPECT_ERRNO(zs_accept4(listener.fd, nullptr, nullptr, 0), ECONNABORTED);
}

// docs/decisions/0001: whole messages, one to each of the processes that share a listener.
TEST_F(Accept, ConcurrentProcessesTakeOneConnectionEach) {
  constexpr int kWorkers = 4;
  constexpr std::uint32_t kConnections = 60;
  const Joined listener = listening();
  std::array<int, 2> report{};
  ASSERT_EQ(::pipe(report.data()), 0);
  std::vector<pid_t> workers;
  for (int i = 0; i < kWorkers; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      for (;;) {
        const int fd = zs_accept4(listener.fd, nullptr, nullptr, 0);
        std::uint32_t slot = 0;
        // Each connection was given its own slot number as data.
        if (fd < 0 || zs_recv(fd, &slot, sizeof(slot), MSG_WAITALL) != sizeof(slot)) ::_exit(0);
        if (::write(report[1], &slot, sizeof(slot)) < 0) ::_exit(1);
      }
    }
    workers.push_back(pid);
  }
  std::vector<std::uint32_t> expected;
  for (std::uint32_t i = 0; i < kConnections; ++i) {
    FakeSocket& peer = daemon.offer_connection(*listener.peer);
    const std::uint32_t slot = peer.slot();
    std::string octets(sizeof(slot), '\0');
    std::memcpy(octets.data(), &slot, sizeof(slot));
    peer.deliver(octets);
    expected.push_back(slot);
  }
  std::vector<std::uint32_t> taken(kConnections);
  for (std::uint32_t& slot : taken) {
    ASSERT_EQ(::read(report[0], &slot, sizeof(slot)), static_cast<ssize_t>(sizeof(slot)));
  }
  std::ranges::sort(taken);
  EXPECT_EQ(taken, expected);
  listener.peer->set_flags(0, kListening);
  listener.peer->finish();
  for (const pid_t pid : workers) ::waitpid(pid, nullptr, 0);
}

}  // namespace
}  // namespace zsock::test
