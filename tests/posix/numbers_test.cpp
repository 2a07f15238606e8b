/// \file
/// Every number that might be an option: it is Linux's, or refused (docs/compat.md, "Options that
/// are refused").

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>

#include "tests/posix/support/sockets.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

struct Number {
  int level;
  int name;
  bool operator==(const Number&) const = default;
};

/// What zsockd knows.
constexpr std::array kKnown{
    Number{SOL_SOCKET, SO_REUSEADDR},
    Number{SOL_SOCKET, SO_REUSEPORT},
    Number{SOL_SOCKET, SO_BROADCAST},
    Number{SOL_SOCKET, SO_KEEPALIVE},
    Number{SOL_SOCKET, SO_OOBINLINE},
    Number{SOL_SOCKET, SO_LINGER},
    Number{SOL_SOCKET, SO_RCVBUF},
    Number{SOL_SOCKET, SO_SNDBUF},
    Number{SOL_SOCKET, SO_RCVLOWAT},
    Number{SOL_SOCKET, SO_SNDLOWAT},
    Number{SOL_SOCKET, SO_RCVTIMEO},
    Number{SOL_SOCKET, SO_SNDTIMEO},
    Number{SOL_SOCKET, SO_PRIORITY},
    Number{SOL_SOCKET, SO_MAX_PACING_RATE},
    Number{SOL_SOCKET, SO_BUSY_POLL},
    Number{SOL_SOCKET, SO_TIMESTAMP},
    Number{SOL_SOCKET, SO_TIMESTAMPNS},
    Number{SOL_SOCKET, SO_TYPE},
    Number{SOL_SOCKET, SO_DOMAIN},
    Number{SOL_SOCKET, SO_PROTOCOL},
    Number{SOL_SOCKET, SO_ACCEPTCONN},
    Number{SOL_SOCKET, SO_ERROR},
    Number{IPPROTO_TCP, TCP_NODELAY},
    Number{IPPROTO_TCP, TCP_CORK},
    Number{IPPROTO_TCP, TCP_MAXSEG},
    Number{IPPROTO_TCP, TCP_KEEPIDLE},
    Number{IPPROTO_TCP, TCP_KEEPINTVL},
    Number{IPPROTO_TCP, TCP_KEEPCNT},
    Number{IPPROTO_TCP, TCP_SYNCNT},
    Number{IPPROTO_TCP, TCP_USER_TIMEOUT},
    Number{IPPROTO_TCP, TCP_LINGER2},
    Number{IPPROTO_TCP, TCP_QUICKACK},
    Number{IPPROTO_TCP, TCP_DEFER_ACCEPT},
    Number{IPPROTO_TCP, TCP_FASTOPEN},
    Number{IPPROTO_TCP, TCP_FASTOPEN_CONNECT},
    Number{IPPROTO_TCP, 25 /* TCP_NOTSENT_LOWAT */},
    Number{IPPROTO_TCP, TCP_CONGESTION},
    Number{IPPROTO_TCP, TCP_INFO},
    Number{IPPROTO_IP, IP_TTL},
    Number{IPPROTO_IP, IP_TOS},
    Number{IPPROTO_IP, IP_RECVERR},
    Number{IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT},
    Number{IPPROTO_IP, IP_MTU},
    Number{IPPROTO_IP, IP_MTU_DISCOVER},
    Number{IPPROTO_IP, IP_PKTINFO},
    Number{IPPROTO_IP, IP_RECVTTL},
    Number{IPPROTO_IP, IP_RECVTOS},
    Number{IPPROTO_IP, IP_MULTICAST_TTL},
    Number{IPPROTO_IP, IP_MULTICAST_LOOP},
    Number{IPPROTO_IP, IP_MULTICAST_IF},
    Number{IPPROTO_IP, IP_MULTICAST_ALL},
    Number{IPPROTO_IP, IP_ADD_MEMBERSHIP},
    Number{IPPROTO_IP, IP_DROP_MEMBERSHIP},
    Number{IPPROTO_UDP, UDP_CORK},
    Number{IPPROTO_UDP, UDP_SEGMENT},
    Number{IPPROTO_UDP, UDP_GRO},
    Number{IPPROTO_IPV6, IPV6_V6ONLY},
    Number{IPPROTO_IPV6, IPV6_UNICAST_HOPS},
    Number{IPPROTO_IPV6, IPV6_TCLASS},
    Number{IPPROTO_IPV6, IPV6_RECVERR},
    Number{IPPROTO_IPV6, IPV6_MTU},
    Number{IPPROTO_IPV6, IPV6_MTU_DISCOVER},
    Number{IPPROTO_IPV6, IPV6_DONTFRAG},
    Number{IPPROTO_IPV6, IPV6_MULTICAST_IF},
    Number{IPPROTO_IPV6, IPV6_MULTICAST_HOPS},
    Number{IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
    Number{IPPROTO_IPV6, 29 /* IPV6_MULTICAST_ALL */},
    Number{IPPROTO_IPV6, IPV6_JOIN_GROUP},
    Number{IPPROTO_IPV6, IPV6_LEAVE_GROUP},
    Number{IPPROTO_IPV6, IPV6_RECVPKTINFO},
    Number{IPPROTO_IPV6, IPV6_RECVHOPLIMIT},
    Number{IPPROTO_IPV6, IPV6_RECVTCLASS},
};

/// Of those, what streams are refused.
constexpr std::array kOfDatagrams{
    Number{IPPROTO_IP, IP_MTU_DISCOVER},   Number{IPPROTO_IP, IP_PKTINFO},
    Number{IPPROTO_IP, IP_RECVTTL},        Number{IPPROTO_IP, IP_RECVTOS},
    Number{IPPROTO_IP, IP_MULTICAST_TTL},  Number{IPPROTO_IP, IP_MULTICAST_LOOP},
    Number{IPPROTO_IP, IP_MULTICAST_IF},   Number{IPPROTO_IP, IP_MULTICAST_ALL},
    Number{IPPROTO_IP, IP_ADD_MEMBERSHIP}, Number{IPPROTO_IP, IP_DROP_MEMBERSHIP},
    Number{SOL_SOCKET, SO_TIMESTAMP},      Number{SOL_SOCKET, SO_TIMESTAMPNS},
};

/// Of those, what differs at a fresh socket and is meant to (docs/compat.md).
constexpr std::array kOwnValues{
    Number{SOL_SOCKET, SO_RCVBUF},           Number{SOL_SOCKET, SO_SNDBUF},
    Number{IPPROTO_TCP, TCP_SYNCNT},         Number{IPPROTO_TCP, TCP_INFO},
    Number{IPPROTO_TCP, TCP_CONGESTION},     Number{IPPROTO_TCP, TCP_FASTOPEN_CONNECT},
    Number{IPPROTO_IPV6, IPV6_UNICAST_HOPS}, Number{IPPROTO_IPV6, IPV6_MTU},
    Number{IPPROTO_IPV6, IPV6_MULTICAST_IF},  // what interfaces there are
};

constexpr const char* kRefused = "ENOPROTOOPT, ENOPROTOOPT, ENOPROTOOPT, ENOPROTOOPT";

bool is_in(const auto& list, Number number) {
  return std::ranges::find(list, number) != list.end();
}

/// The calls of the run, and the kernel's own whatever is under test; not under the shim, which
/// stands before syscall() as well.
struct Calls {
  int (*socket)(int, int, int);
  int (*get)(int, int, int, void*, socklen_t*);
  int (*set)(int, int, int, const void*, socklen_t);
};
const Calls kTested{
    [](int domain, int type, int protocol) { return ::socket(domain, type, protocol); },
    [](int fd, int level, int name, void* value, socklen_t* length) {
      return ::getsockopt(fd, level, name, value, length);
    },
    [](int fd, int level, int name, const void* value, socklen_t length) {
      return ::setsockopt(fd, level, name, value, length);
    }};
const Calls kKernel{
    [](int domain, int type, int protocol) {
      return static_cast<int>(::syscall(SYS_socket, domain, type, protocol));
    },
    [](int fd, int level, int name, void* value, socklen_t* length) {
      return static_cast<int>(::syscall(SYS_getsockopt, fd, level, name, value, length));
    },
    [](int fd, int level, int name, const void* value, socklen_t length) {
      return static_cast<int>(::syscall(SYS_setsockopt, fd, level, name, value, length));
    }};

std::string value_of(const Calls& calls, int fd, Number number) {
  std::array<unsigned char, 256> octets{};
  socklen_t length = octets.size();
  const int result = calls.get(fd, number.level, number.name, octets.data(), &length);
  if (result != 0) return outcome(result);
  int value = 0;
  if (length > sizeof value) return std::to_string(length) + " octets";
  std::copy_n(octets.begin(), length, reinterpret_cast<unsigned char*>(&value));
  return std::to_string(length) + ":" + std::to_string(value);
}

/// What becomes of it: told, set to 0, 1 and 2, and told again.
std::string story(const Calls& calls, int domain, int type, Number number) {
  const int fd = calls.socket(domain, type, 0);
  std::string text = value_of(calls, fd, number);
  for (const int value : {0, 1, 2}) {
    const int set = calls.set(fd, number.level, number.name, &value, sizeof value);
    text += ", " + outcome(set);
    if (set == 0) text += " " + value_of(calls, fd, number);
  }
  if (&calls == &kKernel) {
    ::syscall(SYS_close, fd);
  } else {
    ::close(fd);
  }
  return text;
}

void each_number(const std::function<void(int domain, int type, Number number)>& look) {
  for (const int domain : {AF_INET, AF_INET6}) {
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
      const int transport = type == SOCK_STREAM ? int{IPPROTO_TCP} : int{IPPROTO_UDP};
      for (const int level : {int{SOL_SOCKET}, int{IPPROTO_IP}, int{IPPROTO_IPV6}, transport}) {
        if (level == IPPROTO_IPV6 && domain == AF_INET) continue;
        for (int name = 0; name < 256; ++name) look(domain, type, {level, name});
      }
    }
  }
}

