#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libzsock/zephyr/address.h"
#include "tests/zephyr/fake_native.h"

#include <zephyr/net/dns_resolve.h>
#include <zephyr/net/socketutils.h>

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

TEST_F(ZephyrNames, HostAndPortInOne) {
  EXPECT_EQ(std::string(net_addr_str_find_port("host.example.org:80")), "80");
  EXPECT_EQ(std::string(net_addr_str_find_port("[2001:db8::1]:80")), "80");
  for (const char* text : {"", "host", "[2001:db8::1]", "2001:db8::1"}) {
    EXPECT_EQ(net_addr_str_find_port(text), nullptr) << text;
  }
  ASSERT_EQ(net_getaddrinfo_addr_str("2001:db8::1", "443", nullptr, &list), 0);
  EXPECT_EQ(net_ntohs(net_sin6(list->ai_addr)->sin6_port), 443);
}

/// What dns_get_addr_info() has called, from its thread.
struct Called {
  std::mutex mutex{};
  std::condition_variable changed{};
  std::vector<int> statuses{};
  std::vector<int> families{};

  static void call(dns_resolve_status status, dns_addrinfo* info, void* user_data) {
    Called& called = *static_cast<Called*>(user_data);
    const std::lock_guard lock(called.mutex);
    called.statuses.push_back(status);
    if (info != nullptr) called.families.push_back(info->ai_family);
    called.changed.notify_all();
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(10),
                            [&] { return statuses.size() >= count; });
  }
};

TEST_F(ZephyrNames, AnswersComeByCall) {
  FoundList found;
  Called called;
  std::uint16_t id = 0;
  EXPECT_CALL(native, getaddrinfo(testing::StrEq("host.example.org"), nullptr, _, 1500, _))
      .WillOnce([&](auto, auto, auto, auto, addrinfo** result) {
        *result = &found.first;
        return 0;
      });
  ASSERT_EQ(
      dns_get_addr_info("host.example.org", DNS_QUERY_TYPE_AAAA, &id, Called::call, &called, 1500),
      0);
  ASSERT_TRUE(called.wait_for(3));
  EXPECT_EQ(called.statuses,
            (std::vector<int>{DNS_EAI_INPROGRESS, DNS_EAI_INPROGRESS, DNS_EAI_ALLDONE}));
  EXPECT_EQ(called.families, (std::vector<int>{NET_AF_INET6, NET_AF_INET}));
  EXPECT_EQ(dns_cancel_addr_info(id), -ENOENT) << "it is answered";
  EXPECT_EQ(dns_get_addr_info(nullptr, DNS_QUERY_TYPE_A, &id, Called::call, &called, 1), -EINVAL);
  EXPECT_EQ(dns_get_addr_info("x", DNS_QUERY_TYPE_A, &id, nullptr, &called, 1), -EINVAL);
}

TEST_F(ZephyrNames, QuestionsAreCanceledAndLimited) {
  Called called;
  std::mutex gate;
  std::uint16_t id = 0;
  std::atomic<int> ended{0};
  gate.lock();
  ON_CALL(native, getaddrinfo).WillByDefault([&](auto, auto, auto, auto, addrinfo**) {
    const std::lock_guard lock(gate);
    ++ended;
    return EAI_AGAIN;
  });
  for (int i = 0; i < 8; ++i) {
    ASSERT_EQ(dns_get_addr_info("x", DNS_QUERY_TYPE_A, &id, Called::call, &called, 1), 0);
  }
  EXPECT_EQ(dns_get_addr_info("x", DNS_QUERY_TYPE_A, &id, Called::call, &called, 1), -EAGAIN);
  EXPECT_EQ(dns_cancel_addr_info(id), 0);
  EXPECT_EQ(dns_cancel_addr_info(id), -ENOENT);
  EXPECT_EQ(called.statuses, (std::vector<int>{DNS_EAI_CANCELED}));
  gate.unlock();
  ASSERT_TRUE(called.wait_for(8)) << "the others: timed out";
  while (ended != 8) std::this_thread::yield();
  EXPECT_EQ(called.statuses, std::vector<int>(8, DNS_EAI_CANCELED)) << "and each once";
}

}  // namespace
}  // namespace zsock::zephyr
