/** \file Byte order, casts, text, and what is common to both families. */
#ifndef ZEPHYR_NET_IP_FUNCTIONS_H_
#define ZEPHYR_NET_IP_FUNCTIONS_H_

#include <string.h>
#include <zephyr/net/ip/types.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define Z_NET_SWAP(bits, x) __builtin_bswap##bits(x)
#else
#define Z_NET_SWAP(bits, x) (x)
#endif
#define net_ntohs(x) ((uint16_t)Z_NET_SWAP(16, (uint16_t)(x)))
#define net_ntohl(x) ((uint32_t)Z_NET_SWAP(32, (uint32_t)(x)))
#define net_ntohll(x) ((uint64_t)Z_NET_SWAP(64, (uint64_t)(x)))
#define net_htons(x) net_ntohs(x)
#define net_htonl(x) net_ntohl(x)
#define net_htonll(x) net_ntohll(x)

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

extern const struct net_in6_addr net_in6addr_any;
extern const struct net_in6_addr net_in6addr_loopback;

/** Text to address (4 or 16 octets at `address`). \return 0, -EINVAL, -EAFNOSUPPORT */
int net_addr_pton(net_sa_family_t family, const char* text, void* address);
/** Address to text. \return `text`, or NULL and errno (EAFNOSUPPORT, ENOSPC, EINVAL) */
char* net_addr_ntop(net_sa_family_t family, const void* address, char* text, size_t size);
/**
 * Parses "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80" of `length` octets.
 * Without a port, the port of *address is 0.
 */
bool net_ipaddr_parse(const char* text, size_t length, struct net_sockaddr* address);
/**
 * The same with a number of bits ("192.0.2.1/24"; without one, all), of the first of a list, which
 * commas and blanks divide. \return the next of the list, its end, or NULL: not an address
 */
const char* net_ipaddr_parse_mask(const char* text, size_t length, struct net_sockaddr* address,
                                  uint8_t* bits);
/** `mask` of so many bits. \return 0, -EINVAL (family, bits) */
int net_mask_len_to_netmask(net_sa_family_t family, uint8_t bits, struct net_sockaddr* mask);
/** \return 0, -EINVAL (family, or ones behind a zero) */
int net_netmask_to_mask_len(net_sa_family_t family, const struct net_sockaddr* mask, uint8_t* bits);
/** Same family, address, port, and scope? */
bool net_sockaddr_cmp(const struct net_sockaddr* a, const struct net_sockaddr* b);
/** Sets the port if it is 0. \return 0, -EINVAL (family) */
int net_port_set_default(struct net_sockaddr* address, uint16_t port);
/** \return 0, -EINVAL (family) */
int net_port_set(struct net_sockaddr* address, uint16_t port);
/** Port in host order. \return 0, -EINVAL (family) */
int net_port_get(const struct net_sockaddr* address, uint16_t* port);
/** "02:00:5e:00:53:01" to octets. \return 0, -EINVAL: not two digits for each of `length` */
int net_bytes_from_str(uint8_t* octets, int length, const char* text);
/** "AF_INET" and so on; NULL if unknown. */
const char* net_family2str(net_sa_family_t family);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

static inline struct net_sockaddr_in* net_sin(const struct net_sockaddr* address) {
  return (struct net_sockaddr_in*)(uintptr_t)address;
}

static inline struct net_sockaddr_in6* net_sin6(const struct net_sockaddr* address) {
  return (struct net_sockaddr_in6*)(uintptr_t)address;
}

static inline struct net_sockaddr* net_sad(const struct net_sockaddr_storage* address) {
  return (struct net_sockaddr*)(uintptr_t)address;
}

static inline struct net_sockaddr_storage* net_sas(const struct net_sockaddr* address) {
  return (struct net_sockaddr_storage*)(uintptr_t)address;
}

static inline struct net_sockaddr_in_ptr* net_sin_ptr(const struct net_sockaddr_ptr* address) {
  return (struct net_sockaddr_in_ptr*)(uintptr_t)address;
}

static inline struct net_sockaddr_in6_ptr* net_sin6_ptr(const struct net_sockaddr_ptr* address) {
  return (struct net_sockaddr_in6_ptr*)(uintptr_t)address;
}

static inline struct net_sockaddr_ll_ptr* net_sll_ptr(const struct net_sockaddr_ptr* address) {
  return (struct net_sockaddr_ll_ptr*)(uintptr_t)address;
}

static inline struct net_sockaddr_can_ptr* net_can_ptr(const struct net_sockaddr_ptr* address) {
  return (struct net_sockaddr_can_ptr*)(uintptr_t)address;
}

/* There is one traffic class. A VLAN's priority is the packet's (IEEE 802.1Q). */
static inline int net_tx_priority2tc(enum net_priority priority) {
  (void)priority;
  return 0;
}

static inline int net_rx_priority2tc(enum net_priority priority) {
  (void)priority;
  return 0;
}

static inline enum net_priority net_vlan2priority(uint8_t priority) {
  return priority == 0   ? NET_PRIORITY_BE
         : priority == 1 ? NET_PRIORITY_BK
         : priority > 7  ? NET_PRIORITY_BE
                         : (enum net_priority)priority;
}

static inline uint8_t net_priority2vlan(enum net_priority priority) {
  return priority == NET_PRIORITY_BE ? 0 : priority == NET_PRIORITY_BK ? 1 : (uint8_t)priority;
}

/** Octets of a family's socket address; 0 if unknown. */
static inline size_t net_family2size(net_sa_family_t family) {
  return family == NET_AF_INET    ? sizeof(struct net_sockaddr_in)
         : family == NET_AF_INET6 ? sizeof(struct net_sockaddr_in6)
                                  : 0;
}

/** Below, equal, above 0: a is before, at, after b (RFC 9293 3.4). */
static inline int32_t net_tcp_seq_cmp(uint32_t a, uint32_t b) {
  return (int32_t)(a - b);
}

static inline bool net_tcp_seq_greater(uint32_t a, uint32_t b) {
  return net_tcp_seq_cmp(a, b) > 0;
}

#define net_ipaddr_copy(destination, source) memcpy((destination), (source), sizeof(*(destination)))

#endif /* ZEPHYR_NET_IP_FUNCTIONS_H_ */