std::string title(int domain, int type, Number number) {
  return std::string(domain == AF_INET ? "IPv4 " : "IPv6 ") +
         (type == SOCK_STREAM ? "stream" : "datagrams") + ", level " +
         std::to_string(number.level) + ", option " + std::to_string(number.name);
}

TEST(Numbers, WhatIsNotKnownIsRefused) {
  if (!is_zsockd()) GTEST_SKIP() << "Linux knows more";
  each_number([](int domain, int type, Number number) {
    const bool of_others = type == SOCK_STREAM && is_in(kOfDatagrams, number);
    if (is_in(kKnown, number) && !of_others) return;
    EXPECT_EQ(story(kTested, domain, type, number), kRefused) << title(domain, type, number);
  });
}

TEST(Numbers, WhatIsKnownIsAsOnLinux) {
  if (is_shim()) GTEST_SKIP() << "the kernel is out of reach";
  each_number([](int domain, int type, Number number) {
    if (!is_in(kKnown, number) || is_in(kOwnValues, number)) return;
    if (type == SOCK_STREAM && is_in(kOfDatagrams, number)) return;
    EXPECT_EQ(story(kTested, domain, type, number), story(kKernel, domain, type, number))
        << title(domain, type, number);
  });
}

}  // namespace
}  // namespace zsock::posix
