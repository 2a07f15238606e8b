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

TEST(ZephyrInet, ListsOfAddressesWithMasks) {
  const char* next = "192.0.2.1/24, 2001:db8::1/64 198.51.100.7";
  net_sockaddr_storage address{};
  std::uint8_t bits = 0;
  const auto take = [&] {
    next = net_ipaddr_parse_mask(next, std::strlen(next), net_sad(&address), &bits);
    return next != nullptr;
  };
  ASSERT_TRUE(take());
  EXPECT_EQ(address.ss_family, NET_AF_INET);
  EXPECT_EQ(bits, 24);
  ASSERT_TRUE(take());
  EXPECT_EQ(address.ss_family, NET_AF_INET6);
  EXPECT_EQ(bits, 64);
  ASSERT_TRUE(take());
  EXPECT_EQ(bits, 32) << "all of it, without a mask";
  EXPECT_EQ(*next, '\0');
  for (const char* wrong : {"", "/24", "192.0.2.1/33", "192.0.2.1/", "192.0.2.1/x", "host/24"}) {
    EXPECT_EQ(net_ipaddr_parse_mask(wrong, std::strlen(wrong), net_sad(&address), &bits), nullptr)
        << wrong;
  }
}

TEST(ZephyrInet, MasksAndTheirLengths) {
  net_sockaddr_storage mask{};
  std::uint8_t bits = 0;
  for (const unsigned int wanted : {0U, 1U, 23U, 32U}) {
    ASSERT_EQ(
        net_mask_len_to_netmask(NET_AF_INET, static_cast<std::uint8_t>(wanted), net_sad(&mask)), 0);
    EXPECT_EQ(net_netmask_to_mask_len(NET_AF_INET, net_sad(&mask), &bits), 0);
    EXPECT_EQ(bits, wanted);
  }
  ASSERT_EQ(net_mask_len_to_netmask(NET_AF_INET6, 65, net_sad(&mask)), 0);
  EXPECT_EQ(net_sin6(net_sad(&mask))->sin6_addr.s6_addr[8], 0x80);
  net_sin6(net_sad(&mask))->sin6_addr.s6_addr[15] = 1;
  EXPECT_EQ(net_netmask_to_mask_len(NET_AF_INET6, net_sad(&mask), &bits), -EINVAL) << "a hole";
}

TEST(ZephyrInet, AddressesAreCompared) {
  net_sockaddr_storage a{};
  net_sockaddr_storage b{};
  const auto same = [&](const char* one, const char* other) {
    EXPECT_TRUE(net_ipaddr_parse(one, std::strlen(one), net_sad(&a)));
    EXPECT_TRUE(net_ipaddr_parse(other, std::strlen(other), net_sad(&b)));
    return net_sockaddr_cmp(net_sad(&a), net_sad(&b));
  };
  EXPECT_TRUE(same("192.0.2.1:80", "192.0.2.1:80"));
  EXPECT_FALSE(same("192.0.2.1:80", "192.0.2.1:81"));
  EXPECT_FALSE(same("192.0.2.1:80", "192.0.2.2:80"));
  EXPECT_FALSE(same("[::1]:80", "127.0.0.1:80"));
  EXPECT_TRUE(same("[fe80::1]:80", "[fe80::1]:80"));
  net_sin6(net_sad(&a))->sin6_scope_id = 2;
  EXPECT_FALSE(net_sockaddr_cmp(net_sad(&a), net_sad(&b))) << "another link";
  EXPECT_EQ(net_port_set_default(net_sad(&a), 123), 0);
  EXPECT_EQ(net_ntohs(net_sin6(net_sad(&a))->sin6_port), 80) << "it has one";
  net_sin6(net_sad(&a))->sin6_port = 0;
  EXPECT_EQ(net_port_set_default(net_sad(&a), 123), 0);
  EXPECT_EQ(net_ntohs(net_sin6(net_sad(&a))->sin6_port), 123);
}

TEST(ZephyrInet, GroupsOfAllNodesAndPriorities) {
  const net_in6_addr interface_all = ipv6("ff01::1");
  const net_in6_addr link_all = ipv6("ff02::1");
  const net_in6_addr routers = ipv6("ff02::2");
  EXPECT_TRUE(net_ipv6_is_addr_mcast_iface_all_nodes(&interface_all));
  EXPECT_FALSE(net_ipv6_is_addr_mcast_iface_all_nodes(&link_all));
  EXPECT_TRUE(net_ipv6_is_addr_mcast_link_all_nodes(&link_all));
  EXPECT_FALSE(net_ipv6_is_addr_mcast_all_nodes_group(&routers));
  EXPECT_EQ(net_vlan2priority(net_priority2vlan(NET_PRIORITY_BK)), NET_PRIORITY_BK);
  EXPECT_EQ(net_vlan2priority(net_priority2vlan(NET_PRIORITY_VO)), NET_PRIORITY_VO);
}

}  // namespace
}  // namespace zsock::zephyr
