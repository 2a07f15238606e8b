/// \file
/// Socket options and socket() itself (conformance 2.5).

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

#include "tests/posix/support/deviations.h"
#include "tests/posix/support/sockets.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST(Options, BuffersAreDoubled) {
  for (const Fd& fd : {tcp(), udp()}) {
    EXPECT_EQ(set_option(fd, SOL_SOCKET, SO_RCVBUF, 30000), "0");
    EXPECT_EQ(option(fd, SOL_SOCKET, SO_RCVBUF), "60000");
    EXPECT_EQ(set_option(fd, SOL_SOCKET, SO_SNDBUF, 30000), "0");
    EXPECT_EQ(option(fd, SOL_SOCKET, SO_SNDBUF), "60000");
    EXPECT_EQ(set_option(fd, SOL_SOCKET, SO_RCVBUF, 1), "0");
    EXPECT_EQ(option(fd, SOL_SOCKET, SO_RCVBUF), "2304");
    EXPECT_EQ(set_option(fd, SOL_SOCKET, SO_SNDBUF, 1), "0");
    EXPECT_EQ(option(fd, SOL_SOCKET, SO_SNDBUF), "4608");
  }
}

std::string set_time(int fd, long seconds, long microseconds, socklen_t length = sizeof(timeval)) {
  const timeval limit{.tv_sec = seconds, .tv_usec = microseconds};
  return outcome(::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, length));
}

TEST(Options, TimeLimits) {
  const Pair pair = connected();
  const Fd& fd = pair.client;
  set_blocking(fd, true);
  EXPECT_EQ(set_time(fd, 0, 1'000'000), "EDOM");
  EXPECT_EQ(set_time(fd, 1, 0, 4), "EINVAL");
  EXPECT_EQ(set_time(fd, -1, 0), "0");
  EXPECT_EQ(received(fd), "EAGAIN") << "at once";
  EXPECT_EQ(set_time(fd, 0, 30'000), "0");
  const auto start = Clock::now();
  EXPECT_EQ(received(fd), "EAGAIN");
  EXPECT_GE(Clock::now() - start, 30ms);
}

TEST(Options, SendLowWaterMark) {
  EXPECT_EQ(set_option(tcp(), SOL_SOCKET, SO_SNDLOWAT, 1), "ENOPROTOOPT");
  EXPECT_EQ(option(tcp(), SOL_SOCKET, SO_SNDLOWAT), "1");
}

TEST(Options, Ranges) {
  const Fd fd = tcp();
  for (const int name : {TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT}) {
    EXPECT_EQ(set_option(fd, IPPROTO_TCP, name, 0), "EINVAL") << name;
    EXPECT_EQ(set_option(fd, IPPROTO_TCP, name, -1), "EINVAL") << name;
    EXPECT_EQ(set_option(fd, IPPROTO_TCP, name, 3), "0") << name;
    EXPECT_EQ(option(fd, IPPROTO_TCP, name), "3") << name;
  }
  EXPECT_EQ(set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, -1), "EINVAL");
  EXPECT_EQ(set_option(fd, IPPROTO_TCP, TCP_LINGER2, -1), "0");
  EXPECT_EQ(set_option(fd, IPPROTO_TCP, TCP_CORK, 7), "0");
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_CORK), "1");
  EXPECT_EQ(set_option(fd, IPPROTO_TCP, TCP_NODELAY, -7), "0");
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_NODELAY), "1");
  const int value = 1;
  EXPECT_EQ(outcome(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 3)), "EINVAL");
  EXPECT_EQ(outcome(::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "none", 4)), "ENOENT");
  EXPECT_EQ(set_option(fd, IPPROTO_TCP, 12345, 1), "ENOPROTOOPT");
  EXPECT_EQ(option(fd, IPPROTO_TCP, 12345), "ENOPROTOOPT");
  EXPECT_EQ(set_option(fd, SOL_SOCKET, 12345, 1), "ENOPROTOOPT");
  EXPECT_EQ(set_option(fd, 12345, 1, 1), "ENOPROTOOPT");
  EXPECT_EQ(option(fd, 12345, 1), "EOPNOTSUPP");
}

std::uint64_t wide_rate(int fd) {
  std::uint64_t rate = 0;
  socklen_t length = sizeof rate;
  EXPECT_EQ(outcome(::getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, &length)), "0");
  EXPECT_EQ(length, sizeof rate);
  return rate;
}

TEST(Options, PacingRate) {
  const Fd fd = tcp();
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_MAX_PACING_RATE), "-1") << "unlimited";
  EXPECT_EQ(wide_rate(fd), ~std::uint64_t{0});
  EXPECT_EQ(set_option(fd, SOL_SOCKET, SO_MAX_PACING_RATE, 1'000'000), "0");
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_MAX_PACING_RATE), "1000000");
  EXPECT_EQ(wide_rate(fd), 1'000'000U);
  const std::uint64_t much = 10'000'000'000;
  EXPECT_EQ(outcome(::setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &much, sizeof much)), "0");
  EXPECT_EQ(wide_rate(fd), much);
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_MAX_PACING_RATE), "-1") << "more than 32 bits tell";
  EXPECT_EQ(set_option(fd, SOL_SOCKET, SO_MAX_PACING_RATE, -1), "0");
  EXPECT_EQ(wide_rate(fd), ~std::uint64_t{0});
  EXPECT_EQ(outcome(::setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &much, 3)), "EINVAL");
  EXPECT_EQ(set_option(udp(), SOL_SOCKET, SO_MAX_PACING_RATE, 1000), "0");
}

