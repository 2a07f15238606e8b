/** \file IPv6 groups of the interface: datagrams to them reach every socket bound to their port. */
#ifndef ZEPHYR_NET_MLD_H_
#define ZEPHYR_NET_MLD_H_

#include <zephyr/net/net_if.h>
#include <zephyr/net/net_ip.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** \return 0; -EALREADY; -EINVAL: no group; -ENETDOWN: zsockd cannot be reached; -errno */
int net_ipv6_mld_join(struct net_if* iface, const struct net_in6_addr* addr);
/** \return 0; -EINVAL: it was not joined by net_ipv6_mld_join(); -ENETDOWN; -errno */
int net_ipv6_mld_leave(struct net_if* iface, const struct net_in6_addr* addr);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_MLD_H_ */
