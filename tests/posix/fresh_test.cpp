/// \file
/// Fresh, bound and listening sockets (conformance 2.1).

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <initializer_list>
#include <thread>
#include <vector>

#include "tests/posix/support/deviations.h"
#include "tests/posix/support/sockets.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

TEST(Fresh, TcpSocket) {
  const Fd fd = tcp();
  EXPECT_EQ(events(fd), shown(kUnconnected));
  EXPECT_EQ(send_outcome(fd, "x", MSG_NOSIGNAL), "EPIPE");
  EXPECT_EQ(received(fd), "ENOTCONN");
  EXPECT_EQ(shutdown_outcome(fd, SHUT_RDWR), "ENOTCONN");
  EXPECT_EQ(peer_text(fd), "ENOTCONN");
  EXPECT_EQ(outcome(::accept4(fd, nullptr, nullptr, 0)), "EINVAL");
}

TEST(Fresh, UdpSocket) {
  const Fd fd = udp();
  EXPECT_EQ(events(fd), "OUT");
  EXPECT_EQ(send_outcome(fd, "x"), "EDESTADDRREQ");
  EXPECT_EQ(peer_text(fd), "ENOTCONN");
  EXPECT_EQ(received(fd), "EAGAIN");
}

TEST(Fresh, NamesBeforeBind) {
  EXPECT_EQ(local_text(tcp()), "0.0.0.0:0");
  EXPECT_EQ(local_text(tcp(AF_INET6)), "[::]:0");
  EXPECT_EQ(local_text(udp()), "0.0.0.0:0");
  EXPECT_EQ(local_text(udp(AF_INET6)), "[::]:0");
}

TEST(Fresh, ShutdownOfUnconnectedUdpTakesEffect) {
  const Fd fd = udp();
  EXPECT_EQ(shutdown_outcome(fd, SHUT_RDWR), "ENOTCONN");
  EXPECT_EQ(send_to_outcome(fd, "x", {"127.0.0.1", 9}), "EPIPE");
}

TEST(Fresh, BindTwice) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const Fd fd = bound(type, "127.0.0.1");
    EXPECT_EQ(bind_outcome(fd, {"127.0.0.1", 0}), "EINVAL");
  }
}

TEST(Fresh, BindAfterConnect) {
  const Pair pair = connected();
  EXPECT_EQ(bind_outcome(pair.client, {"127.0.0.1", 0}), "EINVAL");
  const Fd peer = bound(SOCK_DGRAM, "127.0.0.1");
  const Fd fd = udp();
  EXPECT_EQ(connect_outcome(fd, Name::local(peer)), "0");
  EXPECT_EQ(bind_outcome(fd, {"127.0.0.1", 0}), "EINVAL");
}

TEST(Fresh, ListenWhereItCannotBe) {
  const Pair pair = connected();
  EXPECT_EQ(outcome(::listen(pair.client, 1)), "EINVAL");
  const Unanswered scene = unanswered();
  EXPECT_EQ(outcome(::listen(scene.client, 1)), "EINVAL");
  EXPECT_EQ(outcome(::listen(udp(), 1)), "EOPNOTSUPP");
}

TEST(Fresh, BindToForeignAddress) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const Fd fd(::socket(AF_INET, type, 0));
    EXPECT_EQ(bind_outcome(fd, {"198.51.100.1", 0}), "EADDRNOTAVAIL");
    const Fd fd6(::socket(AF_INET6, type, 0));
    EXPECT_EQ(bind_outcome(fd6, {"2001:db8::99", 0}), "EADDRNOTAVAIL");
  }
}

TEST(Fresh, BindToGroupAndBroadcast) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    for (const char* address : {"224.0.0.251", "192.0.2.255", "255.255.255.255"}) {
      const Fd fd(::socket(AF_INET, type, 0));
      EXPECT_EQ(bind_outcome(fd, {address, 0}), "0") << address;
    }
  }
  const Fd listener = bound(SOCK_STREAM, "224.0.0.251");
  EXPECT_EQ(outcome(::listen(listener, 1)), "0");
}

TEST(Fresh, AddressOfWrongFormBind) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const Name v4("127.0.0.1", 0);
    const Name v6("::1", 0);
    const Fd fd(::socket(AF_INET, type, 0));
    EXPECT_EQ(outcome(::bind(fd, v4.get(), sizeof(sockaddr_in) - 1)), "EINVAL");
    EXPECT_EQ(bind_outcome(fd, v6), "EAFNOSUPPORT");
    EXPECT_EQ(bind_outcome(fd, Name(AF_UNIX)), "EAFNOSUPPORT");
    EXPECT_EQ(bind_outcome(fd, Name(AF_UNSPEC)), "0") << "the wildcard may be of no family";
    const Fd fd6(::socket(AF_INET6, type, 0));
    EXPECT_EQ(bind_outcome(fd6, v4), "EINVAL") << "too short";
    EXPECT_EQ(outcome(::bind(fd6, v4.get(), sizeof(sockaddr_in6))), "EAFNOSUPPORT");
    EXPECT_EQ(bind_outcome(fd6, v6), "0");
  }
}

