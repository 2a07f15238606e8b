#include <gtest/gtest.h>

#include <cstring>
#include <initializer_list>
#include <utility>

#include "libzsock/zephyr/native.h"

namespace zsock::zephyr {
namespace {

TEST(ZephyrInet, TextToAddressAndBack) {
  net_in6_addr address;
  ASSERT_EQ(zsock_inet_pton(NET_AF_INET6, "2001:db8::7", &address), 1);
  char text[NET_IPV6_ADDR_LEN];
  EXPECT_STREQ(zsock_inet_ntop(NET_AF_INET6, &address, text, sizeof text), "2001:db8::7");
  net_in_addr ipv4 = NET_INADDR_LOOPBACK_INIT;
  EXPECT_STREQ(net_addr_ntop(NET_AF_INET, &ipv4, text, sizeof text), "127.0.0.1");
  EXPECT_TRUE(net_ipv6_is_addr_loopback(&net_in6addr_loopback));
  EXPECT_TRUE(net_ipv6_is_addr_unspecified(&net_in6addr_any));
}

TEST(ZephyrInet, ErrorsAreTold) {
  net_in6_addr address;
  char text[4];
  EXPECT_EQ(zsock_inet_pton(NET_AF_INET, "192.0.2", &address), 0);
  EXPECT_EQ(zsock_inet_pton(AF_INET6, "::1", &address), -1);
  EXPECT_EQ(errno, EAFNOSUPPORT);
  EXPECT_EQ(zsock_inet_ntop(NET_AF_INET6, &net_in6addr_loopback, text, 2), nullptr);
  EXPECT_EQ(errno, ENOSPC);
  EXPECT_EQ(net_addr_pton(NET_AF_INET, "nonsense", &address), -EINVAL);
  EXPECT_EQ(net_addr_pton(NET_AF_CAN, "::1", &address), -EAFNOSUPPORT);
}

struct Parsed {
  const char* text;
  int family;  ///< NET_AF_UNSPEC: must not parse
  std::uint16_t port;
};

class ZephyrParse : public testing::TestWithParam<Parsed> {};

TEST_P(ZephyrParse, AddressAndPort) {
  net_sockaddr_storage address{};
  const Parsed& expected = GetParam();
  const bool parsed =
      net_ipaddr_parse(expected.text, std::strlen(expected.text), net_sad(&address));
  ASSERT_EQ(parsed, expected.family != NET_AF_UNSPEC);
  if (!parsed) return;
  EXPECT_EQ(address.ss_family, expected.family);
  std::uint16_t port = 1;
  EXPECT_EQ(net_port_get(net_sad(&address), &port), 0);
  EXPECT_EQ(port, expected.port);
}

INSTANTIATE_TEST_SUITE_P(
    All, ZephyrParse,
    testing::Values(Parsed{"192.0.2.1", NET_AF_INET, 0}, Parsed{"192.0.2.1:80", NET_AF_INET, 80},
                    Parsed{"2001:db8::1", NET_AF_INET6, 0}, Parsed{"[::1]", NET_AF_INET6, 0},
                    Parsed{"[2001:db8::1]:65535", NET_AF_INET6, 65535},
                    Parsed{"[2001:db8::1]:65536", NET_AF_UNSPEC, 0},
                    Parsed{"192.0.2.1:", NET_AF_UNSPEC, 0}, Parsed{"192.0.2.1:x", NET_AF_UNSPEC, 0},
                    Parsed{"[::1", NET_AF_UNSPEC, 0}, Parsed{"[::1]8", NET_AF_UNSPEC, 0},
                    Parsed{"", NET_AF_UNSPEC, 0}, Parsed{"host", NET_AF_UNSPEC, 0}));

TEST(ZephyrInet, LengthBoundsTheText) {
  net_sockaddr_storage address{};
  ASSERT_TRUE(net_ipaddr_parse("192.0.2.123", 9, net_sad(&address)));
  EXPECT_EQ(ntohl(net_sin(net_sad(&address))->sin_addr.s_addr), 0xc0000201U);
  EXPECT_FALSE(net_ipaddr_parse(nullptr, 3, net_sad(&address)));
}

TEST(ZephyrInet, Classes) {
  net_in6_addr address;
  const auto is = [&address](const char* text, bool (*what)(const net_in6_addr*)) {
    EXPECT_EQ(zsock_inet_pton(NET_AF_INET6, text, &address), 1);
    return what(&address);
  };
  EXPECT_TRUE(is("fe80::1", net_ipv6_is_ll_addr));
  EXPECT_FALSE(is("fec0::1", net_ipv6_is_ll_addr));
  EXPECT_TRUE(is("ff02::1", net_ipv6_is_addr_mcast));
  EXPECT_TRUE(is("::ffff:192.0.2.1", net_ipv6_addr_is_v4_mapped));
  EXPECT_TRUE(is("2001:db8::1", net_ipv6_is_global_addr));
  EXPECT_TRUE(is("fd00::1", net_ipv6_is_ula_addr));

  net_in6_addr other;
  net_ipv6_addr_create(&other, 0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
  net_ipv6_addr_create(&address, 0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
  EXPECT_TRUE(net_ipv6_is_prefix(address.s6_addr, other.s6_addr, 126));
  EXPECT_FALSE(net_ipv6_is_prefix(address.s6_addr, other.s6_addr, 127));
  EXPECT_TRUE(net_ipv6_is_prefix(address.s6_addr, address.s6_addr, 128));
}

TEST(ZephyrInet, FamilyNames) {
  EXPECT_STREQ(net_family2str(NET_AF_INET6), "AF_INET6");
  EXPECT_EQ(net_family2str(99), nullptr);
}

net_in6_addr ipv6(const char* text) {
  net_in6_addr address{};
  EXPECT_EQ(net_addr_pton(NET_AF_INET6, text, &address), 0);
  return address;
}

TEST(ZephyrInet, KindsOfGroups) {
  const net_in6_addr link = ipv6("ff02::fb");
  const net_in6_addr site = ipv6("ff05::fb");
  EXPECT_TRUE(net_ipv6_is_addr_mcast_link(&link) && !net_ipv6_is_addr_mcast_site(&link));
  EXPECT_TRUE(net_ipv6_is_addr_mcast_site(&site) && !net_ipv6_is_addr_mcast_global(&site));
  EXPECT_FALSE(net_ipv6_is_same_mcast_scope(&link, &site));
  EXPECT_TRUE(net_ipv6_is_addr_mcast_group(&link, &site));
  net_in6_addr made{};
  const net_in6_addr own = ipv6("2001:db8::12:3456");
  net_ipv6_addr_create_solicited_node(&own, &made);
  const net_in6_addr node = ipv6("ff02::1:ff12:3456");
  EXPECT_TRUE(net_ipv6_addr_cmp(&made, &node) && net_ipv6_is_addr_solicited_node(&made));
  EXPECT_FALSE(net_ipv6_is_addr_solicited_node(&link));
  net_ipv6_addr_create_ll_allrouters_mcast(&made);
  const net_in6_addr routers = ipv6("ff02::2");
  EXPECT_TRUE(net_ipv6_addr_cmp(&made, &routers));
}

TEST(ZephyrInet, PrefixesAndMappedAddresses) {
  const net_in6_addr own = ipv6("2001:db8:ffff:ffff:ffff::1");
  net_in6_addr masked{};
  for (const auto& [bits, text] : std::initializer_list<std::pair<std::uint8_t, const char*>>{
           {0, "::"}, {35, "2001:db8:e000::"}, {64, "2001:db8:ffff:ffff::"}, {128, nullptr}}) {
    net_ipv6_addr_prefix_mask(own.s6_addr, masked.s6_addr, bits);
    const net_in6_addr expected = text == nullptr ? own : ipv6(text);
    EXPECT_TRUE(net_ipv6_addr_cmp(&masked, &expected)) << int{bits};
  }
  net_in_addr inside{};
  const net_in6_addr mapped = ipv6("::ffff:192.0.2.1");
  EXPECT_TRUE(net_ipv6_addr_get_v4_mapped(&mapped, &inside));
  EXPECT_EQ(inside.s_addr, net_htonl(0xc0000201U));
  EXPECT_FALSE(net_ipv6_addr_get_v4_mapped(&own, &inside));
  EXPECT_TRUE(net_ipv6_is_private_addr(&own) && !net_ipv6_is_private_addr(&mapped));
}

TEST(ZephyrInet, SequenceNumbersAndOctets) {
  EXPECT_TRUE(net_tcp_seq_greater(5, 0xfffffff0U) && !net_tcp_seq_greater(5, 5));
  std::uint8_t octets[3] = {};
  EXPECT_EQ(net_bytes_from_str(octets, 3, "02:fF:10"), 0);
  EXPECT_EQ(octets[1], 0xff);
  for (const char* text : {"02:ff", "02:ff:10:", "02-ff-10", "02:f:100", "0x:ff:10", ""}) {
    EXPECT_EQ(net_bytes_from_str(octets, 3, text), -EINVAL) << text;
  }
}

}  // namespace
}  // namespace zsock::zephyr
