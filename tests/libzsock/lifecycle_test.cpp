#include "libzsock/lifecycle.h"

#include <sys/eventfd.h>

#include <array>

#include "libzsock/socket.h"
#include "tests/libzsock/library_test_base.h"

namespace zsock::test {
namespace {

using namespace ipc::status_flag;
using Open = LibraryTest;
using Names = LibraryTest;
using Close = LibraryTest;
using Copies = LibraryTest;

// req: RAW-1
TEST_F(Open, NothingRaw) {
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), EPERM);
  EXPECT_ERRNO(zs_socket(AF_INET6, SOCK_RAW, IPPROTO_RAW), EPERM);
  EXPECT_ERRNO(zs_socket(AF_PACKET, SOCK_RAW, 0), EPERM);
  EXPECT_ERRNO(zs_socket(AF_PACKET, SOCK_DGRAM, 0), EPERM);
  EXPECT_EQ(daemon.count(ipc::Op::socket), 0U);
}

// req: PING-1
TEST_F(Open, PingSocketsNameTheirFamilysProtocol) {
  const int v4 = zs_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
  const int v6 = zs_socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
  ASSERT_GE(v4, 0);
  ASSERT_GE(v6, 0);
  EXPECT_EQ(daemon.last(ipc::Op::socket).b, ipc::kPingSocket);
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMPV6), EPROTONOSUPPORT);
  EXPECT_ERRNO(zs_socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMP), EPROTONOSUPPORT);
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_STREAM, IPPROTO_ICMP), EPROTONOSUPPORT);
  const auto protocol = [](int fd) {
    int value = 0;
    socklen_t length = sizeof(value);
    return zs_getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &length) == 0 ? value : -1;
  };
  EXPECT_EQ(protocol(v4), IPPROTO_ICMP);
  EXPECT_EQ(protocol(v6), IPPROTO_ICMPV6);
  EXPECT_EQ(zs_close(v4), 0);
  EXPECT_EQ(zs_close(v6), 0);
}

TEST_F(Open, ChecksFamilyTypeAndProtocol) {
  EXPECT_ERRNO(zs_socket(AF_UNIX, SOCK_STREAM, 0), EAFNOSUPPORT);
  EXPECT_ERRNO(zs_socket(-1, SOCK_STREAM, 0), EAFNOSUPPORT);
  EXPECT_ERRNO(zs_socket(AF_INET, 77, 0), EINVAL);
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_RAW, 1), EPERM);
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_RDM, 0), ESOCKTNOSUPPORT);
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT);
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_STREAM, 262), EPROTONOSUPPORT);
  EXPECT_ERRNO(zs_socket(AF_INET6, SOCK_DGRAM, IPPROTO_TCP), EPROTONOSUPPORT);
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_STREAM, 4711), EINVAL);
  EXPECT_EQ(daemon.count(ipc::Op::socket), 0U);
}

TEST_F(Open, AsksForFamilyAndTypeAndSetsTheFlags) {
  const int fd = zs_socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
  ASSERT_GE(fd, 0);
  const ipc::Request request = daemon.last(ipc::Op::socket);
  EXPECT_EQ(request.a, 6);
  EXPECT_EQ(request.b, SOCK_DGRAM);
  EXPECT_EQ(zs_fcntl(fd, F_GETFD, 0), FD_CLOEXEC);
  EXPECT_EQ(zs_fcntl(fd, F_GETFL, 0) & O_NONBLOCK, O_NONBLOCK);
  const int plain = zs_socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(zs_fcntl(plain, F_GETFD, 0), 0);
  EXPECT_EQ(zs_fcntl(plain, F_GETFL, 0) & O_NONBLOCK, 0);
}

