/** \file
 * The names before Zephyr 4.4 as macros of the present ones. They replace macros of the host's
 * headers; those headers themselves must not come later (zsock/posix stands in for them).
 */
#ifndef ZEPHYR_NET_NET_COMPAT_H_
#define ZEPHYR_NET_NET_COMPAT_H_

#include <zephyr/net/socket_compat.h>

/* Families */
#undef PF_UNSPEC
#undef PF_INET
#undef PF_INET6
#undef PF_PACKET
#undef PF_CAN
#undef PF_NET_MGMT
#undef PF_LOCAL
#undef PF_UNIX
#undef AF_UNSPEC
#undef AF_INET
#undef AF_INET6
#undef AF_PACKET
#undef AF_CAN
#undef AF_NET_MGMT
#undef AF_LOCAL
#undef AF_UNIX
#define PF_UNSPEC NET_PF_UNSPEC
#define PF_INET NET_PF_INET
#define PF_INET6 NET_PF_INET6
#define PF_PACKET NET_PF_PACKET
#define PF_CAN NET_PF_CAN
#define PF_NET_MGMT NET_PF_NET_MGMT
#define PF_LOCAL NET_PF_LOCAL
#define PF_UNIX NET_PF_UNIX
#define AF_UNSPEC NET_AF_UNSPEC
#define AF_INET NET_AF_INET
#define AF_INET6 NET_AF_INET6
#define AF_PACKET NET_AF_PACKET
#define AF_CAN NET_AF_CAN
#define AF_NET_MGMT NET_AF_NET_MGMT
#define AF_LOCAL NET_AF_LOCAL
#define AF_UNIX NET_AF_UNIX

/* Protocols and types */
#undef IPPROTO_IP
#undef IPPROTO_ICMP
#undef IPPROTO_IGMP
#undef IPPROTO_ETH_P_ALL
#undef IPPROTO_IPIP
#undef IPPROTO_TCP
#undef IPPROTO_UDP
#undef IPPROTO_IPV6
#undef IPPROTO_ICMPV6
#undef IPPROTO_RAW
#undef IPPROTO_TLS_1_0
#undef IPPROTO_TLS_1_1
#undef IPPROTO_TLS_1_2
#undef IPPROTO_TLS_1_3
#undef IPPROTO_DTLS_1_0
#undef IPPROTO_DTLS_1_2
#undef SOCK_STREAM
#undef SOCK_DGRAM
#undef SOCK_RAW
#define IPPROTO_IP NET_IPPROTO_IP
#define IPPROTO_ICMP NET_IPPROTO_ICMP
#define IPPROTO_IGMP NET_IPPROTO_IGMP
#define IPPROTO_ETH_P_ALL NET_IPPROTO_ETH_P_ALL
#define IPPROTO_IPIP NET_IPPROTO_IPIP
#define IPPROTO_TCP NET_IPPROTO_TCP
#define IPPROTO_UDP NET_IPPROTO_UDP
#define IPPROTO_IPV6 NET_IPPROTO_IPV6
#define IPPROTO_ICMPV6 NET_IPPROTO_ICMPV6
#define IPPROTO_RAW NET_IPPROTO_RAW
#define IPPROTO_TLS_1_0 NET_IPPROTO_TLS_1_0
#define IPPROTO_TLS_1_1 NET_IPPROTO_TLS_1_1
#define IPPROTO_TLS_1_2 NET_IPPROTO_TLS_1_2
#define IPPROTO_TLS_1_3 NET_IPPROTO_TLS_1_3
#define IPPROTO_DTLS_1_0 NET_IPPROTO_DTLS_1_0
#define IPPROTO_DTLS_1_2 NET_IPPROTO_DTLS_1_2
#define SOCK_STREAM NET_SOCK_STREAM
#define SOCK_DGRAM NET_SOCK_DGRAM
#define SOCK_RAW NET_SOCK_RAW

/* Byte order */
#undef ntohs
#undef ntohl
#undef ntohll
#undef htons
#undef htonl
#undef htonll
#define ntohs net_ntohs
#define ntohl net_ntohl
#define ntohll net_ntohll
#define htons net_htons
#define htonl net_htonl
#define htonll net_htonll

/* Types */
#undef in_addr
#undef in6_addr
#undef sockaddr
#undef sockaddr_in
#undef sockaddr_in6
#undef sockaddr_ll
#undef sockaddr_can
#undef sockaddr_un
#undef sockaddr_nm
#undef sockaddr_ptr
#undef sockaddr_in_ptr
#undef sockaddr_in6_ptr
#undef sockaddr_ll_ptr
#undef sockaddr_can_ptr
#undef sockaddr_storage
#undef sa_family_t
#undef socklen_t
#ifdef ZSOCK_COMPAT_SOCKLEN_SIZE_T
/* The host's <unistd.h> has a type of this name; not after this. */
#ifndef __socklen_t_defined
#define __socklen_t_defined
#endif
#endif
#undef iovec
#undef msghdr
#undef cmsghdr
#undef in_pktinfo
#undef in6_pktinfo
#undef ip_mreqn
#undef ip_mreq
#undef ipv6_mreq
#undef ifreq
#undef linger
#define in_addr net_in_addr
#define in6_addr net_in6_addr
#define sockaddr net_sockaddr
#define sockaddr_in net_sockaddr_in
#define sockaddr_in6 net_sockaddr_in6
#define sockaddr_ll net_sockaddr_ll
#define sockaddr_can net_sockaddr_can
#define sockaddr_un net_sockaddr_un
#define sockaddr_nm net_sockaddr_nm
#define sockaddr_ptr net_sockaddr_ptr
#define sockaddr_in_ptr net_sockaddr_in_ptr
#define sockaddr_in6_ptr net_sockaddr_in6_ptr
#define sockaddr_ll_ptr net_sockaddr_ll_ptr
#define sockaddr_can_ptr net_sockaddr_can_ptr
#define sockaddr_storage net_sockaddr_storage
#define sa_family_t net_sa_family_t
#define socklen_t net_socklen_t
#define iovec net_iovec
#define msghdr net_msghdr
#define cmsghdr net_cmsghdr
#define in_pktinfo net_in_pktinfo
#define in6_pktinfo net_in6_pktinfo
#define ip_mreqn net_ip_mreqn
#define ip_mreq net_ip_mreq
#define ipv6_mreq net_ipv6_mreq
#define ifreq net_ifreq
#define linger net_linger

