#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "libzsock/zephyr/address.h"
#include "tests/zephyr/fake_native.h"

namespace zsock::zephyr {
namespace {

using testing::_;
using testing::NiceMock;
using testing::Return;

/// What the native resolver finds: one IPv6 and one IPv4 address of host.example.org.
struct FoundList {
  FoundList() {
    ipv6.sin6_family = AF_INET6;
    std::array<std::uint8_t, 16> octets{0x20, 0x01};
    octets[15] = 7;
    std::memcpy(&ipv6.sin6_addr, octets.data(), octets.size());
    ipv4.sin_family = AF_INET;
    ipv4.sin_addr.s_addr = htonl(0xc0000207);
    first.ai_family = AF_INET6;
    first.ai_addr = static_cast<sockaddr*>(static_cast<void*>(&ipv6));
    first.ai_addrlen = sizeof ipv6;
    first.ai_canonname = name.data();
    first.ai_next = &second;
    second.ai_family = AF_INET;
    second.ai_addr = static_cast<sockaddr*>(static_cast<void*>(&ipv4));
    second.ai_addrlen = sizeof ipv4;
  }
  sockaddr_in6 ipv6{};
  sockaddr_in ipv4{};
  std::string name = "host.example.org";
  addrinfo first{};
  addrinfo second{};
};

struct ZephyrNames : testing::Test {
  NiceMock<FakeNative> native;
  zsock_addrinfo* list = nullptr;
  ~ZephyrNames() override { zsock_freeaddrinfo(list); }

