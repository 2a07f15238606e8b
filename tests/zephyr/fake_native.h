#pragma once
/// \file
/// The native calls as a mock: what Zephyr's face asks of them is seen, what they answer is
/// scripted. Descriptors 3 to 9 are sockets unless a test says otherwise.

#include <gmock/gmock.h>

#include "libzsock/zephyr/native.h"

namespace zsock::zephyr {

class FakeNative {
 public:
  FakeNative();
  ~FakeNative();
  FakeNative(const FakeNative&) = delete;
  FakeNative& operator=(const FakeNative&) = delete;

  MOCK_METHOD(int, socket, (int, int, int));
  MOCK_METHOD(int, close, (int));
  MOCK_METHOD(int, shutdown, (int, int));
  MOCK_METHOD(int, bind, (int, const sockaddr*, socklen_t));
  MOCK_METHOD(int, listen, (int, int));
  MOCK_METHOD(int, accept4, (int, sockaddr*, socklen_t*, int));
  MOCK_METHOD(int, connect, (int, const sockaddr*, socklen_t));
  MOCK_METHOD(ssize_t, send, (int, const void*, size_t, int));
  MOCK_METHOD(ssize_t, recv, (int, void*, size_t, int));
  MOCK_METHOD(ssize_t, sendto, (int, const void*, size_t, int, const sockaddr*, socklen_t));
  MOCK_METHOD(ssize_t, recvfrom, (int, void*, size_t, int, sockaddr*, socklen_t*));
  MOCK_METHOD(ssize_t, sendmsg, (int, const msghdr*, int));
  MOCK_METHOD(ssize_t, recvmsg, (int, msghdr*, int));
  MOCK_METHOD(int, poll, (pollfd*, nfds_t, int));
  MOCK_METHOD(int, fcntl, (int, int, long));
  MOCK_METHOD(int, ioctl, (int, unsigned long, void*));
  MOCK_METHOD(int, getsockopt, (int, int, int, void*, socklen_t*));
  MOCK_METHOD(int, setsockopt, (int, int, int, const void*, socklen_t));
  MOCK_METHOD(int, getsockname, (int, sockaddr*, socklen_t*));
  MOCK_METHOD(int, getpeername, (int, sockaddr*, socklen_t*));
  MOCK_METHOD(int, is_socket, (int));
  MOCK_METHOD(int, getaddrinfo, (const char*, const char*, const addrinfo*, int, addrinfo**));
  MOCK_METHOD(void, freeaddrinfo, (addrinfo*));
};

/// The mock action "fail with this errno".
ACTION_P(FailsWith, error) {
  errno = error;
  return -1;
}

}  // namespace zsock::zephyr
