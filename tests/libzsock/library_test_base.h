#pragma once
/// \file
/// What the library's tests share: a fake daemon, sockets on it, checks of errno.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include "tests/libzsock/fake_daemon.h"
#include "zsock/zsock.h"

namespace zsock::test {

/// EXPECTs -1 and this errno.
#define EXPECT_ERRNO(call, number) \
  do {                             \
    errno = 0;                     \
    EXPECT_EQ((call), -1);         \
    EXPECT_EQ(errno, number);      \
  } while (false)

using Clock = std::chrono::steady_clock;

inline sockaddr_in ipv4(const char* text, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, text, &address.sin_addr);
  return address;
}

inline sockaddr_in6 ipv6(const char* text, std::uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  ::inet_pton(AF_INET6, text, &address.sin6_addr);
  return address;
}

template <class T>
sockaddr* generic(T& address) {
  return static_cast<sockaddr*>(static_cast<void*>(&address));
}

/// A socket on both sides.
struct Joined {
  int fd = -1;
  FakeSocket* peer = nullptr;
};

class LibraryTest : public ::testing::Test {
 protected:
  Joined open(int type, int domain = AF_INET, int protocol = 0) {
    const int fd = zs_socket(domain, type, protocol);
    // Not the newest that the daemon has: the library may have asked for some ahead.
    struct stat facts {};
    EXPECT_EQ(::fstat(fd, &facts), 0);
    return {fd, daemon.find(facts.st_ino)};
  }

  /// A connected stream; blocking unless flags say otherwise.
  Joined connected(int flags = 0) {
    Joined joined = open(SOCK_STREAM | SOCK_NONBLOCK);
    EXPECT_ERRNO(connect_to(joined.fd), EINPROGRESS);
    joined.peer->establish();
    EXPECT_EQ(connect_to(joined.fd), 0);
    if ((flags & SOCK_NONBLOCK) == 0) set_blocking(joined.fd);
    return joined;
  }

  Joined listening(int flags = 0) {
    Joined joined = open(SOCK_STREAM | flags);
    EXPECT_EQ(zs_listen(joined.fd, 8), 0);
    return joined;
  }

  /// A bound datagram socket.
  Joined bound_datagram(int flags = 0, int domain = AF_INET) {
    Joined joined = open(SOCK_DGRAM | flags, domain);
    sockaddr_in here = ipv4("0.0.0.0", 5000);
    sockaddr_in6 here6 = ipv6("::", 5000);
    EXPECT_EQ(domain == AF_INET ? zs_bind(joined.fd, generic(here), sizeof(here))
                                : zs_bind(joined.fd, generic(here6), sizeof(here6)),
              0);
    return joined;
  }

  static int connect_to(int fd) {
    sockaddr_in address = ipv4("192.0.2.9", 7);
    return zs_connect(fd, generic(address), sizeof(address));
  }
  static void set_blocking(int fd) {
    EXPECT_EQ(zs_fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK), 0);
  }
  static void limit_time(int fd, int option, int milliseconds) {
    const timeval limit{.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    EXPECT_EQ(zs_setsockopt(fd, SOL_SOCKET, option, &limit, sizeof(limit)), 0);
  }
  /// What the kernel says of the descriptor, without the library.
  static short kernel_events(int fd, short events = POLLIN | POLLOUT | POLLRDHUP) {
    pollfd entry{.fd = fd, .events = events, .revents = 0};
    ::poll(&entry, 1, 0);
    return entry.revents;
  }
  static short events(int fd, short asked = POLLIN | POLLOUT | POLLRDHUP) {
    pollfd entry{.fd = fd, .events = asked, .revents = 0};
    zs_poll(&entry, 1, 0);
    return entry.revents;
  }
  static std::string receive(int fd, std::size_t size = 65536, int flags = 0) {
    std::string data(size, '\0');
    const ssize_t result = zs_recv(fd, data.data(), data.size(), flags);
    EXPECT_GE(result, 0) << std::strerror(errno);
    data.resize(result < 0 ? 0 : static_cast<std::size_t>(result));
    return data;
  }
  static ssize_t send(int fd, const std::string& data, int flags = MSG_NOSIGNAL) {
    return zs_send(fd, data.data(), data.size(), flags);
  }
  static int pending_error(int fd) {
    int error = -1;
    socklen_t length = sizeof(error);
    EXPECT_EQ(zs_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
    return error;
  }
  /// Waits for something that another thread is about to do.
  template <class Condition>
  static bool eventually(Condition condition) {
    const auto end = Clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (Clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  FakeDaemon daemon;
};

inline std::string pattern(std::size_t size, unsigned seed = 1) {
  std::string data(size, '\0');
  unsigned value = seed;
  for (char& octet : data) {
    value = value * 1103515245U + 12345U;
    octet = static_cast<char>(value >> 16);
  }
  return data;
}

}  // namespace zsock::test