  int find(const char* host, const char* service, const zsock_addrinfo& hints = {}) {
    zsock_freeaddrinfo(list);
    return zsock_getaddrinfo(host, service, &hints, &list);
  }
  static zsock_addrinfo hinting(int flags, int family = NET_AF_UNSPEC, int type = 0,
                                int protocol = 0) {
    zsock_addrinfo hints{};
    hints.ai_flags = flags;
    hints.ai_family = family;
    hints.ai_socktype = type;
    hints.ai_protocol = protocol;
    return hints;
  }
};

TEST_F(ZephyrNames, AddressesAskNobody) {
  EXPECT_CALL(native, getaddrinfo).Times(0);
  ASSERT_EQ(find("192.0.2.1", "80"), 0);
  EXPECT_EQ(list->ai_family, NET_AF_INET);
  EXPECT_EQ(list->ai_socktype, NET_SOCK_STREAM);
  EXPECT_EQ(list->ai_protocol, NET_IPPROTO_TCP);
  EXPECT_EQ(list->ai_addrlen, sizeof(net_sockaddr_in));
  EXPECT_EQ(net_sin(list->ai_addr)->sin_port, htons(80));
  EXPECT_EQ(list->ai_next, nullptr);
  EXPECT_STREQ(list->ai_canonname, "192.0.2.1");
  ASSERT_EQ(find("[2001:db8::1]:8080", nullptr), 0);
  EXPECT_EQ(list->ai_addrlen, sizeof(net_sockaddr_in6));
  EXPECT_EQ(net_sin6(list->ai_addr)->sin6_port, htons(8080));
}

TEST_F(ZephyrNames, KindsOfSockets) {
  ASSERT_EQ(find("192.0.2.1", "80", hinting(0, 0, NET_SOCK_DGRAM)), 0);
  EXPECT_EQ(list->ai_protocol, NET_IPPROTO_UDP);
  ASSERT_EQ(find("192.0.2.1", "80", hinting(0, 0, 0, NET_IPPROTO_UDP)), 0);
  EXPECT_EQ(list->ai_socktype, NET_SOCK_DGRAM);
  ASSERT_EQ(find("192.0.2.1", "443", hinting(0, 0, NET_SOCK_STREAM, NET_IPPROTO_TLS_1_2)), 0);
  EXPECT_EQ(list->ai_protocol, NET_IPPROTO_TLS_1_2);
  EXPECT_EQ(find("192.0.2.1", "80", hinting(0, 0, NET_SOCK_RAW)), DNS_EAI_SOCKTYPE);
}

TEST_F(ZephyrNames, WrongQuestions) {
  errno = 0;
  EXPECT_EQ(find(nullptr, nullptr), DNS_EAI_SYSTEM);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(list, nullptr);
  for (const char* service : {"0", "65536", "http", "-1", "", "80x"}) {
    EXPECT_EQ(find("192.0.2.1", service), DNS_EAI_NONAME) << service;
  }
  EXPECT_EQ(find("192.0.2.1", "80", hinting(0, NET_AF_PACKET)), DNS_EAI_ADDRFAMILY);
  EXPECT_EQ(find("192.0.2.1", "80", hinting(0, NET_AF_INET6)), DNS_EAI_ADDRFAMILY);
  EXPECT_EQ(find("host", "80", hinting(ZSOCK_AI_NUMERICHOST)), DNS_EAI_FAIL);
  EXPECT_EQ(find(nullptr, "80"), DNS_EAI_FAIL);
}

TEST_F(ZephyrNames, PassiveWithoutHost) {
  ASSERT_EQ(find(nullptr, "80", hinting(ZSOCK_AI_PASSIVE)), 0);
  EXPECT_EQ(list->ai_family, NET_AF_INET);
  EXPECT_EQ(net_sin(list->ai_addr)->sin_addr.s_addr, NET_INADDR_ANY);
  EXPECT_EQ(net_sin(list->ai_addr)->sin_port, htons(80));
  ASSERT_EQ(find(nullptr, "80", hinting(ZSOCK_AI_PASSIVE, NET_AF_INET6)), 0);
  EXPECT_EQ(list->ai_family, NET_AF_INET6);
}

TEST_F(ZephyrNames, NamesGoToTheResolver) {
  FoundList found;
  EXPECT_CALL(native, getaddrinfo(testing::StrEq("host"), testing::IsNull(), _, 2000, _))
      .WillOnce([&](const char*, const char*, const addrinfo* hints, int, addrinfo** result) {
        EXPECT_EQ(hints->ai_family, AF_UNSPEC);
        *result = &found.first;
        return 0;
      });
  EXPECT_CALL(native, freeaddrinfo(&found.first));
  ASSERT_EQ(find("host", "80"), 0);
  EXPECT_EQ(list->ai_family, NET_AF_INET6);
  EXPECT_EQ(net_sin6(list->ai_addr)->sin6_addr.s6_addr[15], 7);
  EXPECT_STREQ(list->ai_canonname, "host.example.org");
  ASSERT_NE(list->ai_next, nullptr);
  EXPECT_EQ(list->ai_next->ai_family, NET_AF_INET);
  EXPECT_EQ(net_sin(list->ai_next->ai_addr)->sin_port, htons(80));
  EXPECT_EQ(list->ai_next->ai_next, nullptr);
}

TEST_F(ZephyrNames, TheResolversErrorsAreTold) {
  for (const int error : {EAI_NONAME, EAI_AGAIN, EAI_FAIL, EAI_NODATA, EAI_MEMORY, EAI_SYSTEM}) {
    EXPECT_CALL(native, getaddrinfo).WillOnce(Return(error));
    EXPECT_EQ(find("host", "80"), error);
    EXPECT_EQ(list, nullptr);
  }
}

TEST_F(ZephyrNames, ErrorsHaveNames) {
  EXPECT_STREQ(zsock_gai_strerror(DNS_EAI_NONAME), "EAI_NONAME");
  EXPECT_STREQ(zsock_gai_strerror(DNS_EAI_AGAIN), "EAI_AGAIN");
  EXPECT_STREQ(zsock_gai_strerror(-42), "EAI_UNKNOWN");
}

TEST_F(ZephyrNames, AddressesToText) {
  net_sockaddr_in6 peer{};
  peer.sin6_family = NET_AF_INET6;
  peer.sin6_port = htons(8080);
  peer.sin6_addr.s6_addr[15] = 1;
  const auto* address = static_cast<const net_sockaddr*>(static_cast<const void*>(&peer));
  char host[8];
  char port[5];
  EXPECT_EQ(zsock_getnameinfo(address, sizeof peer, host, sizeof host, port, sizeof port, 0), 0);
  EXPECT_STREQ(host, "::1");
  EXPECT_STREQ(port, "8080");
  EXPECT_EQ(zsock_getnameinfo(address, sizeof peer, host, 3, nullptr, 0, 0), DNS_EAI_SYSTEM);
  EXPECT_EQ(zsock_getnameinfo(address, sizeof peer, nullptr, 0, port, 4, 0), DNS_EAI_SYSTEM);
  EXPECT_EQ(errno, ENOSPC);
  EXPECT_EQ(zsock_getnameinfo(address, 8, host, sizeof host, nullptr, 0, 0), DNS_EAI_SYSTEM);
  EXPECT_EQ(errno, EINVAL);
}

}  // namespace
}  // namespace zsock::zephyr
