/** \file
 * DHCPv4: zsockd's own client asks for the address if its operator wants one; firmware that starts
 * the client learns of an address that is there, and of later ones (NET_EVENT_IPV4_ADDR_ADD).
 */
#ifndef ZEPHYR_NET_DHCPV4_H_
#define ZEPHYR_NET_DHCPV4_H_

#include <zephyr/net/net_mgmt.h>

/** Raises NET_EVENT_IPV4_DHCP_START, and _BOUND if there is an IPv4 address. */
static inline void net_dhcpv4_start(struct net_if* iface) {
  net_mgmt_event_notify(NET_EVENT_IPV4_DHCP_START, iface);
  if (net_if_ipv4_get_global_addr(iface, NET_ADDR_PREFERRED) != NULL) {
    net_mgmt_event_notify(NET_EVENT_IPV4_DHCP_BOUND, iface);
  }
}

/** Raises NET_EVENT_IPV4_DHCP_STOP; the address stays. */
static inline void net_dhcpv4_stop(struct net_if* iface) {
  net_mgmt_event_notify(NET_EVENT_IPV4_DHCP_STOP, iface);
}

static inline void net_dhcpv4_restart(struct net_if* iface) {
  net_dhcpv4_stop(iface);
  net_dhcpv4_start(iface);
}

#endif /* ZEPHYR_NET_DHCPV4_H_ */