TEST_F(Names, BindChecksAndSendsTheAddress) {
  const Joined joined = open(SOCK_STREAM);
  sockaddr_in address = ipv4("192.0.2.1", 80);
  sockaddr_in6 address6 = ipv6("2001:db8::1", 80);
  EXPECT_ERRNO(zs_bind(joined.fd, nullptr, 16), EFAULT);
  EXPECT_ERRNO(zs_bind(joined.fd, generic(address), 4), EINVAL);
  EXPECT_ERRNO(zs_bind(joined.fd, generic(address6), sizeof(address6)), EAFNOSUPPORT);
  EXPECT_EQ(zs_bind(joined.fd, generic(address), sizeof(address)), 0);
  EXPECT_EQ(daemon.last(ipc::Op::bind).address.port, 80);
  sockaddr_in any{};
  EXPECT_EQ(zs_bind(joined.fd, generic(any), sizeof(any)), 0);  // AF_UNSPEC, wildcard
  for (const int error : {EADDRINUSE, EADDRNOTAVAIL, EACCES, EINVAL}) {
    daemon.answer_with([error](const ipc::Request&) { return error; });
    EXPECT_ERRNO(zs_bind(joined.fd, generic(address), sizeof(address)), error);
  }
}

TEST_F(Names, AreCutToTheCallersRoom) {
  const Joined joined = open(SOCK_STREAM);
  sockaddr_in address = ipv4("192.0.2.1", 80);
  EXPECT_EQ(zs_bind(joined.fd, generic(address), sizeof(address)), 0);
  sockaddr_in name{};
  socklen_t length = 4;
  EXPECT_EQ(zs_getsockname(joined.fd, generic(name), &length), 0);
  EXPECT_EQ(length, sizeof(name));
  EXPECT_EQ(ntohs(name.sin_port), 80);
  EXPECT_EQ(name.sin_addr.s_addr, 0U);
  EXPECT_EQ(zs_getsockname(joined.fd, generic(name), &length), 0);
  EXPECT_EQ(name.sin_addr.s_addr, address.sin_addr.s_addr);
  length = static_cast<socklen_t>(-1);
  EXPECT_ERRNO(zs_getsockname(joined.fd, generic(name), &length), EINVAL);
  EXPECT_ERRNO(zs_getsockname(joined.fd, nullptr, &length), EFAULT);
  EXPECT_ERRNO(zs_getpeername(joined.fd, generic(name), nullptr), EFAULT);
}

TEST_F(Names, UnboundIsTheWildcardAndUnconnectedHasNoPeer) {
  const Joined joined = open(SOCK_STREAM, AF_INET6);
  sockaddr_in6 name = ipv6("2001:db8::1", 1);
  socklen_t length = sizeof(name);
  EXPECT_EQ(zs_getsockname(joined.fd, generic(name), &length), 0);
  EXPECT_EQ(name.sin6_family, AF_INET6);
  EXPECT_EQ(name.sin6_port, 0);
  EXPECT_TRUE(IN6_IS_ADDR_UNSPECIFIED(&name.sin6_addr));
  EXPECT_ERRNO(zs_getpeername(joined.fd, generic(name), &length), ENOTCONN);
}

TEST_F(Names, ListenAndShutdownPassThrough) {
  const Joined datagram = open(SOCK_DGRAM);
  EXPECT_ERRNO(zs_listen(datagram.fd, 1), EOPNOTSUPP);
  const Joined joined = open(SOCK_STREAM);
  EXPECT_EQ(zs_listen(joined.fd, 17), 0);
  EXPECT_EQ(daemon.last(ipc::Op::listen).a, 17);
  EXPECT_ERRNO(zs_shutdown(joined.fd, 3), EINVAL);
  daemon.answer_with([](const ipc::Request&) { return ENOTCONN; });
  EXPECT_ERRNO(zs_shutdown(joined.fd, SHUT_RDWR), ENOTCONN);
  EXPECT_EQ(daemon.last(ipc::Op::shutdown).a, SHUT_RDWR);
  daemon.answer_with([](const ipc::Request&) { return EADDRINUSE; });
  EXPECT_ERRNO(zs_listen(joined.fd, 17), EADDRINUSE);
}

TEST_F(Close, HangsUpAndForgets) {
  const Joined joined = connected();
  EXPECT_EQ(zs_is_socket(joined.fd), 1);
  EXPECT_EQ(zs_close(joined.fd), 0);
  EXPECT_TRUE(joined.peer->hung_up());
  EXPECT_EQ(zs_is_socket(joined.fd), 0);
  EXPECT_ERRNO(zs_close(joined.fd), EBADF);
  EXPECT_ERRNO(send(joined.fd, "x"), EBADF);
  EXPECT_EQ(daemon.count(ipc::Op::release), 0U);
}