TEST(Fresh, AddressOfWrongFormConnect) {
  const Name v4("127.0.0.1", 9);
  const Name v6("::1", 9);
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const Fd fd(::socket(AF_INET, type, 0));
    EXPECT_EQ(outcome(::connect(fd, v4.get(), sizeof(sockaddr_in) - 1)), "EINVAL");
    EXPECT_EQ(outcome(::connect(fd, v4.get(), 1)), "EINVAL");
    EXPECT_EQ(connect_outcome(fd, v6), "EAFNOSUPPORT");
    const Fd fd6(::socket(AF_INET6, type, 0));
    EXPECT_EQ(outcome(::connect(fd6, v6.get(), 20)), "EINVAL");
  }
}

TEST(Fresh, LinkLocalWithoutScope) {
  EXPECT_EQ(connect_outcome(tcp(AF_INET6), {"fe80::1", 9}), "EINVAL");
  EXPECT_EQ(connect_outcome(udp(AF_INET6), {"fe80::1", 9}), "EINVAL");
}

// --- Listening ---------------------------------------------------------------------------------

TEST(Fresh, ListeningSocket) {
  const Fd fd = listening();
  EXPECT_EQ(events(fd), "0");
  EXPECT_EQ(send_outcome(fd, "x", MSG_NOSIGNAL), "EPIPE");
  EXPECT_EQ(received(fd), "ENOTCONN");
  EXPECT_EQ(connect_outcome(fd, {"127.0.0.1", 9}), "EISCONN");
  EXPECT_EQ(peer_text(fd), "ENOTCONN");
  EXPECT_EQ(outcome(::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK)), "EAGAIN");
}

TEST(Fresh, ListenUnbound) {
  const Fd fd = tcp();
  EXPECT_EQ(outcome(::listen(fd, 1)), "0");
  EXPECT_NE(Name::local(fd).port(), 0);
}

TEST(Fresh, AcceptWithoutListening) {
  const Fd fd = bound(SOCK_STREAM, "127.0.0.1");
  EXPECT_EQ(outcome(::accept4(fd, nullptr, nullptr, 0)), "EINVAL");
  EXPECT_EQ(outcome(::accept4(udp(), nullptr, nullptr, 0)), "EOPNOTSUPP");
}

/// How many of the connects complete.
int complete(const Name& name, int attempts, std::vector<Fd>& clients) {
  for (int i = 0; i < attempts; ++i) {
    clients.push_back(tcp(name.domain()));
    EXPECT_EQ(connect_outcome(clients.back(), name), "EINPROGRESS");
    // One after the other, so that each finds the queue as it is.
    pollfd entry{.fd = clients.back(), .events = POLLOUT, .revents = 0};
    if (::poll(&entry, 1, 100) == 0) return i;
  }
  return attempts;
}

TEST(Fresh, BacklogIsOneMore) {
  for (const int backlog : {0, 1, 4}) {
    const Fd listener = listening("127.0.0.1", backlog);
    std::vector<Fd> clients;
    EXPECT_EQ(complete(Name::local(listener), backlog + 3, clients), backlog + 1);
    EXPECT_EQ(events(clients.back()), "0") << "the SYN was dropped in silence";
  }
}

TEST(Fresh, ListenAgainChangesTheBacklog) {
  const Fd listener = listening("127.0.0.1", 0);
  std::vector<Fd> clients;
  EXPECT_EQ(complete(Name::local(listener), 2, clients), 1);
  EXPECT_EQ(outcome(::listen(listener, 2)), "0");
  std::vector<Fd> more;
  EXPECT_GE(complete(Name::local(listener), 3, more), 1);
}

