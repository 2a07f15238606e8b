/** \file
 * Addresses and messages in Zephyr's layout, which is not the host's: a socket address carries no
 * padding, the address lies at offset 4 in both families, and struct net_sockaddr holds either.
 */
#ifndef ZEPHYR_NET_IP_TYPES_H_
#define ZEPHYR_NET_IP_TYPES_H_

#include <zephyr/net/ip/constants.h>
#include <zephyr/types.h>
#include <zephyr/zsock_config.h>

/* The host's <netinet/in.h> makes macros of these members. */
#undef s6_addr
#undef s6_addr16
#undef s6_addr32

typedef unsigned short net_sa_family_t;
/* Zephyr had size_t up to 4.2. The library reads and writes 32 bits of it: what firmware has set to
 * a size has zeros beside them. */
#ifdef ZSOCK_COMPAT_SOCKLEN_SIZE_T
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "ZSOCK_COMPAT_SOCKLEN_SIZE_T needs a little-endian host"
#endif
typedef size_t net_socklen_t;
#else
typedef uint32_t net_socklen_t;
#endif

/* Unnamed unions are newer than C99. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"

/** An IPv4 address, in network order. */
struct net_in_addr {
  union {
    uint8_t s4_addr[4];
    uint16_t s4_addr16[2];
    uint32_t s4_addr32[1];
    uint32_t s_addr;
  };
};

/** An IPv6 address, in network order. */
struct net_in6_addr {
  union {
    uint8_t s6_addr[16];
    uint16_t s6_addr16[8];
    uint32_t s6_addr32[4];
  };
};

/* The macros in6_addr and in_addr of net_compat.h also meet the members. */
struct net_addr {
  net_sa_family_t family;
  union {
#ifdef CONFIG_NET_NAMESPACE_COMPAT_MODE
    struct net_in6_addr net_in6_addr;
    struct net_in_addr net_in_addr;
#else
    struct net_in6_addr in6_addr;
    struct net_in_addr in_addr;
#endif
  };
};

#pragma GCC diagnostic pop

struct net_sockaddr_in {
  net_sa_family_t sin_family;
  uint16_t sin_port; /**< network order */
  struct net_in_addr sin_addr;
};

struct net_sockaddr_in6 {
  net_sa_family_t sin6_family;
  uint16_t sin6_port; /**< network order */
  struct net_in6_addr sin6_addr;
  uint8_t sin6_scope_id; /**< interface, of link-local addresses only */
};

struct net_sockaddr_ll {
  net_sa_family_t sll_family;
  uint16_t sll_protocol;
  int sll_ifindex;
  uint16_t sll_hatype;
  uint8_t sll_pkttype;
  uint8_t sll_halen;
  uint8_t sll_addr[8];
};

struct net_sockaddr_can {
  net_sa_family_t can_family;
  int can_ifindex;
};

/** Of the network's management. */
struct net_sockaddr_nm {
  net_sa_family_t nm_family;
  int nm_ifindex;
  uintptr_t nm_pid;
  uint64_t nm_mask;
};

/* The same with the address elsewhere. */
struct net_sockaddr_in_ptr {
  net_sa_family_t sin_family;
  uint16_t sin_port; /**< network order */
  struct net_in_addr* sin_addr;
};
struct net_sockaddr_in6_ptr {
  net_sa_family_t sin6_family;
  uint16_t sin6_port; /**< network order */
  struct net_in6_addr* sin6_addr;
  uint8_t sin6_scope_id;
};
struct net_sockaddr_ll_ptr {
  net_sa_family_t sll_family;
  uint16_t sll_protocol;
  int sll_ifindex;
  uint16_t sll_hatype;
  uint8_t sll_pkttype;
  uint8_t sll_halen;
  uint8_t* sll_addr;
};
struct net_sockaddr_can_ptr {
  net_sa_family_t can_family;
  int can_ifindex;
};
#define NET_SOCKADDR_PTR_MAX_SIZE (sizeof(struct net_sockaddr_in6_ptr))
struct net_sockaddr_ptr {
  net_sa_family_t family;
  char data[NET_SOCKADDR_PTR_MAX_SIZE - sizeof(net_sa_family_t)];
} __attribute__((__aligned__(8)));

/** As large as the largest of the families. */
#define NET_SOCKADDR_MAX_SIZE (sizeof(struct net_sockaddr_in6))

struct net_sockaddr_un {
  net_sa_family_t sun_family;
  char sun_path[NET_SOCKADDR_MAX_SIZE - sizeof(net_sa_family_t)];
};

struct net_sockaddr {
  net_sa_family_t sa_family;
  char data[NET_SOCKADDR_MAX_SIZE - sizeof(net_sa_family_t)];
} __attribute__((__aligned__(4)));

struct net_sockaddr_storage {
  net_sa_family_t ss_family;
  char data[NET_SOCKADDR_MAX_SIZE - sizeof(net_sa_family_t)];
} __attribute__((__aligned__(4)));

struct net_iovec {
  void* iov_base;
  size_t iov_len;
};

struct net_msghdr {
  void* msg_name;
  uint32_t msg_namelen;
  struct net_iovec* msg_iov;
  size_t msg_iovlen;
  void* msg_control;
  size_t msg_controllen;
  int msg_flags;
};

struct net_cmsghdr {
  uint32_t cmsg_len; /**< header and data */
  int cmsg_level;
  int cmsg_type;
} __attribute__((__aligned__(8)));

struct net_in_pktinfo {
  unsigned int ipi_ifindex;
  struct net_in_addr ipi_spec_dst;
  struct net_in_addr ipi_addr;
};

struct net_in6_pktinfo {
  struct net_in6_addr ipi6_addr;
  unsigned int ipi6_ifindex;
};

struct net_ip_mreqn {
  struct net_in_addr imr_multiaddr;
  struct net_in_addr imr_address;
  int imr_ifindex;
};

struct net_ip_mreq {
  struct net_in_addr imr_multiaddr;
  struct net_in_addr imr_interface;
};

struct net_ipv6_mreq {
  struct net_in6_addr ipv6mr_multiaddr;
  int ipv6mr_ifindex;
};

struct net_ifreq {
  char ifr_name[NET_IFNAMSIZ];
};

struct net_linger {
  int l_onoff;
  int l_linger; /**< seconds */
};

#endif /* ZEPHYR_NET_IP_TYPES_H_ */
