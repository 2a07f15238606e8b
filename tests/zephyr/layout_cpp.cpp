// Layouts and numbers that firmware relies on, checked in C++ as firmware sees them.
#include <zephyr/net/socket.h>

BUILD_ASSERT(sizeof(sockaddr_in) == 8, "no padding");
BUILD_ASSERT(sizeof(sockaddr_in6) == 24, "no flow label");
BUILD_ASSERT(sizeof(sockaddr) == 24, "holds either family");
BUILD_ASSERT(sizeof(sockaddr_storage) == sizeof(sockaddr), "");
BUILD_ASSERT(sizeof(sockaddr_ll) == 20);
BUILD_ASSERT(sizeof(sockaddr_un) == 24);
BUILD_ASSERT(offsetof(sockaddr_in, sin_addr) == 4);
BUILD_ASSERT(offsetof(sockaddr_in6, sin6_addr) == 4);
BUILD_ASSERT(offsetof(sockaddr_in6, sin6_scope_id) == 20);
BUILD_ASSERT(sizeof(socklen_t) == 4 && sizeof(sa_family_t) == 2);
BUILD_ASSERT(sizeof(msghdr) == 56 && sizeof(iovec) == 16);
BUILD_ASSERT(sizeof(in_pktinfo) == 12 && sizeof(in6_pktinfo) == 20);
BUILD_ASSERT(sizeof(ip_mreqn) == 12 && sizeof(ipv6_mreq) == 20);
BUILD_ASSERT(sizeof(in_addr) == NET_IPV4_ADDR_SIZE);
BUILD_ASSERT(sizeof(in6_addr) == NET_IPV6_ADDR_SIZE);
BUILD_ASSERT(sizeof(zsock_pollfd) == 8);

BUILD_ASSERT(AF_UNSPEC == 0 && AF_INET == 1 && AF_INET6 == 2 && AF_PACKET == 3 && AF_UNIX == 6);
BUILD_ASSERT(SOCK_STREAM == 1 && SOCK_DGRAM == 2 && SOCK_RAW == 3);
BUILD_ASSERT(IPPROTO_TCP == 6 && IPPROTO_UDP == 17 && IPPROTO_IPV6 == 41);
BUILD_ASSERT(IPPROTO_TLS_1_2 == 258 && IPPROTO_DTLS_1_2 == 273);
BUILD_ASSERT(TCP_NODELAY == 1 && TCP_KEEPIDLE == 2 && TCP_KEEPINTVL == 3 && TCP_KEEPCNT == 4);
BUILD_ASSERT(SO_SOCKS5 == 60 && SO_TXTIME == 61 && SOMAXCONN == 128 && SOL_TLS == 282);
BUILD_ASSERT(MSG_PEEK == 2 && MSG_TRUNC == 0x20 && MSG_DONTWAIT == 0x40 && MSG_WAITALL == 0x100);
BUILD_ASSERT(IPV6_V6ONLY == 26 && IPV6_RECVPKTINFO == 49 && IP_ADD_MEMBERSHIP == 35);
BUILD_ASSERT(htons(0x1234) == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0x3412 : 0x1234));
BUILD_ASSERT(IS_ENABLED(CONFIG_NET_IPV6) == 1 && IS_ENABLED(CONFIG_NET_NO_SUCH_THING) == 0);
BUILD_ASSERT(COND_CODE_1(CONFIG_NET_TCP, (1), (2)) == 1, "");
BUILD_ASSERT(COND_CODE_1(CONFIG_NET_NO_SUCH_THING, (1), (2)) == 2, "");

// Initialisers have Zephyr's depth of braces.
extern const in_addr kAny4;
const in_addr kAny4 = INADDR_ANY_INIT;
extern const in6_addr kLoopback6;
const in6_addr kLoopback6 = IN6ADDR_LOOPBACK_INIT;