TEST_F(Close, ReleasesADetachedSocket) {
  const Joined joined = connected();
  joined.peer->detach();
  EXPECT_EQ(zs_close(joined.fd), 0);
  EXPECT_EQ(daemon.count(ipc::Op::release), 1U);
  EXPECT_EQ(daemon.last(ipc::Op::release).slot, joined.peer->slot());
  EXPECT_EQ(daemon.last(ipc::Op::release).generation, joined.peer->generation());
}

TEST_F(Close, OtherDescriptorsAreRefusedOrClosed) {
  open(SOCK_STREAM);
  const int other = ::eventfd(0, 0);
  EXPECT_EQ(zs_is_socket(other), 0);
  EXPECT_ERRNO(zs_send(other, "x", 1, 0), ENOTSOCK);
  const int foreign = ::socket(AF_UNIX, SOCK_STREAM, 0);
  EXPECT_ERRNO(zs_send(foreign, "x", 1, 0), ENOTSOCK);
  EXPECT_EQ(zs_close(foreign), 0);
  EXPECT_EQ(zs_close(other), 0);
  EXPECT_ERRNO(zs_send(other, "x", 1, 0), EBADF);
  EXPECT_ERRNO(zs_recv(-1, nullptr, 0, 0), EBADF);
  EXPECT_ERRNO(zs_recv(1 << 28, nullptr, 0, 0), EBADF);
}

TEST_F(Close, LingerWaitsForTheAcknowledgement) {
  const Joined joined = connected();
  const linger setting{.l_onoff = 1, .l_linger = 60};
  EXPECT_EQ(zs_setsockopt(joined.fd, SOL_SOCKET, SO_LINGER, &setting, sizeof(setting)), 0);
  EXPECT_EQ(send(joined.fd, "unsent"), 6);
  std::string collected;
  std::jthread network([&] { collected = joined.peer->collect(); });
  EXPECT_EQ(zs_close(joined.fd), 0);
  network.join();
  EXPECT_EQ(collected, "unsent");
}

TEST_F(Close, LingerEndsWithItsTime) {
  const Joined joined = connected();
  const linger setting{.l_onoff = 1, .l_linger = 1};
  EXPECT_EQ(zs_setsockopt(joined.fd, SOL_SOCKET, SO_LINGER, &setting, sizeof(setting)), 0);
  EXPECT_EQ(send(joined.fd, "unsent"), 6);
  const auto start = Clock::now();
  EXPECT_EQ(zs_close(joined.fd), 0);
  EXPECT_GE(Clock::now() - start, std::chrono::milliseconds(990));
}

TEST_F(Copies, ByFcntlAreSockets) {
  const Joined joined = connected();
  const int copy = zs_fcntl(joined.fd, F_DUPFD_CLOEXEC, 200);
  EXPECT_GE(copy, 200);
  EXPECT_EQ(zs_close(joined.fd), 0);
  EXPECT_FALSE(joined.peer->hung_up());
  EXPECT_EQ(send(copy, "copy"), 4);
  EXPECT_EQ(joined.peer->collect(), "copy");
  EXPECT_EQ(zs_close(copy), 0);
  EXPECT_TRUE(joined.peer->hung_up());
  EXPECT_ERRNO(zs_fcntl(copy, F_DUPFD, 0), EBADF);
}

TEST_F(Copies, ByDupAreFound) {
  const Joined joined = connected();
  const int copy = ::dup(joined.fd);
  EXPECT_EQ(zs_is_socket(copy), 1);
  EXPECT_EQ(send(copy, "copy"), 4);
  EXPECT_EQ(joined.peer->collect(), "copy");
}

TEST_F(Copies, DetachedSocketIsReleasedWithTheLast) {
  const Joined joined = connected();
  const int copy = zs_fcntl(joined.fd, F_DUPFD, 0);
  joined.peer->deliver("rest");
  joined.peer->detach();
  EXPECT_EQ(zs_close(joined.fd), 0);
  EXPECT_EQ(daemon.count(ipc::Op::release), 0U);
  EXPECT_EQ(receive(copy), "rest");
  EXPECT_EQ(zs_close(copy), 0);
  EXPECT_EQ(daemon.count(ipc::Op::release), 1U);
}

}  // namespace
}  // namespace zsock::test
