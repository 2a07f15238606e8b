#include <gtest/gtest.h>

#include <cstring>

#include "libzsock/zephyr/address.h"
#include "tests/zephyr/fake_native.h"

namespace zsock::zephyr {
namespace {

using testing::_;
using testing::DoAll;
using testing::InSequence;
using testing::NiceMock;
using testing::Return;

struct ZephyrSocket : testing::Test {
  NiceMock<FakeNative> native;
  net_sockaddr_in peer = [] {
    net_sockaddr_in address{};
    address.sin_family = NET_AF_INET;
    address.sin_port = htons(7);
    return address;
  }();
  const net_sockaddr* to() { return static_cast<const net_sockaddr*>(static_cast<void*>(&peer)); }
};

// Gives the caller an address of the host as accept, getpeername and recvfrom do.
void give(std::uint16_t port, sockaddr* address, socklen_t* size) {
  sockaddr_in host{};
  host.sin_family = AF_INET;
  host.sin_port = htons(port);
  std::memcpy(address, &host, sizeof host);
  *size = sizeof host;
}

TEST_F(ZephyrSocket, FamiliesAndDefaults) {
  EXPECT_CALL(native, socket(AF_INET6, SOCK_STREAM, 0)).WillOnce(Return(3));
  EXPECT_CALL(native, setsockopt(3, IPPROTO_IPV6, IPV6_V6ONLY, _, 4));
  EXPECT_EQ(zsock_socket(NET_AF_INET6, NET_SOCK_STREAM, 0), 3);
  EXPECT_CALL(native, socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)).WillOnce(Return(4));
  EXPECT_CALL(native, setsockopt(4, SOL_SOCKET, SO_BROADCAST, _, 4));
  EXPECT_EQ(zsock_socket(NET_AF_INET, NET_SOCK_DGRAM, NET_IPPROTO_UDP), 4);
}

TEST_F(ZephyrSocket, WhatDoesNotExistNeverReachesTheHost) {
  EXPECT_CALL(native, socket).Times(0);
  EXPECT_EQ(zsock_socket(AF_INET6, NET_SOCK_STREAM, 0), -1);
  EXPECT_EQ(errno, EAFNOSUPPORT);
  EXPECT_EQ(zsock_socket(NET_AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), -1);
  EXPECT_EQ(errno, EPROTOTYPE);
  EXPECT_EQ(zsock_socket(NET_AF_INET, NET_SOCK_STREAM, 262), -1);  // the host's MPTCP
  EXPECT_EQ(errno, EPROTONOSUPPORT);
}

// Programs close all small numbers: 0, 1 and 2 must stay open.
TEST_F(ZephyrSocket, CloseLeavesOtherDescriptorsAlone) {
  EXPECT_CALL(native, close(_)).Times(0);
  for (const int fd : {-1, 0, 1, 2, 10}) {
    EXPECT_EQ(zsock_close(fd), -1);
    EXPECT_EQ(errno, EBADF);
  }
}

TEST_F(ZephyrSocket, NoSocketIsEbadfEverywhere) {
  EXPECT_CALL(native, listen).WillOnce(FailsWith(ENOTSOCK));
  EXPECT_CALL(native, shutdown).WillOnce(FailsWith(ENOTSOCK));
  net_socklen_t size = 24;
  net_sockaddr name;
  int value = 0;
  const auto is_ebadf = [](long returned) { return returned == -1 && errno == EBADF; };
  EXPECT_TRUE(is_ebadf(zsock_listen(1, 1)));
  EXPECT_TRUE(is_ebadf(zsock_shutdown(1, ZSOCK_SHUT_RD)));
  EXPECT_TRUE(is_ebadf(zsock_bind(1, to(), 8)));
  EXPECT_TRUE(is_ebadf(zsock_connect(1, to(), 8)));
  EXPECT_TRUE(is_ebadf(zsock_accept(1, nullptr, nullptr)));
  EXPECT_TRUE(is_ebadf(zsock_getsockname(1, &name, &size)));
  EXPECT_TRUE(is_ebadf(zsock_getpeername(1, &name, &size)));
  EXPECT_TRUE(is_ebadf(zsock_fcntl(1, F_GETFL)));
  EXPECT_TRUE(is_ebadf(zsock_ioctl(1, ZFD_IOCTL_FIONREAD, &value)));
  EXPECT_TRUE(is_ebadf(zsock_setsockopt(1, ZSOCK_SOL_SOCKET, ZSOCK_SO_REUSEADDR, &value, 4)));
  EXPECT_TRUE(is_ebadf(zsock_recvfrom(1, &value, 0, 0, nullptr, nullptr)));
}

TEST_F(ZephyrSocket, ABacklogBelowOneIsOne) {
  EXPECT_CALL(native, listen(3, 1)).Times(2);
  EXPECT_CALL(native, listen(3, 5));
  zsock_listen(3, 0);
  zsock_listen(3, -7);
  zsock_listen(3, 5);
}

TEST_F(ZephyrSocket, AcceptCutsTheAddressAndTellsItsSize) {
  EXPECT_CALL(native, accept4(3, _, _, 0)).WillRepeatedly([](int, sockaddr* a, socklen_t* s, int) {
    give(4242, a, s);
    return 5;
  });
  net_sockaddr_storage address{};
  address.data[2] = 0x11;
  net_socklen_t size = 4;
  EXPECT_EQ(zsock_accept(3, net_sad(&address), &size), 5);
  EXPECT_EQ(size, 8U);
  EXPECT_EQ(address.ss_family, NET_AF_INET);
  EXPECT_EQ(net_sin(net_sad(&address))->sin_port, htons(4242));
  EXPECT_EQ(address.data[2], 0x11);
  EXPECT_EQ(zsock_accept(3, nullptr, nullptr), 5);
  EXPECT_EQ(zsock_accept(3, net_sad(&address), nullptr), -1);
  EXPECT_EQ(errno, EINVAL);
}

TEST_F(ZephyrSocket, AnUnboundSocketHasNoName) {
  EXPECT_CALL(native, getsockname)
      .WillOnce([](int, sockaddr* a, socklen_t* s) { return give(0, a, s), 0; })
      .WillOnce([](int, sockaddr* a, socklen_t* s) { return give(80, a, s), 0; });
  net_sockaddr name;
  net_socklen_t size = sizeof name;
  EXPECT_EQ(zsock_getsockname(3, &name, &size), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(zsock_getsockname(3, &name, &size), 0);
  EXPECT_EQ(size, 8U);
  EXPECT_EQ(zsock_getpeername(3, nullptr, &size), -1);
  EXPECT_EQ(errno, EINVAL);
}

TEST_F(ZephyrSocket, ConnectingAgainSucceeds) {
  EXPECT_CALL(native, connect).WillRepeatedly(FailsWith(EISCONN));
  EXPECT_EQ(zsock_connect(3, to(), 8), 0);
  EXPECT_CALL(native, fcntl(3, F_GETFL, _)).WillRepeatedly(Return(O_NONBLOCK));
  EXPECT_EQ(zsock_connect(3, to(), 8), 0);
}

TEST_F(ZephyrSocket, ANonblockingConnectDoesNotWait) {
  EXPECT_CALL(native, fcntl(3, F_GETFL, _)).WillRepeatedly(Return(O_NONBLOCK));
  EXPECT_CALL(native, connect).WillOnce(FailsWith(EINPROGRESS)).WillOnce(FailsWith(EALREADY));
  EXPECT_CALL(native, poll).Times(0);
  EXPECT_EQ(zsock_connect(3, to(), 8), -1);
  EXPECT_EQ(errno, EINPROGRESS);
  EXPECT_EQ(zsock_connect(3, to(), 8), -1);
  EXPECT_EQ(errno, EALREADY);
}

TEST_F(ZephyrSocket, ABlockingConnectGivesUpAfterThreeSeconds) {
  const InSequence order;
  EXPECT_CALL(native, fcntl(3, F_GETFL, _)).WillOnce(Return(O_RDWR));
  EXPECT_CALL(native, fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK));
  EXPECT_CALL(native, connect(3, _, sizeof(sockaddr_in))).WillOnce(FailsWith(EINPROGRESS));
  EXPECT_CALL(native, poll(_, 1, 3000)).WillOnce(Return(0));
  EXPECT_CALL(native, connect).WillOnce([](int, const sockaddr* address, socklen_t) {
    EXPECT_EQ(address->sa_family, AF_UNSPEC);
    return 0;
  });
  EXPECT_CALL(native, fcntl(3, F_SETFL, O_RDWR));
  EXPECT_EQ(zsock_connect(3, to(), 8), -1);
  EXPECT_EQ(errno, ETIMEDOUT);
}

TEST_F(ZephyrSocket, ABlockingConnectTellsItsError) {
  EXPECT_CALL(native, connect).WillRepeatedly(FailsWith(EINPROGRESS));
  EXPECT_CALL(native, poll).WillRepeatedly(Return(1));
  EXPECT_CALL(native, getsockopt(3, SOL_SOCKET, SO_ERROR, _, _))
      .WillOnce([](int, int, int, void* value, socklen_t*) {
        const int error = ECONNREFUSED;
        std::memcpy(value, &error, sizeof error);
        return 0;
      })
      .WillOnce([](int, int, int, void* value, socklen_t*) {
        std::memset(value, 0, sizeof(int));
        return 0;
      });
  EXPECT_EQ(zsock_connect(3, to(), 8), -1);
  EXPECT_EQ(errno, ECONNREFUSED);
  EXPECT_EQ(zsock_connect(3, to(), 8), 0);
}

TEST_F(ZephyrSocket, TheEnvironmentSetsTheTimeToConnect) {
  EXPECT_CALL(native, connect).WillRepeatedly(FailsWith(EINPROGRESS));
  EXPECT_CALL(native, poll(_, 1, 250)).WillOnce(Return(0));
  EXPECT_CALL(native, poll(_, 1, -1)).WillOnce(FailsWith(EINTR));
  setenv("ZSOCK_CONNECT_TIMEOUT_MS", "250", 1);
  EXPECT_EQ(zsock_connect(3, to(), 8), -1);
  setenv("ZSOCK_CONNECT_TIMEOUT_MS", "0", 1);
  EXPECT_EQ(zsock_connect(3, to(), 8), -1);
  EXPECT_EQ(errno, EINTR);
  unsetenv("ZSOCK_CONNECT_TIMEOUT_MS");
}

}  // namespace
}  // namespace zsock::zephyr
