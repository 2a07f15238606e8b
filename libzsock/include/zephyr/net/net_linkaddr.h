/** \file Addresses of the link. */
#ifndef ZEPHYR_NET_NET_LINKADDR_H_
#define ZEPHYR_NET_NET_LINKADDR_H_

#include <zephyr/types.h>

#define NET_LINK_ADDR_MAX_LENGTH 6

enum net_link_type { NET_LINK_UNKNOWN = 0, NET_LINK_ETHERNET = 3 };

struct net_linkaddr {
  uint8_t type;
  uint8_t len;
  uint8_t addr[NET_LINK_ADDR_MAX_LENGTH];
};

#endif /* ZEPHYR_NET_NET_LINKADDR_H_ */