TEST(Fresh, ShutdownEndsListening) {
  for (const int how : {SHUT_RD, SHUT_RDWR}) {
    const Fd listener = listening();
    const Name name = Name::local(listener);
    EXPECT_EQ(shutdown_outcome(listener, how), "0");
    EXPECT_EQ(events_become(listener, shown(kUnconnected)), shown(kUnconnected));
    EXPECT_EQ(outcome(::accept4(listener, nullptr, nullptr, 0)), "EINVAL");
    Fd client(::socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_EQ(connect_outcome(client, name), "ECONNREFUSED");
  }
}

TEST(Fresh, ShutdownOfWritingLeavesListening) {
  const Fd listener = listening();
  EXPECT_EQ(shutdown_outcome(listener, SHUT_WR), "0");
  EXPECT_EQ(events(listener), "0");
  const Fd client(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(connect_outcome(client, Name::local(listener)), "0");
}

TEST(Fresh, ListenAfterShutdown) {
  const Fd listener = listening();
  EXPECT_EQ(shutdown_outcome(listener, SHUT_RDWR), "0");
  EXPECT_EQ(outcome(::listen(listener, 1)), "0");
  const Fd client(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(connect_outcome(client, Name::local(listener)), "0");
  EXPECT_GE(accepted(listener), 0);
}

// --- Accepting ---------------------------------------------------------------------------------

TEST(Fresh, AcceptWithoutADescriptorLeft) {
  const Fd listener = listening();
  const Fd client = tcp();
  EXPECT_EQ(connect_outcome(client, Name::local(listener)), "EINPROGRESS");
  ASSERT_TRUE(becomes(listener, POLLIN));
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{.rlim_cur = 3, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  const std::string result = outcome(::accept4(listener, nullptr, nullptr, 0));
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(result, "EMFILE");
  EXPECT_EQ(events(listener), "IN");
  EXPECT_GE(accepted(listener), 0);
}

TEST(Fresh, ResetBeforeAccept) {
  const Fd listener = listening();
  Fd client(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(connect_outcome(client, Name::local(listener)), "0");
  reset_connection(client);
  std::this_thread::sleep_for(kMoment);
  const Fd server = accepted(listener);
  EXPECT_EQ(events_become(server, "IN|OUT|ERR|HUP|RDHUP"), "IN|OUT|ERR|HUP|RDHUP");
  EXPECT_EQ(peer_text(server), "ENOTCONN");
  EXPECT_EQ(received(server), "ECONNRESET");
  EXPECT_EQ(received(server), "0");
}

TEST(Fresh, ListenerClosedWithChildrenWaiting) {
  Fd listener = listening();
  const Fd client(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(connect_outcome(client, Name::local(listener)), "0");
  ASSERT_TRUE(becomes(listener, POLLIN));
  listener.reset();
  set_blocking(client, false);
  EXPECT_EQ(received_in_time(client), "ECONNRESET");
}

TEST(Fresh, AcceptedSocketInherits) {
  const Fd listener = bound(SOCK_STREAM, "127.0.0.1");
  const linger lingering{.l_onoff = 1, .l_linger = 7};
  const timeval wait{.tv_sec = 3, .tv_usec = 0};
  for (const auto& [level, name, value] :
       std::initializer_list<std::array<int, 3>>{{IPPROTO_TCP, TCP_NODELAY, 1},
                                                 {SOL_SOCKET, SO_KEEPALIVE, 1},
                                                 {IPPROTO_TCP, TCP_KEEPIDLE, 11},
                                                 {IPPROTO_TCP, TCP_KEEPINTVL, 12},
                                                 {IPPROTO_TCP, TCP_KEEPCNT, 13},
                                                 {IPPROTO_TCP, TCP_USER_TIMEOUT, 14000},
                                                 {IPPROTO_IP, IP_TTL, 15},
                                                 {IPPROTO_IP, IP_TOS, 16},
                                                 {SOL_SOCKET, SO_RCVBUF, 20000},
                                                 {SOL_SOCKET, SO_SNDBUF, 21000},
                                                 {SOL_SOCKET, SO_RCVLOWAT, 5},
                                                 {SOL_SOCKET, SO_PRIORITY, 3}}) {
    EXPECT_EQ(set_option(listener, level, name, value), "0") << level << "/" << name;
  }
  EXPECT_EQ(outcome(::setsockopt(listener, SOL_SOCKET, SO_LINGER, &lingering, sizeof lingering)),
            "0");
  EXPECT_EQ(outcome(::setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait)), "0");
  EXPECT_EQ(outcome(::setsockopt(listener, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait)), "0");
  EXPECT_EQ(outcome(::setsockopt(listener, IPPROTO_TCP, TCP_CONGESTION, "reno", 4)), "0");
  ASSERT_EQ(outcome(::listen(listener, 4)), "0");
  const Fd client(::socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_EQ(connect_outcome(client, Name::local(listener)), "0");
  ASSERT_TRUE(becomes(listener, POLLIN));
  const Fd server(::accept4(listener, nullptr, nullptr, 0));

  EXPECT_EQ(option(server, IPPROTO_TCP, TCP_NODELAY), "1");
  EXPECT_EQ(option(server, SOL_SOCKET, SO_KEEPALIVE), "1");
  EXPECT_EQ(option(server, IPPROTO_TCP, TCP_KEEPIDLE), "11");
  EXPECT_EQ(option(server, IPPROTO_TCP, TCP_KEEPINTVL), "12");
  EXPECT_EQ(option(server, IPPROTO_TCP, TCP_KEEPCNT), "13");
  EXPECT_EQ(option(server, IPPROTO_TCP, TCP_USER_TIMEOUT), "14000");
  EXPECT_EQ(option(server, IPPROTO_IP, IP_TTL), "15");
  EXPECT_EQ(option(server, IPPROTO_IP, IP_TOS), "16");
  EXPECT_EQ(option(server, SOL_SOCKET, SO_RCVBUF), "40000");
  EXPECT_EQ(option(server, SOL_SOCKET, SO_SNDBUF), "42000");
  EXPECT_EQ(option(server, SOL_SOCKET, SO_RCVLOWAT), "5");
  EXPECT_EQ(option(server, SOL_SOCKET, SO_PRIORITY), "0");
  linger got{};
  socklen_t length = sizeof got;
  ::getsockopt(server, SOL_SOCKET, SO_LINGER, &got, &length);
  EXPECT_EQ(got.l_linger, 7);
  timeval limit{};
  length = sizeof limit;
  ::getsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit, &length);
  EXPECT_EQ(limit.tv_sec, 3);
  std::array<char, 16> control{};
  length = control.size();
  ::getsockopt(server, IPPROTO_TCP, TCP_CONGESTION, control.data(), &length);
  EXPECT_STREQ(control.data(), "reno");
  EXPECT_EQ(::fcntl(server, F_GETFL) & O_NONBLOCK, 0) << "the listener's is not inherited";
  EXPECT_EQ(::fcntl(server, F_GETFD), 0);
  // Reset, lest the close wait for what nobody reads.
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(server, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

TEST(Fresh, AcceptedSocketInheritsV6Only) {
  const Fd listener = tcp(AF_INET6);
  EXPECT_EQ(set_option(listener, IPPROTO_IPV6, IPV6_V6ONLY, 1), "0");
  ASSERT_EQ(bind_outcome(listener, {"::1", 0}), "0");
  ASSERT_EQ(outcome(::listen(listener, 4)), "0");
  const Fd client(::socket(AF_INET6, SOCK_STREAM, 0));
  ASSERT_EQ(connect_outcome(client, Name::local(listener)), "0");
  EXPECT_EQ(option(accepted(listener), IPPROTO_IPV6, IPV6_V6ONLY), "1");
}

TEST(Fresh, AcceptFlags) {
  const Fd listener = listening();
  const Fd client(::socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_EQ(connect_outcome(client, Name::local(listener)), "0");
  ASSERT_TRUE(becomes(listener, POLLIN));
  EXPECT_EQ(outcome(::accept4(listener, nullptr, nullptr, 1)), "EINVAL");
  const Fd server(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  EXPECT_NE(::fcntl(server, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(::fcntl(server, F_GETFD), FD_CLOEXEC);
}

TEST(Fresh, DualStackNames) {
  const Fd listener = tcp(AF_INET6);
  ASSERT_EQ(bind_outcome(listener, {"::", 0}), "0");
  ASSERT_EQ(outcome(::listen(listener, 4)), "0");
  const std::uint16_t port = Name::local(listener).port();
  const Fd client(::socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_EQ(connect_outcome(client, {"127.0.0.1", port}), "0");
  ASSERT_TRUE(becomes(listener, POLLIN));
  Name from(AF_UNSPEC);
  const Fd server(::accept4(listener, from.put(), from.put_length(), 0));
  const std::string client_port = std::to_string(Name::local(client).port());
  EXPECT_EQ(from.text(), "[::ffff:127.0.0.1]:" + client_port);
  EXPECT_EQ(peer_text(server), "[::ffff:127.0.0.1]:" + client_port);
  EXPECT_EQ(local_text(server), "[::ffff:127.0.0.1]:" + std::to_string(port));
}

TEST(Fresh, DeferAccept) {
  const Fd listener = bound(SOCK_STREAM, "127.0.0.1");
  EXPECT_EQ(set_option(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 5), "0");
  ASSERT_EQ(outcome(::listen(listener, 4)), "0");
  const Fd client(::socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_EQ(connect_outcome(client, Name::local(listener)), "0");
  std::this_thread::sleep_for(kMoment);
  EXPECT_EQ(events(listener), "0");
  EXPECT_EQ(send_outcome(client, "abc"), "3");
  EXPECT_EQ(received_in_time(accepted(listener)), "\"abc\"");
}

}  // namespace
}  // namespace zsock::posix
