#include "libzsock/zephyr/options.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "tests/zephyr/fake_native.h"

namespace zsock::zephyr {
namespace {

using testing::_;
using testing::NiceMock;
using testing::Return;

struct ZephyrOptions : testing::Test {
  NiceMock<FakeNative> native;
  void answers(int number) {
    ON_CALL(native, getsockopt).WillByDefault([=](int, int, int, void* value, socklen_t*) {
      std::memcpy(value, &number, sizeof number);
      return 0;
    });
  }
};

// Zephyr's 4, 5, 6 of TCP are not the host's; 2 and 3 are MAXSEG and CORK there.
TEST_F(ZephyrOptions, KeepaliveHasOtherNumbers) {
  EXPECT_CALL(native, setsockopt(3, IPPROTO_TCP, TCP_KEEPIDLE, _, 4));
  EXPECT_CALL(native, setsockopt(3, IPPROTO_TCP, TCP_KEEPINTVL, _, 4));
  EXPECT_CALL(native, setsockopt(3, IPPROTO_TCP, TCP_KEEPCNT, _, 4));
  const int value = 30;
  for (const int name : {2, 3, 4}) EXPECT_EQ(zsock_setsockopt(3, 6, name, &value, 4), 0);
  for (const int name : {5, 6, 9, 13}) {
    EXPECT_EQ(zsock_setsockopt(3, 6, name, &value, 4), -1);
    EXPECT_EQ(errno, ENOPROTOOPT);
  }
}

TEST_F(ZephyrOptions, WhatMeansSomethingElseToTheHostDoesNotPass) {
  EXPECT_CALL(native, setsockopt).Times(0);
  const int value = 1;
  const std::array<std::array<int, 2>, 4> options{{{ZSOCK_SOL_SOCKET, ZSOCK_SO_SOCKS5},
                                                   {ZSOCK_SOL_TLS, ZSOCK_TLS_SEC_TAG_LIST},
                                                   {ZSOCK_SOL_TLS, ZSOCK_TLS_HOSTNAME},
                                                   {NET_IPPROTO_UDP, 1}}};
  for (const auto& [level, name] : options) {
    EXPECT_EQ(zsock_setsockopt(3, level, name, &value, 4), -1);
    EXPECT_EQ(errno, ENOPROTOOPT);
  }
}

TEST_F(ZephyrOptions, DontFragmentIsAModeOfPathMtuDiscovery) {
  int mode = -1;
  EXPECT_CALL(native, setsockopt(3, IPPROTO_IP, IP_MTU_DISCOVER, _, 4))
      .Times(2)
      .WillRepeatedly([&](int, int, int, const void* value, socklen_t) {
        std::memcpy(&mode, value, sizeof mode);
        return 0;
      });
  int value = 1;
  EXPECT_EQ(zsock_setsockopt(3, NET_IPPROTO_IP, ZSOCK_IP_DONTFRAG, &value, 4), 0);
  EXPECT_EQ(mode, IP_PMTUDISC_DO);
  value = 0;
  EXPECT_EQ(zsock_setsockopt(3, NET_IPPROTO_IP, ZSOCK_IP_DONTFRAG, &value, 4), 0);
  EXPECT_EQ(mode, IP_PMTUDISC_DONT);
  for (const int found : {IP_PMTUDISC_DO, IP_PMTUDISC_WANT}) {
    answers(found);
    net_socklen_t length = sizeof value;
    EXPECT_EQ(zsock_getsockopt(3, NET_IPPROTO_IP, ZSOCK_IP_DONTFRAG, &value, &length), 0);
    EXPECT_EQ(value, found == IP_PMTUDISC_DO ? 1 : 0);
  }
}

// Every integer option goes to the host's level and name, and its value comes back.
TEST_F(ZephyrOptions, EveryIntegerGoesThereAndBack) {
  answers(1);
  int count = 0;
  for (const int level :
       {ZSOCK_SOL_SOCKET, int{NET_IPPROTO_TCP}, int{NET_IPPROTO_IP}, int{NET_IPPROTO_IPV6}}) {
    for (int name = 0; name < 128; ++name) {
      const Option* const option = find_option(level, name);
      if (option == nullptr || option->access != Access::both || option->form > Form::hint)
        continue;
      SCOPED_TRACE(testing::Message() << level << '/' << name);
      ++count;
      const int value = 1;
      EXPECT_CALL(native, setsockopt(3, option->native_level, option->native_name, _, 4));
      EXPECT_EQ(zsock_setsockopt(3, level, name, &value, 4), 0);
      EXPECT_EQ(zsock_setsockopt(3, level, name, &value, 3), -1);
      EXPECT_EQ(errno, EINVAL);
      int got = 0;
      net_socklen_t size = 4;
      EXPECT_EQ(zsock_getsockopt(3, level, name, &got, &size), 0);
      EXPECT_EQ(got, 1);
      size = 8;
      EXPECT_EQ(zsock_getsockopt(3, level, name, &got, &size), -1);
      EXPECT_EQ(errno, EINVAL);
    }
  }
  EXPECT_EQ(count, 27);
}

TEST_F(ZephyrOptions, FlagsAreOneOrZero) {
  EXPECT_CALL(native, setsockopt(3, SOL_SOCKET, SO_REUSEADDR, _, 4))
      .WillOnce([](int, int, int, const void* value, socklen_t) {
        int number = 0;
        std::memcpy(&number, value, sizeof number);
        EXPECT_EQ(number, 1);
        return 0;
      });
  int value = 77;
  EXPECT_EQ(zsock_setsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_REUSEADDR, &value, 4), 0);
  answers(77);
  net_socklen_t size = 4;
  EXPECT_EQ(zsock_getsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_REUSEADDR, &value, &size), 0);
  EXPECT_EQ(value, 1);
}

