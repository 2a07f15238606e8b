/** \file What kind of IPv6 address it is (RFC 4291), and the making of some. */
#ifndef ZEPHYR_NET_IP_IPV6_H_
#define ZEPHYR_NET_IP_IPV6_H_

#include <errno.h>
#include <zephyr/net/ip/functions.h>

static inline bool net_ipv6_addr_cmp_raw(const uint8_t* a, const uint8_t* b) {
  return memcmp(a, b, NET_IPV6_ADDR_SIZE) == 0;
}

static inline bool net_ipv6_addr_cmp(const struct net_in6_addr* a, const struct net_in6_addr* b) {
  return net_ipv6_addr_cmp_raw(a->s6_addr, b->s6_addr);
}

static inline bool net_ipv6_is_addr_unspecified(const struct net_in6_addr* address) {
  return address->s6_addr32[0] == 0 && address->s6_addr32[1] == 0 && address->s6_addr32[2] == 0 &&
         address->s6_addr32[3] == 0;
}

static inline bool net_ipv6_is_addr_loopback(const struct net_in6_addr* address) {
  return address->s6_addr32[0] == 0 && address->s6_addr32[1] == 0 && address->s6_addr32[2] == 0 &&
         net_ntohl(address->s6_addr32[3]) == 1;
}

static inline bool net_ipv6_is_addr_mcast(const struct net_in6_addr* address) {
  return address->s6_addr[0] == 0xffU;
}

/** The scope field of a multicast address: 1 interface, 2 link, 5 site, 8 organisation, 14 global.
 */
static inline int net_ipv6_get_addr_mcast_scope(const struct net_in6_addr* address) {
  return address->s6_addr[1] & 0x0f;
}

static inline bool net_ipv6_is_addr_mcast_scope(const struct net_in6_addr* address, int scope) {
  return net_ipv6_is_addr_mcast(address) && net_ipv6_get_addr_mcast_scope(address) == scope;
}

static inline bool net_ipv6_is_ll_addr(const struct net_in6_addr* address) {
  return address->s6_addr[0] == 0xfeU && (address->s6_addr[1] & 0xc0U) == 0x80U;
}

static inline bool net_ipv6_is_sl_addr(const struct net_in6_addr* address) {
  return address->s6_addr[0] == 0xfeU && (address->s6_addr[1] & 0xc0U) == 0xc0U;
}

/** RFC 4193, locally assigned */
static inline bool net_ipv6_is_ula_addr(const struct net_in6_addr* address) {
  return address->s6_addr[0] == 0xfdU;
}

static inline bool net_ipv6_is_global_addr(const struct net_in6_addr* address) {
  return (address->s6_addr[0] & 0xe0U) == 0x20U;
}

static inline bool net_ipv6_addr_is_v4_mapped(const struct net_in6_addr* address) {
  return address->s6_addr32[0] == 0 && address->s6_addr32[1] == 0 &&
         net_ntohl(address->s6_addr32[2]) == 0xffffU;
}

/** Are the first `bits` of both equal? */
static inline bool net_ipv6_is_prefix(const uint8_t* a, const uint8_t* b, uint8_t bits) {
  const unsigned int whole = bits / 8U;
  const unsigned int rest = bits % 8U;

  if (bits > 128U || memcmp(a, b, whole) != 0) {
    return false;
  }
  return rest == 0 || ((unsigned int)(a[whole] ^ b[whole]) >> (8U - rest)) == 0;
}

static inline void net_ipv6_addr_create_v4_mapped(const struct net_in_addr* ipv4,
                                                  struct net_in6_addr* ipv6) {
  ipv6->s6_addr32[0] = 0;
  ipv6->s6_addr32[1] = 0;
  ipv6->s6_addr32[2] = net_htonl(0xffffU);
  ipv6->s6_addr32[3] = ipv4->s_addr;
}

/** From eight groups in host order. */
static inline void net_ipv6_addr_create(struct net_in6_addr* address, uint16_t a, uint16_t b,
                                        uint16_t c, uint16_t d, uint16_t e, uint16_t f, uint16_t g,
                                        uint16_t h) {
  address->s6_addr16[0] = net_htons(a);
  address->s6_addr16[1] = net_htons(b);
  address->s6_addr16[2] = net_htons(c);
  address->s6_addr16[3] = net_htons(d);
  address->s6_addr16[4] = net_htons(e);
  address->s6_addr16[5] = net_htons(f);
  address->s6_addr16[6] = net_htons(g);
  address->s6_addr16[7] = net_htons(h);
}

#define Z_NET_IPV6_MCAST_SCOPE(name, scope)                                              \
  static inline bool net_ipv6_is_addr_mcast_##name(const struct net_in6_addr* address) { \
    return net_ipv6_is_addr_mcast_scope(address, scope);                                 \
  }
Z_NET_IPV6_MCAST_SCOPE(iface, 0x01)
Z_NET_IPV6_MCAST_SCOPE(link, 0x02)
Z_NET_IPV6_MCAST_SCOPE(mesh, 0x03)
Z_NET_IPV6_MCAST_SCOPE(site, 0x05)
Z_NET_IPV6_MCAST_SCOPE(org, 0x08)
Z_NET_IPV6_MCAST_SCOPE(global, 0x0e)

/** Do both have the same scope? */
static inline bool net_ipv6_is_same_mcast_scope(const struct net_in6_addr* a,
                                                const struct net_in6_addr* b) {
  return net_ipv6_get_addr_mcast_scope(a) == net_ipv6_get_addr_mcast_scope(b);
}