/* Addresses and sizes */
#undef in6addr_any
#undef in6addr_loopback
#undef INADDR_ANY
#undef INADDR_BROADCAST
#undef INADDR_ANY_INIT
#undef INADDR_LOOPBACK_INIT
#undef IN6ADDR_ANY_INIT
#undef IN6ADDR_LOOPBACK_INIT
#undef INET_ADDRSTRLEN
#undef INET6_ADDRSTRLEN
#undef IFNAMSIZ
#undef PACKET_HOST
#undef PACKET_BROADCAST
#undef PACKET_MULTICAST
#undef PACKET_OTHERHOST
#undef PACKET_OUTGOING
#undef PACKET_LOOPBACK
#undef PACKET_FASTROUTE
#define in6addr_any net_in6addr_any
#define in6addr_loopback net_in6addr_loopback
#define INADDR_ANY NET_INADDR_ANY
#define INADDR_BROADCAST NET_INADDR_BROADCAST
#define INADDR_ANY_INIT NET_INADDR_ANY_INIT
#define INADDR_LOOPBACK_INIT NET_INADDR_LOOPBACK_INIT
#define IN6ADDR_ANY_INIT NET_IN6ADDR_ANY_INIT
#define IN6ADDR_LOOPBACK_INIT NET_IN6ADDR_LOOPBACK_INIT
#define INET_ADDRSTRLEN NET_INET_ADDRSTRLEN
#define INET6_ADDRSTRLEN NET_INET6_ADDRSTRLEN
#define IFNAMSIZ NET_IFNAMSIZ
#define PACKET_HOST NET_PACKET_HOST
#define PACKET_BROADCAST NET_PACKET_BROADCAST
#define PACKET_MULTICAST NET_PACKET_MULTICAST
#define PACKET_OTHERHOST NET_PACKET_OTHERHOST
#define PACKET_OUTGOING NET_PACKET_OUTGOING
#define PACKET_LOOPBACK NET_PACKET_LOOPBACK
#define PACKET_FASTROUTE NET_PACKET_FASTROUTE

/* Ancillary data */
#undef ALIGN_H
#undef ALIGN_D
#undef CMSG_FIRSTHDR
#undef CMSG_NXTHDR
#undef CMSG_DATA
#undef CMSG_SPACE
#undef CMSG_LEN
#define ALIGN_H NET_ALIGN_H
#define ALIGN_D NET_ALIGN_D
#define CMSG_FIRSTHDR NET_CMSG_FIRSTHDR
#define CMSG_NXTHDR NET_CMSG_NXTHDR
#define CMSG_DATA NET_CMSG_DATA
#define CMSG_SPACE NET_CMSG_SPACE
#define CMSG_LEN NET_CMSG_LEN

/* Classes of IPv6 addresses */
#undef IN6_IS_ADDR_UNSPECIFIED
#undef IN6_IS_ADDR_LOOPBACK
#undef IN6_IS_ADDR_MULTICAST
#undef IN6_IS_ADDR_LINKLOCAL
#undef IN6_IS_ADDR_SITELOCAL
#undef IN6_IS_ADDR_V4MAPPED
#undef IN6_IS_ADDR_MC_NODELOCAL
#undef IN6_IS_ADDR_MC_LINKLOCAL
#undef IN6_IS_ADDR_MC_SITELOCAL
#undef IN6_IS_ADDR_MC_ORGLOCAL
#undef IN6_IS_ADDR_MC_GLOBAL
#define IN6_IS_ADDR_UNSPECIFIED(a) ZSOCK_IN6_IS_ADDR_UNSPECIFIED(a)
#define IN6_IS_ADDR_LOOPBACK(a) ZSOCK_IN6_IS_ADDR_LOOPBACK(a)
#define IN6_IS_ADDR_MULTICAST(a) ZSOCK_IN6_IS_ADDR_MULTICAST(a)
#define IN6_IS_ADDR_LINKLOCAL(a) ZSOCK_IN6_IS_ADDR_LINKLOCAL(a)
#define IN6_IS_ADDR_SITELOCAL(a) ZSOCK_IN6_IS_ADDR_SITELOCAL(a)
#define IN6_IS_ADDR_V4MAPPED(a) ZSOCK_IN6_IS_ADDR_V4MAPPED(a)
#define IN6_IS_ADDR_MC_NODELOCAL(a) ZSOCK_IN6_IS_ADDR_MC_NODELOCAL(a)
#define IN6_IS_ADDR_MC_LINKLOCAL(a) ZSOCK_IN6_IS_ADDR_MC_LINKLOCAL(a)
#define IN6_IS_ADDR_MC_SITELOCAL(a) ZSOCK_IN6_IS_ADDR_MC_SITELOCAL(a)
#define IN6_IS_ADDR_MC_ORGLOCAL(a) ZSOCK_IN6_IS_ADDR_MC_ORGLOCAL(a)
#define IN6_IS_ADDR_MC_GLOBAL(a) ZSOCK_IN6_IS_ADDR_MC_GLOBAL(a)

#endif /* ZEPHYR_NET_NET_COMPAT_H_ */
