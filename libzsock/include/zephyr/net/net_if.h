/** \file
 * The network interface: the one of zsockd, index 1. Its addresses are the operator's; firmware
 * sees them. It is up while zsockd can be reached; what is shown is at most some 200 ms old.
 */
#ifndef ZEPHYR_NET_NET_IF_H_
#define ZEPHYR_NET_NET_IF_H_

#include <zephyr/kernel.h>
#include <zephyr/net/net_ip.h>
#include <zephyr/net/net_linkaddr.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define NET_IF_MAX_IPV4_ADDR 8
#define NET_IF_MAX_IPV6_ADDR 8

enum net_addr_state {
  NET_ADDR_ANY_STATE = -1,
  NET_ADDR_TENTATIVE = 0,
  NET_ADDR_PREFERRED,
  NET_ADDR_DEPRECATED
};
enum net_addr_type {
  NET_ADDR_ANY = 0,
  NET_ADDR_AUTOCONF,
  NET_ADDR_DHCP,
  NET_ADDR_MANUAL,
  NET_ADDR_OVERRIDABLE
};

struct net_if_addr {
  struct net_addr address;
  enum net_addr_type addr_type;
  enum net_addr_state addr_state;
  bool is_used;
  bool is_infinite;   /**< true: nothing of zsockd's ends by itself, as firmware sees it */
  bool is_mesh_local; /**< false */
  bool is_temporary;  /**< false: zsockd has stable identifiers (RFC 7217) */
};

struct net_if_addr_ipv4 {
  struct net_if_addr ipv4;
  struct net_in_addr netmask;
};
struct net_if_ipv4 {
  struct net_if_addr_ipv4 unicast[NET_IF_MAX_IPV4_ADDR];
  struct net_in_addr gw;
};
struct net_if_ipv6 {
  struct net_if_addr unicast[NET_IF_MAX_IPV6_ADDR];
};
struct net_if_ip {
  struct net_if_ipv4* ipv4;
  struct net_if_ipv6* ipv6;
};
struct net_if_config {
  char name[16];
  struct net_if_ip ip;
};
struct net_if {
  struct net_if_config config;
  struct net_linkaddr link_addr;
  uint16_t mtu;
  bool up;
  bool ignored; /**< by conn_mgr_ignore_iface() */
};

typedef void (*net_if_cb_t)(struct net_if* iface, void* user_data);

struct net_if* net_if_get_default(void);
static inline struct net_if* net_if_get_first_up(void) {
  return net_if_get_default();
}
/** \return NULL: not 1 */
struct net_if* net_if_get_by_index(int index);
/** \return 1; -1: not an interface */
int net_if_get_by_iface(const struct net_if* iface);
/** \return 1; -ENOENT */
int net_if_get_by_name(const char* name);
/** \return octets of the name; -EINVAL: NULL, or no room */
int net_if_get_name(struct net_if* iface, char* buf, int len);
void net_if_foreach(net_if_cb_t cb, void* user_data);
bool net_if_is_up(struct net_if* iface);
static inline bool net_if_is_admin_up(struct net_if* iface) {
  return net_if_is_up(iface);
}
static inline bool net_if_is_carrier_ok(struct net_if* iface) {
  return net_if_is_up(iface);
}
static inline bool net_if_is_dormant(struct net_if* iface) {
  return !net_if_is_up(iface);
}
/** \return -EALREADY: it is up; -ENETDOWN: zsockd cannot be reached */
int net_if_up(struct net_if* iface);
/** \return -EALREADY: it is down; -ENOTSUP: it is the operator's */
int net_if_down(struct net_if* iface);
uint16_t net_if_get_mtu(struct net_if* iface);
struct net_linkaddr* net_if_get_link_addr(struct net_if* iface);

/** \return NULL: not one of zsockd's. *iface, if not NULL, becomes the interface */
struct net_if_addr* net_if_ipv4_addr_lookup(const struct net_in_addr* addr, struct net_if** iface);
struct net_if_addr* net_if_ipv6_addr_lookup(const struct net_in6_addr* addr, struct net_if** iface);
/** Adds nothing: addresses are the operator's. \return the address if zsockd has it; else NULL */
struct net_if_addr* net_if_ipv4_addr_add(struct net_if* iface, const struct net_in_addr* addr,
                                         enum net_addr_type type, uint32_t lifetime);
struct net_if_addr* net_if_ipv6_addr_add(struct net_if* iface, const struct net_in6_addr* addr,
                                         enum net_addr_type type, uint32_t lifetime);
/** \return an address in that state (NET_ADDR_ANY_STATE: any) that is not link-local; NULL */
struct net_in_addr* net_if_ipv4_get_global_addr(struct net_if* iface, enum net_addr_state state);
struct net_in6_addr* net_if_ipv6_get_global_addr(enum net_addr_state state, struct net_if** iface);
/** Change nothing: false unless it is so already. */
bool net_if_ipv4_set_netmask_by_addr(struct net_if* iface, const struct net_in_addr* addr,
                                     const struct net_in_addr* netmask);
/** \return the first gateway; 0.0.0.0: none */
static inline struct net_in_addr net_if_ipv4_get_gw(struct net_if* iface) {
  return iface->config.ip.ipv4->gw;
}
/** \return false: the sockets are not another chip's */
static inline bool net_if_is_ip_offloaded(struct net_if* iface) {
  (void)iface;
  return false;
}
/** There is no other. */
static inline void net_if_set_default(struct net_if* iface) {
  (void)iface;
}
/** The gateways are the operator's. */
static inline void net_if_ipv4_set_gw(struct net_if* iface, const struct net_in_addr* gw) {
  (void)iface;
  (void)gw;
}
static inline void net_if_ipv4_set_netmask(struct net_if* iface,
                                           const struct net_in_addr* netmask) {
  (void)iface;
  (void)netmask;
}

/** The link-local address that an Ethernet address makes (RFC 4291 appendix A). */
void net_ipv6_addr_create_iid(struct net_in6_addr* address, const struct net_linkaddr* link);
/** Is the second half of the address made of the link's? */
bool net_ipv6_addr_based_on_ll(const struct net_in6_addr* address, const struct net_linkaddr* link);
/** `prefix`, NULL: fe80::, and what net_ipv6_addr_create_iid() makes; the rest is not used.
 * \return 0; -EINVAL: no Ethernet address */
int net_ipv6_addr_generate_iid(struct net_if* iface, const struct net_in6_addr* prefix,
                               uint8_t* network_id, size_t network_id_len, uint8_t dad_counter,
                               struct net_in6_addr* address, struct net_linkaddr* link);
/** \return a link-local address; NULL */
struct net_in6_addr* net_if_ipv6_get_ll(struct net_if* iface, enum net_addr_state state);
static inline struct net_if* net_if_ipv4_select_src_iface(const struct net_in_addr* dst) {
  (void)dst;
  return net_if_get_default();
}
static inline struct net_if* net_if_ipv6_select_src_iface(const struct net_in6_addr* dst) {
  (void)dst;
  return net_if_get_default();
}

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_NET_IF_H_ */