TEST_F(ZephyrOptions, TheDomainIsZephyrs) {
  answers(AF_INET6);
  int value = 0;
  net_socklen_t size = 4;
  EXPECT_EQ(zsock_getsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_DOMAIN, &value, &size), 0);
  EXPECT_EQ(value, NET_AF_INET6);
  EXPECT_EQ(zsock_setsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_DOMAIN, &value, 4), -1);
  EXPECT_EQ(errno, ENOPROTOOPT);
}

TEST_F(ZephyrOptions, ATimeHasItsExactSize) {
  const timeval time{.tv_sec = 5, .tv_usec = 0};
  EXPECT_CALL(native, setsockopt(3, SOL_SOCKET, SO_RCVTIMEO, _, sizeof time));
  EXPECT_EQ(zsock_setsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_RCVTIMEO, &time, sizeof time), 0);
  EXPECT_EQ(zsock_setsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_RCVTIMEO, &time, 8), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(zsock_setsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_RCVTIMEO, nullptr, 16), -1);
  EXPECT_EQ(errno, EINVAL);
}

TEST_F(ZephyrOptions, HintsAreTakenThoughTheStackHasNoUse) {
  EXPECT_CALL(native, setsockopt(3, SOL_SOCKET, SO_PRIORITY, _, 4))
      .WillRepeatedly(FailsWith(ENOPROTOOPT));
  const std::uint8_t octet = 5;
  EXPECT_EQ(zsock_setsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_PRIORITY, &octet, 1), 0);
  const int value = 1;
  EXPECT_CALL(native, setsockopt(3, SOL_SOCKET, SO_DONTROUTE, _, _)).Times(0);
  EXPECT_EQ(zsock_setsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_DONTROUTE, &value, 4), 0);
}

TEST_F(ZephyrOptions, BuffersReadAsTheyWereSet) {
  answers(2 * 4096);
  int value = 0;
  net_socklen_t size = 4;
  EXPECT_EQ(zsock_getsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_RCVBUF, &value, &size), 0);
  EXPECT_EQ(value, 4096);
}

TEST_F(ZephyrOptions, BuffersAreNotNegative) {
  const int value = -1;
  EXPECT_EQ(zsock_setsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_RCVBUF, &value, 4), -1);
  EXPECT_EQ(errno, EINVAL);
}

TEST_F(ZephyrOptions, AGroupIsJoinedWithTheLongStructureOnly) {
  net_ip_mreqn group{};
  EXPECT_EQ(zsock_setsockopt(3, NET_IPPROTO_IP, ZSOCK_IP_ADD_MEMBERSHIP, &group, sizeof group), -1);
  EXPECT_EQ(errno, EINVAL);
  group.imr_multiaddr.s4_addr[0] = 224;
  EXPECT_EQ(zsock_setsockopt(3, NET_IPPROTO_IP, ZSOCK_IP_ADD_MEMBERSHIP, &group, 8), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_CALL(native, setsockopt(3, IPPROTO_IP, IP_ADD_MEMBERSHIP, _, 12));
  EXPECT_EQ(zsock_setsockopt(3, NET_IPPROTO_IP, ZSOCK_IP_ADD_MEMBERSHIP, &group, sizeof group), 0);
  EXPECT_CALL(native, setsockopt(3, IPPROTO_IP, IP_MULTICAST_IF, _, 8));
  EXPECT_EQ(zsock_setsockopt(3, NET_IPPROTO_IP, ZSOCK_IP_MULTICAST_IF, &group, 8), 0);
}

TEST_F(ZephyrOptions, ADeviceIsNamedByIfreq) {
  net_ifreq request{};
  std::memcpy(request.ifr_name, "zs0", 3);
  EXPECT_CALL(native, setsockopt).Times(0);
  const auto bind_to = [&request] {
    return zsock_setsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_BINDTODEVICE, &request, sizeof request);
  };
  EXPECT_EQ(bind_to(), 0);
  request.ifr_name[2] = '7';
  EXPECT_EQ(bind_to(), -1);
  EXPECT_EQ(errno, ENODEV);
  request.ifr_name[0] = '\0';
  EXPECT_EQ(bind_to(), 0);
  EXPECT_EQ(zsock_setsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_BINDTODEVICE, nullptr, 0), 0);
  EXPECT_EQ(zsock_setsockopt(3, ZSOCK_SOL_SOCKET, ZSOCK_SO_BINDTODEVICE, &request, 3), -1);
  EXPECT_EQ(errno, EINVAL);
}

}  // namespace
}  // namespace zsock::zephyr
