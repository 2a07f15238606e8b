#include "libzsock/zephyr/net/network.h"

#include <gtest/gtest.h>

#include <zephyr/net/conn_mgr_connectivity.h>
#include <zephyr/net/net_config.h>

namespace zsock::zephyr {
namespace {

constexpr const char* kText =
    "interface zs0 mtu 1500 mac 02:00:5e:10:00:01\naddress 127.0.0.1/8 usable\n"
    "address 192.0.2.1/24 usable\naddress 2001:db8::1/64 tentative\n";
constexpr const char* kAfterDad =
    "interface zs0 mtu 1500 mac 02:00:5e:10:00:01\naddress 192.0.2.1/24 usable\n"
    "address 2001:db8::1/64 usable\n";
constexpr const char* kDuplicate =
    "interface zs0 mtu 1500 mac 02:00:5e:10:00:01\naddress 2001:db8::1/64 duplicate\n";

std::vector<std::uint64_t> events(const Network& before, const Network& after) {
  std::vector<std::uint64_t> list;
  for (const Happening& happening : changes(before, after, false, false)) {
    list.push_back(happening.event);
  }
  return list;
}

using Events = std::vector<std::uint64_t>;

TEST(ZephyrNetwork, IsReadFromText) {
  const Network network = parse_network(kText);
  EXPECT_TRUE(network.up);
  EXPECT_EQ(network.name, "zs0");
  EXPECT_EQ(network.mtu, 1500);
  EXPECT_EQ(network.link.addr[2], 0x5e);
  ASSERT_EQ(network.addresses.size(), 2U);  // none of the loopback
  EXPECT_EQ(network.addresses[0].prefix, 24);
  EXPECT_TRUE(network.has_usable(true));
  EXPECT_FALSE(network.has_usable(false));
}

TEST(ZephyrNetwork, StrangeTextIsLeftOut) {
  const Network network = parse_network("interface\nwhat\naddress\naddress x/y z\ngateway ::1\n\n");
  EXPECT_TRUE(network.addresses.empty());
  EXPECT_EQ(network.link.len, 0);
}

TEST(ZephyrNetwork, TellsWhatHasCome) {
  EXPECT_EQ(events({}, parse_network(kText)),
            (Events{NET_EVENT_IF_UP, NET_EVENT_IPV4_ADDR_ADD, NET_EVENT_IPV6_ADDR_ADD,
                    NET_EVENT_L4_IPV4_CONNECTED, NET_EVENT_L4_CONNECTED}));
  EXPECT_EQ(events(parse_network(kText), parse_network(kAfterDad)),
            (Events{NET_EVENT_IPV6_DAD_SUCCEED, NET_EVENT_L4_IPV6_CONNECTED}));
  EXPECT_EQ(events(parse_network(kText), parse_network(kText)), Events{});
}

TEST(ZephyrNetwork, TellsWhatHasGone) {
  EXPECT_EQ(events(parse_network(kText), parse_network(kDuplicate)),
            (Events{NET_EVENT_IPV4_ADDR_DEL, NET_EVENT_IPV6_DAD_FAILED,
                    NET_EVENT_L4_IPV4_DISCONNECTED, NET_EVENT_L4_DISCONNECTED}));
  EXPECT_EQ(
      events(parse_network(kAfterDad), {}),
      (Events{NET_EVENT_IPV4_ADDR_DEL, NET_EVENT_IPV6_ADDR_DEL, NET_EVENT_L4_IPV4_DISCONNECTED,
              NET_EVENT_L4_IPV6_DISCONNECTED, NET_EVENT_L4_DISCONNECTED, NET_EVENT_IF_DOWN}));
}

TEST(ZephyrNetwork, AnIgnoredInterfaceIsNoConnection) {
  const Network network = parse_network(kAfterDad);
  const auto happened = changes(network, network, false, true);
  ASSERT_EQ(happened.size(), 3U);
  EXPECT_EQ(happened.back().event, NET_EVENT_L4_DISCONNECTED);
  EXPECT_EQ(connection_status(network, true).back().event, NET_EVENT_L4_DISCONNECTED);
  EXPECT_EQ(connection_status(network, false).back().event, NET_EVENT_L4_CONNECTED);
}

// Of the fake daemon: 192.0.2.1 and fe80::1 usable, 2001:db8::1 tentative.
TEST(ZephyrNetIf, ShowsTheInterface) {
  net_if* const iface = net_if_get_default();
  char name[16];
  ASSERT_NE(iface, nullptr);
  EXPECT_EQ(net_if_get_by_index(1), iface);
  EXPECT_EQ(net_if_get_by_index(2), nullptr);
  EXPECT_EQ(net_if_get_by_iface(iface), 1);
  EXPECT_EQ(net_if_get_by_iface(nullptr), -1);
  EXPECT_EQ(net_if_get_by_name("zs0"), 1);
  EXPECT_EQ(net_if_get_by_name("zs1"), -ENOENT);
  EXPECT_EQ(net_if_get_name(iface, name, sizeof name), 3);
  EXPECT_EQ(net_if_get_name(iface, name, 3), -EINVAL);
  EXPECT_EQ(net_if_get_mtu(iface), 1400);
  EXPECT_EQ(net_if_get_link_addr(iface)->len, 6);
  EXPECT_TRUE(net_if_is_up(iface));
  EXPECT_EQ(net_if_up(iface), -EALREADY);
  EXPECT_EQ(net_if_down(iface), -ENOTSUP);
  EXPECT_EQ(conn_mgr_all_if_up(true), 0);
  EXPECT_EQ(conn_mgr_all_if_connect(true), 0);
  EXPECT_EQ(conn_mgr_if_connect(iface), 0);
  EXPECT_EQ(conn_mgr_if_disconnect(iface), -ENOTSUP);
  EXPECT_EQ(conn_mgr_all_if_disconnect(true), -ENOTSUP);
  EXPECT_EQ(conn_mgr_all_if_down(true), -ENOTSUP);
  EXPECT_FALSE(net_if_is_ip_offloaded(iface));
  int count = 0;
  net_if_foreach([](net_if*, void* counter) { ++*static_cast<int*>(counter); }, &count);
  EXPECT_EQ(count, 1);
}

TEST(ZephyrNetIf, FindsAddresses) {
  net_if* iface = nullptr;
  net_in_addr v4{};
  net_in6_addr v6{};
  zsock_inet_pton(NET_AF_INET, "192.0.2.1", &v4);
  EXPECT_NE(net_if_ipv4_addr_lookup(&v4, &iface), nullptr);
  EXPECT_EQ(iface, net_if_get_default());
  EXPECT_NE(net_if_ipv4_addr_add(iface, &v4, NET_ADDR_MANUAL, 0), nullptr);
  v4.s4_addr[3] = 2;
  EXPECT_EQ(net_if_ipv4_addr_lookup(&v4, &iface), nullptr);
  EXPECT_EQ(net_if_ipv4_addr_add(iface, &v4, NET_ADDR_MANUAL, 0), nullptr);
  zsock_inet_pton(NET_AF_INET6, "2001:db8::1", &v6);
  const net_if_addr* const tentative = net_if_ipv6_addr_lookup(&v6, nullptr);
  ASSERT_NE(tentative, nullptr);
  EXPECT_EQ(tentative->addr_state, NET_ADDR_TENTATIVE);
  EXPECT_EQ(net_if_ipv6_get_global_addr(NET_ADDR_PREFERRED, &iface), nullptr);
  EXPECT_NE(net_if_ipv6_get_global_addr(NET_ADDR_ANY_STATE, &iface), nullptr);
  EXPECT_NE(net_if_ipv6_get_ll(iface, NET_ADDR_PREFERRED), nullptr);
  EXPECT_NE(net_if_ipv4_get_global_addr(iface, NET_ADDR_PREFERRED), nullptr);
  EXPECT_EQ(iface->config.ip.ipv4->unicast[0].netmask.s4_addr[2], 255);
  EXPECT_EQ(net_if_ipv4_get_gw(iface).s4_addr[3], 9);
}

TEST(ZephyrNetIf, AnswersForItsAddresses) {
  net_if* const iface = net_if_get_default();
  const auto v4 = [](const char* text) {
    net_in_addr address{};
    EXPECT_EQ(zsock_inet_pton(NET_AF_INET, text, &address), 1);
    return address;
  };
  const auto v6 = [](const char* text) {
    net_in6_addr address{};
    EXPECT_EQ(zsock_inet_pton(NET_AF_INET6, text, &address), 1);
    return address;
  };
  const net_in_addr own = v4("192.0.2.1");
  const net_in_addr neighbour = v4("192.0.2.77");
  const net_in_addr broadcast = v4("192.0.2.255");
  const net_in_addr mask = v4("255.255.255.0");
  const net_in_addr far = v4("198.51.100.1");
  EXPECT_TRUE(net_ipv4_is_my_addr(&own) && !net_ipv4_is_my_addr(&neighbour));
  EXPECT_TRUE(net_ipv4_addr_mask_cmp(iface, &neighbour) && !net_ipv4_addr_mask_cmp(iface, &far));
  EXPECT_TRUE(net_ipv4_is_addr_bcast(iface, &broadcast) && !net_ipv4_is_addr_bcast(iface, &own));
  EXPECT_TRUE(net_ipv4_is_addr_bcast(iface, net_ipv4_broadcast_address()));
  EXPECT_TRUE(net_if_ipv4_set_netmask_by_addr(iface, &own, &mask));
  EXPECT_FALSE(net_if_ipv4_set_netmask_by_addr(iface, &own, &broadcast));
  const net_in6_addr link_local = v6("fe80::1");
  const net_in6_addr solicited = v6("ff02::1:ff00:1");
  const net_in6_addr other = v6("ff02::1:ff00:2");
  EXPECT_TRUE(net_ipv6_is_my_addr(&link_local));
  EXPECT_TRUE(net_ipv6_is_my_maddr(&solicited) && !net_ipv6_is_my_maddr(&other));
  net_in6_addr made{};
  const net_in6_addr expected = v6("fe80::5eff:fe10:1");  // 02:00:5e:10:00:01
  EXPECT_EQ(
      net_ipv6_addr_generate_iid(iface, nullptr, nullptr, 0, 0, &made, net_if_get_link_addr(iface)),
      0);
  EXPECT_TRUE(net_ipv6_addr_cmp(&made, &expected));
  EXPECT_TRUE(net_ipv6_addr_based_on_ll(&made, net_if_get_link_addr(iface)));
  EXPECT_FALSE(net_ipv6_addr_based_on_ll(&link_local, net_if_get_link_addr(iface)));
}

TEST(ZephyrNetConfig, WaitsForWhatIsNeeded) {
  EXPECT_EQ(net_config_init("app", NET_CONFIG_NEED_IPV4 | NET_CONFIG_NEED_IPV6, 10), 0);
}

}  // namespace
}  // namespace zsock::zephyr
