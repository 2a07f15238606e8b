/** \file What kind of IPv4 address it is. */
#ifndef ZEPHYR_NET_IP_IPV4_H_
#define ZEPHYR_NET_IP_IPV4_H_

#include <zephyr/net/ip/functions.h>

static inline bool net_ipv4_addr_cmp_raw(const uint8_t* a, const uint8_t* b) {
  return memcmp(a, b, NET_IPV4_ADDR_SIZE) == 0;
}

static inline bool net_ipv4_addr_cmp(const struct net_in_addr* a, const struct net_in_addr* b) {
  return a->s_addr == b->s_addr;
}

static inline bool net_ipv4_is_addr_unspecified(const struct net_in_addr* address) {
  return address->s_addr == NET_INADDR_ANY;
}

static inline bool net_ipv4_is_addr_loopback(const struct net_in_addr* address) {
  return address->s4_addr[0] == 127U;
}

static inline bool net_ipv4_is_addr_mcast(const struct net_in_addr* address) {
  return (address->s4_addr[0] & 0xf0U) == 0xe0U;
}

/** 0.0.0.0 */
static inline const struct net_in_addr* net_ipv4_unspecified_address(void) {
  static const struct net_in_addr unspecified = NET_INADDR_ANY_INIT;

  return &unspecified;
}

/** 255.255.255.255 */
static inline const struct net_in_addr* net_ipv4_broadcast_address(void) {
  static const struct net_in_addr broadcast = {{{255, 255, 255, 255}}};

  return &broadcast;
}

/** RFC 3927 */
static inline bool net_ipv4_is_ll_addr(const struct net_in_addr* address) {
  return address->s4_addr[0] == 169U && address->s4_addr[1] == 254U;
}

/** RFC 1918, 5737 */
static inline bool net_ipv4_is_private_addr(const struct net_in_addr* address) {
  const uint32_t a = net_ntohl(address->s_addr);

  return (a & 0xff000000U) == 0x0a000000U || (a & 0xfff00000U) == 0xac100000U ||
         (a & 0xffff0000U) == 0xc0a80000U || (a & 0xffffff00U) == 0xc0000200U ||
         (a & 0xffffff00U) == 0xc6336400U || (a & 0xffffff00U) == 0xcb007100U;
}

#endif /* ZEPHYR_NET_IP_IPV4_H_ */
