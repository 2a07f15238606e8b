/** \file Address families, socket types, protocols, sizes. The numbers are Zephyr's, not Linux's.
 */
#ifndef ZEPHYR_NET_IP_CONSTANTS_H_
#define ZEPHYR_NET_IP_CONSTANTS_H_

#define NET_PF_UNSPEC 0
#define NET_PF_INET 1
#define NET_PF_INET6 2
#define NET_PF_PACKET 3
#define NET_PF_CAN 4
#define NET_PF_NET_MGMT 5
#define NET_PF_LOCAL 6
#define NET_PF_UNIX NET_PF_LOCAL

#define NET_AF_UNSPEC NET_PF_UNSPEC
#define NET_AF_INET NET_PF_INET
#define NET_AF_INET6 NET_PF_INET6
#define NET_AF_PACKET NET_PF_PACKET
#define NET_AF_CAN NET_PF_CAN
#define NET_AF_NET_MGMT NET_PF_NET_MGMT
#define NET_AF_LOCAL NET_PF_LOCAL
#define NET_AF_UNIX NET_PF_UNIX

enum net_ip_protocol {
  NET_IPPROTO_IP = 0,
  NET_IPPROTO_ICMP = 1,
  NET_IPPROTO_IGMP = 2,
  NET_IPPROTO_ETH_P_ALL = 3,
  NET_IPPROTO_IPIP = 4,
  NET_IPPROTO_TCP = 6,
  NET_IPPROTO_UDP = 17,
  NET_IPPROTO_IPV6 = 41,
  NET_IPPROTO_ICMPV6 = 58,
  NET_IPPROTO_RAW = 255
};

enum net_ip_protocol_secure {
  NET_IPPROTO_TLS_1_0 = 256,
  NET_IPPROTO_TLS_1_1 = 257,
  NET_IPPROTO_TLS_1_2 = 258,
  NET_IPPROTO_TLS_1_3 = 259,
  NET_IPPROTO_DTLS_1_0 = 272,
  NET_IPPROTO_DTLS_1_2 = 273
};

enum net_sock_type { NET_SOCK_STREAM = 1, NET_SOCK_DGRAM = 2, NET_SOCK_RAW = 3 };

enum net_priority {
  NET_PRIORITY_BE = 0,
  NET_PRIORITY_BK = 1,
  NET_PRIORITY_EE = 2,
  NET_PRIORITY_CA = 3,
  NET_PRIORITY_VI = 4,
  NET_PRIORITY_VO = 5,
  NET_PRIORITY_IC = 6,
  NET_PRIORITY_NC = 7
};

#define NET_IPV4_ADDR_SIZE 4
#define NET_IPV6_ADDR_SIZE 16
#define NET_INET_ADDRSTRLEN 16
#define NET_INET6_ADDRSTRLEN 46
#define NET_IPV4_ADDR_LEN NET_INET_ADDRSTRLEN
#define NET_IPV6_ADDR_LEN NET_INET6_ADDRSTRLEN
#define NET_IPV4_MTU 576
#define NET_IPV6_MTU 1280

#define NET_INADDR_ANY 0U
#define NET_INADDR_BROADCAST 0xffffffffU
#define NET_INADDR_ANY_INIT \
  {                         \
    {                       \
      { 0 }                 \
    }                       \
  }
#define NET_INADDR_LOOPBACK_INIT \
  {                              \
    {                            \
      { 127, 0, 0, 1 }           \
    }                            \
  }
#define NET_IN6ADDR_ANY_INIT                             \
  {                                                      \
    {                                                    \
      { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } \
    }                                                    \
  }
#define NET_IN6ADDR_LOOPBACK_INIT                        \
  {                                                      \
    {                                                    \
      { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } \
    }                                                    \
  }

#define NET_PACKET_HOST 0
#define NET_PACKET_BROADCAST 1
#define NET_PACKET_MULTICAST 2
#define NET_PACKET_OTHERHOST 3
#define NET_PACKET_OUTGOING 4
#define NET_PACKET_LOOPBACK 5
#define NET_PACKET_FASTROUTE 6

#define NET_IFNAMSIZ 16

#endif /* ZEPHYR_NET_IP_CONSTANTS_H_ */
