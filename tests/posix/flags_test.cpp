/// \file
/// Flags of the calls that move data (conformance 2.5).

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/posix/support/deviations.h"
#include "tests/posix/support/sockets.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST(Flags, Peek) {
  const Pair pair = connected();
  EXPECT_EQ(send_outcome(pair.server, "abc"), "3");
  EXPECT_EQ(received_in_time(pair.client, MSG_PEEK), "\"abc\"");
  EXPECT_EQ(received(pair.client, MSG_PEEK, 2), "\"ab\"");
  EXPECT_EQ(received(pair.client), "\"abc\"");
  EXPECT_EQ(received(pair.client, MSG_PEEK), "EAGAIN");
}

TEST(Flags, TruncOfTcpDiscards) {
  const Pair pair = connected();
  EXPECT_EQ(send_outcome(pair.server, "abcdef"), "6");
  ASSERT_TRUE(becomes(pair.client, POLLIN));
  EXPECT_EQ(outcome(::recv(pair.client, nullptr, 4, MSG_TRUNC)), "4");
  EXPECT_EQ(received(pair.client), "\"ef\"");
}

TEST(Flags, TruncOfUdpTellsTheLength) {
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  const Fd from = udp();
  std::string octets(2, ' ');
  for (const int flags : {0, int{MSG_TRUNC}}) {
    EXPECT_EQ(send_to_outcome(from, "abcdef", Name::local(to)), "6");
    ASSERT_TRUE(becomes(to, POLLIN));
    iovec piece{octets.data(), octets.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    EXPECT_EQ(outcome(::recvmsg(to, &message, flags)), flags == 0 ? "2" : "6");
    EXPECT_EQ(message.msg_flags & MSG_TRUNC, MSG_TRUNC);
    EXPECT_EQ(octets, "ab");
    EXPECT_EQ(received(to), "EAGAIN") << "the rest is gone";
  }
}

TEST(Flags, WaitAll) {
  const Pair pair = connected();
  set_blocking(pair.client, true);
  std::thread sender([&] {
    for (const char* part : {"ab", "cd", "ef"}) {
      send_outcome(pair.server, part);
      std::this_thread::sleep_for(10ms);
    }
    shutdown_outcome(pair.server, SHUT_WR);
  });
  EXPECT_EQ(received(pair.client, MSG_WAITALL, 4), "\"abcd\"");
  EXPECT_EQ(received(pair.client, MSG_WAITALL, 100), "\"ef\"") << "the end cuts it short";
  sender.join();
}

TEST(Flags, WaitAllAndTimeLimit) {
  const Pair pair = connected();
  set_blocking(pair.client, true);
  const timeval limit{.tv_sec = 0, .tv_usec = 50'000};
  ::setsockopt(pair.client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  EXPECT_EQ(send_outcome(pair.server, "ab"), "2");
  EXPECT_EQ(received(pair.client, MSG_WAITALL, 4), "\"ab\"");
  EXPECT_EQ(received(pair.client, MSG_WAITALL, 4), "EAGAIN");
}

TEST(Flags, WaitAllIsNothingToUdp) {
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  set_blocking(to, true);
  EXPECT_EQ(send_to_outcome(udp(), "ab", Name::local(to)), "2");
  EXPECT_EQ(received(to, MSG_WAITALL, 10), "\"ab\"");
}

TEST(Flags, DontWaitAndNoRoom) {
  const Pair pair = connected();
  set_blocking(pair.client, true);
  EXPECT_EQ(received(pair.client, MSG_DONTWAIT), "EAGAIN");
  EXPECT_EQ(send_outcome(pair.server, "x"), "1");
  ASSERT_TRUE(becomes(pair.client, POLLIN));
  EXPECT_EQ(received(pair.client, 0, 0), "0");
  EXPECT_EQ(received(pair.client), "\"x\"");
}

TEST(Flags, MoreHoldsAPartOfASegment) {
  const Pair pair = connected();
  EXPECT_EQ(send_outcome(pair.client, "abc", MSG_MORE), "3");
  std::this_thread::sleep_for(kMoment);
  EXPECT_EQ(received(pair.server), "EAGAIN");
  EXPECT_EQ(send_outcome(pair.client, "def"), "3");
  EXPECT_EQ(received_in_time(pair.server), "\"abcdef\"");
}

TEST(Flags, MoreIsHeldForAShortTimeOnly) {
  const Pair pair = connected();
  const auto start = Clock::now();
  EXPECT_EQ(send_outcome(pair.client, "abc", MSG_MORE), "3");
  EXPECT_EQ(received_in_time(pair.server), "\"abc\"");
  EXPECT_GE(Clock::now() - start, 150ms);
  EXPECT_LE(Clock::now() - start, 5s);
}

TEST(Flags, MoreJoinsDatagrams) {
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  const Fd from = udp();
  ASSERT_EQ(connect_outcome(from, Name::local(to)), "0");
  EXPECT_EQ(send_outcome(from, "abc", MSG_MORE), "3");
  EXPECT_EQ(send_outcome(from, "def", MSG_MORE), "3");
  EXPECT_EQ(send_outcome(from, "ghi"), "3");
  EXPECT_EQ(received_in_time(to), "\"abcdefghi\"");
  EXPECT_EQ(received(to), "EAGAIN");
}

TEST(Flags, Cork) {
  const Pair pair = connected();
  EXPECT_EQ(set_option(pair.client, IPPROTO_TCP, TCP_CORK, 1), "0");
  EXPECT_EQ(send_outcome(pair.client, "abc"), "3");
  EXPECT_EQ(send_outcome(pair.client, "def"), "3");
  std::this_thread::sleep_for(kMoment);
  EXPECT_EQ(received(pair.server), "EAGAIN");
  EXPECT_EQ(set_option(pair.client, IPPROTO_TCP, TCP_CORK, 0), "0");
  EXPECT_EQ(received_in_time(pair.server), "\"abcdef\"");
}

// --- Urgent ------------------------------------------------------------------------------------

int at_mark(int fd) {
  int mark = -1;
  ::ioctl(fd, SIOCATMARK, &mark);
  return mark;
}

TEST(Flags, UrgentOctet) {
  const Pair pair = connected();
  EXPECT_EQ(received(pair.client, MSG_OOB), "EINVAL") << "there was none";
  EXPECT_EQ(send_outcome(pair.server, "ab"), "2");
  EXPECT_EQ(send_outcome(pair.server, "!", MSG_OOB), "1");
  EXPECT_EQ(send_outcome(pair.server, "cd"), "2");
  EXPECT_EQ(events_become(pair.client, shown(kUrgent)), shown(kUrgent));
  std::this_thread::sleep_for(kMoment);
  EXPECT_EQ(at_mark(pair.client), 0);
  EXPECT_EQ(received(pair.client), "\"ab\"") << "reading stops before it";
  EXPECT_EQ(at_mark(pair.client), 1);
  EXPECT_EQ(received(pair.client, MSG_OOB), "\"!\"");
  EXPECT_EQ(received(pair.client, MSG_OOB), "EINVAL") << "once";
  EXPECT_EQ(received(pair.client), "\"cd\"");
}

TEST(Flags, UrgentInLine) {
  const Pair pair = connected();
  EXPECT_EQ(set_option(pair.client, SOL_SOCKET, SO_OOBINLINE, 1), "0");
  EXPECT_EQ(send_outcome(pair.server, "!", MSG_OOB), "1");
  ASSERT_TRUE(becomes(pair.client, urgent_event()));
  EXPECT_EQ(received(pair.client, MSG_OOB), "EINVAL");
  EXPECT_EQ(received_in_time(pair.client), "\"!\"");
}

TEST(Flags, UrgentOfUdp) {
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  EXPECT_EQ(send_to_outcome(udp(), "x", Name::local(to), MSG_OOB), "EOPNOTSUPP");
}

// --- Datagrams ---------------------------------------------------------------------------------

TEST(Flags, ErrorQueueEmpty) {
  EXPECT_EQ(received(udp(), MSG_ERRQUEUE), "EAGAIN");
  const Pair pair = connected();
  EXPECT_EQ(received(pair.client, MSG_ERRQUEUE), "EAGAIN");
}

TEST(Flags, EmptyDatagram) {
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  EXPECT_EQ(send_to_outcome(udp(), "", Name::local(to)), "0");
  ASSERT_TRUE(becomes(to, POLLIN));
  EXPECT_EQ(received(to), "0");
  EXPECT_EQ(received(to), "EAGAIN");
}

TEST(Flags, LargestDatagram) {
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  const Fd from = udp();
  EXPECT_EQ(send_to_outcome(from, std::string(65508, 'x'), Name::local(to)), "EMSGSIZE");
  EXPECT_EQ(send_to_outcome(from, std::string(65507, 'x'), Name::local(to)), "65507");
  EXPECT_EQ(received_in_time(to, 0, 70000).size(), 65509U);
}

TEST(Flags, WhereADatagramCannotGo) {
  const Fd fd = udp();
  EXPECT_EQ(send_to_outcome(fd, "x", {"192.0.2.255", 9}), "EACCES");
  EXPECT_EQ(send_to_outcome(fd, "x", {"127.0.0.1", 0}), "EINVAL");
  EXPECT_EQ(send_to_outcome(fd, "x", {"198.51.100.1", 9}), "ENETUNREACH");
  EXPECT_EQ(pending_error(fd), "0");
  EXPECT_EQ(set_option(fd, SOL_SOCKET, SO_BROADCAST, 1), "0");
  EXPECT_EQ(send_to_outcome(fd, "x", {"192.0.2.255", 9}), "1");
}

TEST(Flags, DatagramToTheWildcard) {
  const Fd to = bound(SOCK_DGRAM, "0.0.0.0");
  EXPECT_EQ(send_to_outcome(udp(), "x", {"0.0.0.0", Name::local(to).port()}), "1");
  EXPECT_EQ(received_in_time(to), "\"x\"");
}

TEST(Flags, DatagramBeyondThePath) {
  const Fd fd = udp();
  EXPECT_EQ(option(fd, IPPROTO_IP, IP_MTU), "ENOTCONN");
  ASSERT_EQ(connect_outcome(fd, {"192.0.2.2", 9}), "0");
  EXPECT_EQ(option(fd, IPPROTO_IP, IP_MTU), "1500");
  EXPECT_EQ(set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), "0");
  EXPECT_EQ(option(fd, IPPROTO_IP, IP_MTU_DISCOVER), std::to_string(IP_PMTUDISC_DO));
  EXPECT_EQ(send_outcome(fd, std::string(1473, 'x')), "EMSGSIZE");
  EXPECT_EQ(send_outcome(fd, std::string(1472, 'x')), "1472");
}

TEST(Flags, TooManyPieces) {
  const Pair pair = connected();
  char octet = 'x';
  std::vector<iovec> pieces(1025, iovec{&octet, 1});
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  EXPECT_EQ(outcome(::sendmsg(pair.client, &message, 0)), "EMSGSIZE");
  EXPECT_EQ(outcome(::recvmsg(pair.client, &message, 0)), "EMSGSIZE");
  EXPECT_EQ(outcome(::writev(pair.client, pieces.data(), 1025)), "EINVAL");
  EXPECT_EQ(outcome(::writev(pair.client, pieces.data(), 1024)), "1024");
}

// --- Requests ----------------------------------------------------------------------------------

std::string asked(int fd, unsigned long request) {
  int value = -1;
  const int result = ::ioctl(fd, request, &value);
  return result < 0 ? outcome(result) : std::to_string(value);
}

TEST(Flags, UnreadAndUnsent) {
  const Pair pair = connected();
  EXPECT_EQ(asked(pair.client, FIONREAD), "0");
  EXPECT_EQ(send_outcome(pair.server, "abc"), "3");
  ASSERT_TRUE(becomes(pair.client, POLLIN));
  EXPECT_EQ(asked(pair.client, FIONREAD), "3");
  EXPECT_TRUE(eventually([&] { return asked(pair.server, SIOCOUTQ) == "0"; }));
  EXPECT_EQ(asked(pair.server, SIOCOUTQNSD), "0");
  EXPECT_EQ(asked(pair.listener, FIONREAD), "EINVAL");
  EXPECT_EQ(asked(pair.listener, SIOCOUTQ), "EINVAL");
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  EXPECT_EQ(asked(to, FIONREAD), "0");
  for (const char* text : {"abcd", "ef"}) send_to_outcome(udp(), text, Name::local(to));
  ASSERT_TRUE(becomes(to, POLLIN));
  EXPECT_EQ(asked(to, FIONREAD), "4") << "of the next datagram";
}

TEST(Flags, NonBlockingByRequest) {
  const Pair pair = connected();
  int on = 0;
  EXPECT_EQ(outcome(::ioctl(pair.client, FIONBIO, &on)), "0");
  const timeval limit{.tv_sec = 0, .tv_usec = 30'000};
  ::setsockopt(pair.client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const auto start = Clock::now();
  EXPECT_EQ(received(pair.client), "EAGAIN");
  EXPECT_GE(Clock::now() - start, 29ms);
  on = 1;
  EXPECT_EQ(outcome(::ioctl(pair.client, FIONBIO, &on)), "0");
  EXPECT_EQ(received(pair.client), "EAGAIN");
}

}  // namespace
}  // namespace zsock::posix