TEST(Options, UnsentLimit) {
  const Pair pair = connected();
  EXPECT_EQ(option(pair.client, IPPROTO_TCP, TCP_NOTSENT_LOWAT), "0");
  for (const char* value : {"16384", "-1", "0"}) {
    EXPECT_EQ(set_option(pair.client, IPPROTO_TCP, TCP_NOTSENT_LOWAT, std::stoi(value)), "0");
    EXPECT_EQ(option(pair.client, IPPROTO_TCP, TCP_NOTSENT_LOWAT), value);
  }
  EXPECT_EQ(set_option(udp(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1), "ENOPROTOOPT");
  EXPECT_EQ(set_option(pair.listener, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1000), "0");
  const Fd client = tcp();
  connect_outcome(client, Name::local(pair.listener));
  EXPECT_EQ(option(accepted(pair.listener), IPPROTO_TCP, TCP_NOTSENT_LOWAT), "1000");
}

TEST(Options, Defaults) {
  const Fd fd = tcp();
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), "7200");
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), "75");
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_KEEPCNT), "9");
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_SYNCNT), deviates(Deviation::syn_retries) ? "7" : "6");
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_LINGER2), "60");
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_QUICKACK), "1");
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_MAXSEG), "536");
  linger setting{.l_onoff = 9, .l_linger = 9};
  socklen_t length = sizeof setting;
  EXPECT_EQ(outcome(::getsockopt(fd, SOL_SOCKET, SO_LINGER, &setting, &length)), "0");
  EXPECT_EQ(setting.l_onoff, 0);
  EXPECT_EQ(setting.l_linger, 0);
}

TEST(Options, Facts) {
  const Fd fd = tcp(AF_INET6);
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_TYPE), std::to_string(SOCK_STREAM));
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_DOMAIN), std::to_string(AF_INET6));
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_PROTOCOL), std::to_string(IPPROTO_TCP));
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_ACCEPTCONN), "0");
  EXPECT_EQ(option(listening(), SOL_SOCKET, SO_ACCEPTCONN), "1");
  EXPECT_EQ(option(udp(), SOL_SOCKET, SO_PROTOCOL), std::to_string(IPPROTO_UDP));
  for (const int name : {SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, SO_ERROR}) {
    EXPECT_EQ(set_option(fd, SOL_SOCKET, name, 1), "ENOPROTOOPT") << name;
  }
}

TEST(Options, TcpInfo) {
  const Pair pair = connected();
  std::array<char, 512> buffer{};
  socklen_t length = buffer.size();
  ASSERT_EQ(outcome(::getsockopt(pair.client, IPPROTO_TCP, TCP_INFO, buffer.data(), &length)), "0");
  EXPECT_GE(length, 232U);
  tcp_info info{};
  std::memcpy(&info, buffer.data(), std::min<std::size_t>(length, sizeof info));
  EXPECT_EQ(info.tcpi_state, 1) << "ESTABLISHED";
  EXPECT_GT(info.tcpi_snd_cwnd, 0U);
  EXPECT_GT(info.tcpi_snd_mss, 0U);
  length = 8;
  ASSERT_EQ(outcome(::getsockopt(pair.client, IPPROTO_TCP, TCP_INFO, buffer.data(), &length)), "0");
  EXPECT_EQ(length, 8U) << "a short buffer cuts it";
}

TEST(Options, Socket) {
  EXPECT_EQ(outcome(::socket(12345, SOCK_STREAM, 0)), "EAFNOSUPPORT");
  EXPECT_EQ(outcome(::socket(AF_INET, 99, 0)), "EINVAL");
  EXPECT_EQ(outcome(::socket(AF_INET, SOCK_SEQPACKET, 0)), "ESOCKTNOSUPPORT");
  EXPECT_EQ(outcome(::socket(AF_INET, SOCK_STREAM, IPPROTO_UDP)), "EPROTONOSUPPORT");
  EXPECT_EQ(outcome(::socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP)), "EPROTONOSUPPORT");
  EXPECT_EQ(outcome(::socket(AF_INET, SOCK_STREAM, 300)), "EINVAL");
}

TEST(Options, SentControlData) {
  // IP_TTL and IP_TOS of one datagram.
  const Fd to = bound(SOCK_DGRAM, "127.0.0.1");
  EXPECT_EQ(set_option(to, IPPROTO_IP, IP_RECVTTL, 1), "0");
  EXPECT_EQ(set_option(to, IPPROTO_IP, IP_RECVTOS, 1), "0");
  const Fd from = udp();
  ASSERT_EQ(connect_outcome(from, Name::local(to)), "0");
  std::array<char, CMSG_SPACE(sizeof(int)) * 2> control{};
  char octet = 'x';
  iovec piece{&octet, 1};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  for (const auto& [type, value] : {std::pair{IP_TTL, 33}, std::pair{IP_TOS, 8}}) {
    part->cmsg_level = IPPROTO_IP;
    part->cmsg_type = type;
    part->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(part), &value, sizeof value);
    part = CMSG_NXTHDR(&message, part);
  }
  ASSERT_EQ(outcome(::sendmsg(from, &message, 0)), "1");
  ASSERT_TRUE(becomes(to, POLLIN));
  message.msg_controllen = control.size();
  ASSERT_EQ(outcome(::recvmsg(to, &message, 0)), "1");
  int ttl = 0;
  int tos = 0;
  for (part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_type == IP_TTL) std::memcpy(&ttl, CMSG_DATA(part), sizeof ttl);
    if (part->cmsg_type == IP_TOS) tos = static_cast<unsigned char>(*CMSG_DATA(part));
  }
  EXPECT_EQ(ttl, 33);
  EXPECT_EQ(tos, 8);
}

}  // namespace
}  // namespace zsock::posix
