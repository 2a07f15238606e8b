#include <gtest/gtest.h>
#include <unistd.h>
#include <zephyr/zvfs/eventfd.h>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>

#include "tests/zephyr/fake_native.h"

extern "C" {
int zsock_posix_close(int fd);
ssize_t zsock_posix_read(int fd, void* buf, size_t count);
ssize_t zsock_posix_write(int fd, const void* buf, size_t count);
}

namespace zsock::zephyr {
namespace {

#define EXPECT_ERRNO(call, number) \
  do {                             \
    EXPECT_EQ((call), -1);         \
    EXPECT_EQ(errno, number);      \
  } while (false)

/// The kernel's poll() in place of the stack's, which takes any descriptor as well.
struct ZephyrPair : testing::Test {
  testing::NiceMock<FakeNative> native;
  int ends[2] = {-1, -1};

  ZephyrPair() {
    ON_CALL(native, is_socket).WillByDefault(testing::Return(0));
    ON_CALL(native, poll).WillByDefault(::poll);
    ON_CALL(native, recv).WillByDefault(FailsWith(ENOTSOCK));
    EXPECT_EQ(zsock_socketpair(NET_AF_LOCAL, NET_SOCK_STREAM, 0, ends), 0);
  }
  ~ZephyrPair() override {
    for (const int end : ends) {
      if (end >= 0) zsock_close(end);
    }
  }
  void close_end(int which) {
    EXPECT_EQ(zsock_close(ends[which]), 0);
    ends[which] = -1;
  }
  static int events(int fd, short asked) {
    zsock_pollfd entry{.fd = fd, .events = asked, .revents = 0};
    EXPECT_GE(zsock_poll(&entry, 1, 0), 0);
    return entry.revents;
  }
};

TEST_F(ZephyrPair, WrongQuestions) {
  int made[2];
  EXPECT_ERRNO(zsock_socketpair(NET_AF_INET, NET_SOCK_STREAM, 0, made), EAFNOSUPPORT);
  EXPECT_ERRNO(zsock_socketpair(NET_AF_LOCAL, NET_SOCK_DGRAM, 0, made), EPROTOTYPE);
  EXPECT_ERRNO(zsock_socketpair(NET_AF_LOCAL, NET_SOCK_STREAM, 6, made), EPROTONOSUPPORT);
  EXPECT_ERRNO(zsock_socketpair(NET_AF_LOCAL, NET_SOCK_STREAM, 0, nullptr), EFAULT);
}

TEST_F(ZephyrPair, CarriesBothWays) {
  char buffer[16];
  EXPECT_ERRNO(zsock_recv(ends[0], buffer, 1, ZSOCK_MSG_DONTWAIT), EAGAIN);
  EXPECT_EQ(zsock_send(ends[0], "there", 5, 0), 5);
  EXPECT_EQ(zsock_posix_write(ends[1], "back", 4), 4);
  int octets = 0;
  EXPECT_EQ(zsock_ioctl(ends[1], ZFD_IOCTL_FIONREAD, &octets), 0);
  EXPECT_EQ(octets, 5);
  EXPECT_EQ(zsock_recv(ends[1], buffer, 16, 0), 5);
  EXPECT_EQ(std::memcmp(buffer, "there", 5), 0);
  net_iovec piece{.iov_base = buffer, .iov_len = 16};
  net_msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  EXPECT_EQ(zsock_recvmsg(ends[0], &message, 0), 4);
  EXPECT_EQ(zsock_sendmsg(ends[0], &message, 0), 16);
  EXPECT_EQ(zsock_posix_read(ends[1], buffer, 16), 16);
}

TEST_F(ZephyrPair, IsPolledWithAnEvent) {
  const int event = zvfs_eventfd(0, ZVFS_EFD_NONBLOCK);
  zsock_pollfd both[2] = {{ends[1], ZSOCK_POLLIN, 0}, {event, ZSOCK_POLLIN, 0}};
  EXPECT_EQ(zsock_poll(both, 2, 0), 0);
  EXPECT_EQ(zvfs_eventfd_write(event, 1), 0);
  EXPECT_EQ(zsock_poll(both, 2, 1000), 1);
  EXPECT_EQ(both[1].revents, ZSOCK_POLLIN);
  zsock_send(ends[0], "x", 1, 0);
  EXPECT_EQ(zsock_poll(both, 2, 1000), 2);
  ::close(event);
}

TEST_F(ZephyrPair, TheOtherEndCloses) {
  char octet = 0;
  zsock_send(ends[0], "x", 1, 0);
  close_end(0);
  EXPECT_NE(events(ends[1], ZSOCK_POLLOUT) & ZSOCK_POLLHUP, 0);
  EXPECT_EQ(zsock_recv(ends[1], &octet, 1, 0), 1);
  EXPECT_EQ(zsock_recv(ends[1], &octet, 1, 0), 0);
  EXPECT_ERRNO(zsock_send(ends[1], "x", 1, 0), EPIPE);  // and no signal
}

TEST_F(ZephyrPair, SendsAllOrTellsHowMuch) {
  std::string data(8 << 20, 'x');
  std::size_t sent = 0;
  EXPECT_EQ(zsock_send_all(ends[0], data.data(), 100, 0, K_FOREVER, &sent), 0);
  EXPECT_EQ(sent, 100U);
  EXPECT_EQ(zsock_send_all(ends[0], data.data(), data.size(), 0, K_NO_WAIT, &sent), -EAGAIN);
  EXPECT_LT(sent, data.size());
  std::thread reader([&] {
    char buffer[65536];
    while (zsock_recv(ends[1], buffer, sizeof buffer, 0) > 0) {
    }
  });
  EXPECT_EQ(zsock_send_all(ends[0], data.data(), data.size(), 0, K_FOREVER, &sent), 0);
  EXPECT_EQ(sent, data.size());
  close_end(0);
  reader.join();
  EXPECT_EQ(zsock_send_all(ends[1], "x", 1, 0, K_FOREVER, nullptr), -EPIPE);
  EXPECT_NE(zsock_get_context_object(ends[1]), nullptr);
  EXPECT_EQ(zsock_get_context_object(0), nullptr);
}

TEST_F(ZephyrPair, WhatAPairDoesNot) {
  net_sockaddr address{};
  address.sa_family = NET_AF_INET;
  net_socklen_t size = sizeof address;
  int value = 0;
  net_socklen_t value_size = sizeof value;
  EXPECT_ERRNO(zsock_bind(ends[0], &address, size), EISCONN);
  EXPECT_ERRNO(zsock_connect(ends[0], &address, size), EISCONN);
  EXPECT_ERRNO(zsock_listen(ends[0], 1), EINVAL);
  EXPECT_ERRNO(zsock_accept(ends[0], nullptr, nullptr), EOPNOTSUPP);
  EXPECT_ERRNO(zsock_getsockname(ends[0], &address, &size), EOPNOTSUPP);
  EXPECT_ERRNO(zsock_getpeername(ends[0], &address, &size), EOPNOTSUPP);
  EXPECT_ERRNO(zsock_getsockopt(ends[0], ZSOCK_SOL_SOCKET, ZSOCK_SO_ERROR, &value, &value_size),
               ENOPROTOOPT);
  EXPECT_ERRNO(zsock_setsockopt(ends[0], ZSOCK_SOL_SOCKET, ZSOCK_SO_KEEPALIVE, &value, value_size),
               ENOPROTOOPT);
}

TEST_F(ZephyrPair, ModesAndEnds) {
  char octet = 0;
  EXPECT_EQ(zsock_fcntl(ends[0], F_GETFL), 0);
  EXPECT_EQ(zsock_fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
  EXPECT_EQ(zsock_fcntl(ends[0], F_GETFL), O_NONBLOCK);
  EXPECT_ERRNO(zsock_recv(ends[0], &octet, 1, 0), EAGAIN);
  EXPECT_EQ(zsock_shutdown(ends[0], ZSOCK_SHUT_WR), 0);
  EXPECT_EQ(zsock_recv(ends[1], &octet, 1, 0), 0);
  const int end = ends[1];
  EXPECT_EQ(zsock_posix_close(end), 0);
  ends[1] = -1;
  EXPECT_ERRNO(zsock_close(end), EBADF);
  EXPECT_ERRNO(zsock_recv(end, &octet, 0, 0), EBADF);
}

// Whether the reader waits already or comes too late, it does not stay.
TEST_F(ZephyrPair, ClosingWakesWhoWaits) {
  std::atomic<bool> entered = false;
  int error = 0;
  std::thread reader([&] {
    char octet = 0;
    entered = true;
    if (zsock_recv(ends[0], &octet, 1, 0) < 0) error = errno;
  });
  while (!entered) std::this_thread::yield();
  EXPECT_EQ(zsock_close(ends[0]), 0);
  reader.join();
  ends[0] = -1;
  EXPECT_TRUE(error == EINTR || error == EBADF) << error;
}

TEST(ZephyrEvents, CountAndSemaphore) {
  zvfs_eventfd_t value = 0;
  const int counter = zvfs_eventfd(3, ZVFS_EFD_NONBLOCK);
  EXPECT_EQ(zvfs_eventfd_write(counter, 4), 0);
  EXPECT_EQ(zvfs_eventfd_read(counter, &value), 0);
  EXPECT_EQ(value, 7U);
  EXPECT_ERRNO(zvfs_eventfd_read(counter, &value), EAGAIN);
  ::close(counter);
  EXPECT_ERRNO(zvfs_eventfd_read(counter, &value), EBADF);
  const int semaphore = zvfs_eventfd(2, ZVFS_EFD_NONBLOCK | ZVFS_EFD_SEMAPHORE);
  EXPECT_EQ(zvfs_eventfd_read(semaphore, &value), 0);
  EXPECT_EQ(value, 1U);
  EXPECT_EQ(zvfs_eventfd_read(semaphore, &value), 0);
  EXPECT_ERRNO(zvfs_eventfd_read(semaphore, &value), EAGAIN);
  ::close(semaphore);
  EXPECT_ERRNO(zvfs_eventfd(0, 0x100), EINVAL);
}

TEST(ZephyrHostname, IsCutToTheRoom) {
  char name[16];
  EXPECT_EQ(zsock_gethostname(name, sizeof name), 0);
  EXPECT_STREQ(name, "zephyr");
  EXPECT_STREQ(net_hostname_get(), "zephyr");
  EXPECT_EQ(zsock_gethostname(name, 3), 0);
  EXPECT_EQ(std::memcmp(name, "zep", 3), 0);
  EXPECT_ERRNO(zsock_gethostname(nullptr, 3), EINVAL);
}

}  // namespace
}  // namespace zsock::zephyr