/** Is it the group, whatever its scope? `group` is an address whose last 14 octets count. */
static inline bool net_ipv6_is_addr_mcast_group(const struct net_in6_addr* address,
                                                const struct net_in6_addr* group) {
  return net_ipv6_is_addr_mcast(address) &&
         memcmp(&address->s6_addr[2], &group->s6_addr[2], NET_IPV6_ADDR_SIZE - 2) == 0;
}

/** An address of all nodes, in the scope. */
static inline bool net_ipv6_is_addr_mcast_all_nodes_group(const struct net_in6_addr* address) {
  static const struct net_in6_addr group = {{{0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};

  return net_ipv6_is_addr_mcast_group(address, &group);
}

/** ff01::1 */
static inline bool net_ipv6_is_addr_mcast_iface_all_nodes(const struct net_in6_addr* address) {
  return net_ipv6_is_addr_mcast_iface(address) && net_ipv6_is_addr_mcast_all_nodes_group(address);
}

/** ff02::1 */
static inline bool net_ipv6_is_addr_mcast_link_all_nodes(const struct net_in6_addr* address) {
  return net_ipv6_is_addr_mcast_link(address) && net_ipv6_is_addr_mcast_all_nodes_group(address);
}

/** ff02::1:ff00:0/104 */
static inline bool net_ipv6_is_addr_solicited_node(const struct net_in6_addr* address) {
  return net_ntohl(address->s6_addr32[0]) == 0xff020000U && address->s6_addr32[1] == 0 &&
         net_ntohl(address->s6_addr32[2]) == 1U && address->s6_addr[12] == 0xffU;
}

/** fc00::/7, and 2001:db8::/32 of documentation. */
static inline bool net_ipv6_is_private_addr(const struct net_in6_addr* address) {
  return (address->s6_addr[0] & 0xfeU) == 0xfcU || net_ntohl(address->s6_addr32[0]) == 0x20010db8U;
}

/** ff02::1:ffXX:XXXX of an address. */
static inline void net_ipv6_addr_create_solicited_node(const struct net_in6_addr* from,
                                                       struct net_in6_addr* to) {
  const uint32_t last = net_ntohl(from->s6_addr32[3]);

  to->s6_addr32[0] = net_htonl(0xff020000U);
  to->s6_addr32[1] = 0;
  to->s6_addr32[2] = net_htonl(1U);
  to->s6_addr32[3] = net_htonl(0xff000000U | (last & 0x00ffffffU));
}

/** ff02::1 */
static inline void net_ipv6_addr_create_ll_allnodes_mcast(struct net_in6_addr* address) {
  net_ipv6_addr_create(address, 0xff02, 0, 0, 0, 0, 0, 0, 1);
}

/** ff02::2 */
static inline void net_ipv6_addr_create_ll_allrouters_mcast(struct net_in6_addr* address) {
  net_ipv6_addr_create(address, 0xff02, 0, 0, 0, 0, 0, 0, 2);
}

/** The IPv4 address inside a mapped one. \return false: it is none */
static inline bool net_ipv6_addr_get_v4_mapped(const struct net_in6_addr* ipv6,
                                               struct net_in_addr* ipv4) {
  if (!net_ipv6_addr_is_v4_mapped(ipv6)) {
    return false;
  }
  ipv4->s_addr = ipv6->s6_addr32[3];
  return true;
}

/** `to` becomes the first `bits` of `from`, the rest 0. */
static inline void net_ipv6_addr_prefix_mask(const uint8_t* from, uint8_t* to, uint8_t bits) {
  for (unsigned int i = 0; i < NET_IPV6_ADDR_SIZE; i++) {
    const unsigned int before = i * 8U;
    const unsigned int kept = bits <= before ? 0U : bits - before < 8U ? bits - before : 8U;

    to[i] = (uint8_t)(from[i] & (0xff00U >> kept));
  }
}

/** :: */
static inline const struct net_in6_addr* net_ipv6_unspecified_address(void) {
  return &net_in6addr_any;
}

/* There are no temporary addresses to choose prefixes for. */
static inline int net_ipv6_pe_add_filter(struct net_in6_addr* prefix, bool is_denylist) {
  (void)prefix;
  (void)is_denylist;
  return -ENOTSUP;
}

static inline int net_ipv6_pe_del_filter(struct net_in6_addr* prefix) {
  (void)prefix;
  return -ENOTSUP;
}

#define ZSOCK_IN6_IS_ADDR_UNSPECIFIED(a) net_ipv6_is_addr_unspecified(a)
#define ZSOCK_IN6_IS_ADDR_LOOPBACK(a) net_ipv6_is_addr_loopback(a)
#define ZSOCK_IN6_IS_ADDR_MULTICAST(a) net_ipv6_is_addr_mcast(a)
#define ZSOCK_IN6_IS_ADDR_LINKLOCAL(a) net_ipv6_is_ll_addr(a)
#define ZSOCK_IN6_IS_ADDR_SITELOCAL(a) net_ipv6_is_sl_addr(a)
#define ZSOCK_IN6_IS_ADDR_V4MAPPED(a) net_ipv6_addr_is_v4_mapped(a)
#define ZSOCK_IN6_IS_ADDR_MC_NODELOCAL(a) net_ipv6_is_addr_mcast_iface(a)
#define ZSOCK_IN6_IS_ADDR_MC_LINKLOCAL(a) net_ipv6_is_addr_mcast_link(a)
#define ZSOCK_IN6_IS_ADDR_MC_SITELOCAL(a) net_ipv6_is_addr_mcast_site(a)
#define ZSOCK_IN6_IS_ADDR_MC_ORGLOCAL(a) net_ipv6_is_addr_mcast_org(a)
#define ZSOCK_IN6_IS_ADDR_MC_GLOBAL(a) net_ipv6_is_addr_mcast_global(a)

#endif /* ZEPHYR_NET_IP_IPV6_H_ */
