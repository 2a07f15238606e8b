/** \file Which addresses are zsockd's. What is known of them is at most some 200 ms old. */
#ifndef ZEPHYR_NET_IP_OWN_H_
#define ZEPHYR_NET_IP_OWN_H_

#include <zephyr/net/ip/types.h>

struct net_if;

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

bool net_ipv4_is_my_addr(const struct net_in_addr* address);
bool net_ipv6_is_my_addr(const struct net_in6_addr* address);
/** A group that every node is in, or that of an own address's solicitations. */
bool net_ipv6_is_my_maddr(const struct net_in6_addr* address);
/** Is it in one of the interface's subnets? */
bool net_ipv4_addr_mask_cmp(struct net_if* iface, const struct net_in_addr* address);
/** 255.255.255.255, or the last address of one of the interface's subnets. */
bool net_ipv4_is_addr_bcast(struct net_if* iface, const struct net_in_addr* address);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_IP_OWN_H_ */
