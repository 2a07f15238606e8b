/** \file What may happen to the network: one bit each; their values are this library's. */
#ifndef ZEPHYR_NET_NET_EVENT_H_
#define ZEPHYR_NET_NET_EVENT_H_

#include <zephyr/net/net_ip.h>

/* Raised. */
#define NET_EVENT_IF_DOWN (1UL << 0)
#define NET_EVENT_IF_UP (1UL << 1)
#define NET_EVENT_IPV4_ADDR_ADD (1UL << 2) /**< info: struct in_addr */
#define NET_EVENT_IPV4_ADDR_DEL (1UL << 3)
#define NET_EVENT_IPV6_ADDR_ADD (1UL << 4) /**< info: struct in6_addr */
#define NET_EVENT_IPV6_ADDR_DEL (1UL << 5)
#define NET_EVENT_IPV6_DAD_SUCCEED (1UL << 6) /**< info: struct in6_addr */
#define NET_EVENT_IPV6_DAD_FAILED (1UL << 7)
#define NET_EVENT_L4_CONNECTED (1UL << 8) /**< an address of either family can be used */
#define NET_EVENT_L4_DISCONNECTED (1UL << 9)
#define NET_EVENT_L4_IPV4_CONNECTED (1UL << 10)
#define NET_EVENT_L4_IPV4_DISCONNECTED (1UL << 11)
#define NET_EVENT_L4_IPV6_CONNECTED (1UL << 12)
#define NET_EVENT_L4_IPV6_DISCONNECTED (1UL << 13)
#define NET_EVENT_IF_ADMIN_DOWN NET_EVENT_IF_DOWN
#define NET_EVENT_IF_ADMIN_UP NET_EVENT_IF_UP

/* Only raised by net_mgmt_event_notify(): the network is configured by zsockd's operator. */
#define NET_EVENT_IPV4_DHCP_START (1UL << 16)
#define NET_EVENT_IPV4_DHCP_BOUND (1UL << 17)
#define NET_EVENT_IPV4_DHCP_STOP (1UL << 18)
#define NET_EVENT_IPV4_ACD_SUCCEED (1UL << 19)
#define NET_EVENT_IPV4_ACD_FAILED (1UL << 20)
#define NET_EVENT_IPV6_ADDR_DEPRECATED (1UL << 21)
#define NET_EVENT_IPV6_ROUTER_ADD (1UL << 22)
#define NET_EVENT_IPV6_ROUTER_DEL (1UL << 23)
#define NET_EVENT_IPV4_ROUTER_ADD (1UL << 24)
#define NET_EVENT_IPV4_ROUTER_DEL (1UL << 25)
#define NET_EVENT_DNS_SERVER_ADD (1UL << 26)
#define NET_EVENT_DNS_SERVER_DEL (1UL << 27)
#define NET_EVENT_HOSTNAME_CHANGED (1UL << 28)

#endif /* ZEPHYR_NET_NET_EVENT_H_ */
