/** \file IPv4 groups of the interface: datagrams to them reach every socket bound to their port. */
#ifndef ZEPHYR_NET_IGMP_H_
#define ZEPHYR_NET_IGMP_H_

#include <zephyr/net/net_if.h>
#include <zephyr/net/net_ip.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** Which sources are wanted: not looked at, all of them are. */
struct igmp_param {
  struct net_in_addr* source_list;
  size_t sources_len;
  bool include;
};

/** \return 0; -EALREADY; -EINVAL: no group; -ENETDOWN: zsockd cannot be reached; -errno */
int net_ipv4_igmp_join(struct net_if* iface, const struct net_in_addr* addr,
                       const struct igmp_param* param);
/** \return 0; -EINVAL: it was not joined by net_ipv4_igmp_join(); -ENETDOWN; -errno */
int net_ipv4_igmp_leave(struct net_if* iface, const struct net_in_addr* addr);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

/* Before Zephyr 3.6 without `param`. */
#define Z_IGMP_JOIN(iface, addr, param, ...) (net_ipv4_igmp_join)((iface), (addr), (param))
#define net_ipv4_igmp_join(iface, ...) Z_IGMP_JOIN(iface, __VA_ARGS__, NULL, 0)

#endif /* ZEPHYR_NET_IGMP_H_ */
