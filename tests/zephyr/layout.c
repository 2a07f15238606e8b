/* Layouts and numbers that firmware relies on, checked in C as firmware sees them. */
#include <zephyr/net/socket.h>

BUILD_ASSERT(sizeof(struct sockaddr_in) == 8, "no padding");
BUILD_ASSERT(sizeof(struct sockaddr_in6) == 24, "no flow label");
BUILD_ASSERT(sizeof(struct sockaddr) == 24, "holds either family");
BUILD_ASSERT(sizeof(struct sockaddr_storage) == sizeof(struct sockaddr), "");
BUILD_ASSERT(sizeof(struct sockaddr_ll) == 20);
BUILD_ASSERT(sizeof(struct sockaddr_un) == 24);
BUILD_ASSERT(offsetof(struct sockaddr_in, sin_addr) == 4);
BUILD_ASSERT(offsetof(struct sockaddr_in6, sin6_addr) == 4);
BUILD_ASSERT(offsetof(struct sockaddr_in6, sin6_scope_id) == 20);
BUILD_ASSERT(sizeof(((struct cmsghdr*)0)->cmsg_len) == 4);
BUILD_ASSERT(sizeof(((struct sockaddr_in6*)0)->sin6_scope_id) == 1);
BUILD_ASSERT(sizeof(socklen_t) == 4 && sizeof(sa_family_t) == 2);
BUILD_ASSERT(sizeof(struct msghdr) == 56 && sizeof(struct iovec) == 16);
BUILD_ASSERT(sizeof(struct in_pktinfo) == 12 && sizeof(struct in6_pktinfo) == 20);
BUILD_ASSERT(sizeof(struct ip_mreqn) == 12 && sizeof(struct ipv6_mreq) == 20);
BUILD_ASSERT(sizeof(struct in_addr) == NET_IPV4_ADDR_SIZE);
BUILD_ASSERT(sizeof(struct in6_addr) == NET_IPV6_ADDR_SIZE);
BUILD_ASSERT(sizeof(struct zsock_pollfd) == 8);

BUILD_ASSERT(offsetof(struct sockaddr_in, sin_family) == 0 &&
             offsetof(struct sockaddr_in, sin_port) == 2);
BUILD_ASSERT(offsetof(struct sockaddr_in6, sin6_port) == 2 && offsetof(struct sockaddr, data) == 2);
BUILD_ASSERT(__alignof__(struct sockaddr) == 4);
BUILD_ASSERT(offsetof(struct sockaddr_ll, sll_ifindex) == 4 &&
             offsetof(struct sockaddr_ll, sll_addr) == 12);
BUILD_ASSERT(offsetof(struct sockaddr_in_ptr, sin_addr) == 8 &&
             offsetof(struct sockaddr_in6_ptr, sin6_addr) == 8);
BUILD_ASSERT(sizeof(struct sockaddr_ptr) == sizeof(struct sockaddr_in6_ptr));
BUILD_ASSERT(offsetof(struct msghdr, msg_namelen) == 8 && offsetof(struct msghdr, msg_iov) == 16);
BUILD_ASSERT(offsetof(struct msghdr, msg_control) == 32 &&
             offsetof(struct msghdr, msg_flags) == 48);
BUILD_ASSERT(offsetof(struct iovec, iov_len) == 8);
BUILD_ASSERT(offsetof(struct cmsghdr, cmsg_level) == 4 && offsetof(struct cmsghdr, cmsg_type) == 8);
BUILD_ASSERT(offsetof(struct in_pktinfo, ipi_spec_dst) == 4 &&
             offsetof(struct in_pktinfo, ipi_addr) == 8);
BUILD_ASSERT(offsetof(struct in6_pktinfo, ipi6_ifindex) == 16);
BUILD_ASSERT(offsetof(struct ip_mreqn, imr_address) == 4 &&
             offsetof(struct ip_mreqn, imr_ifindex) == 8);
BUILD_ASSERT(sizeof(struct ip_mreq) == 8 && offsetof(struct ipv6_mreq, ipv6mr_ifindex) == 16);
BUILD_ASSERT(offsetof(struct zsock_pollfd, events) == 4 &&
             offsetof(struct zsock_pollfd, revents) == 6);
BUILD_ASSERT(offsetof(struct zsock_addrinfo, ai_next) == 0 &&
             offsetof(struct zsock_addrinfo, ai_addrlen) <
                 offsetof(struct zsock_addrinfo, ai_addr) &&
             offsetof(struct zsock_addrinfo, ai_addr) <
                 offsetof(struct zsock_addrinfo, ai_canonname));
BUILD_ASSERT(sizeof(struct linger) == 8 && sizeof(struct ifreq) == IFNAMSIZ);

BUILD_ASSERT(AF_UNSPEC == 0 && AF_INET == 1 && AF_INET6 == 2 && AF_PACKET == 3 && AF_UNIX == 6);
BUILD_ASSERT(SOCK_STREAM == 1 && SOCK_DGRAM == 2 && SOCK_RAW == 3);
BUILD_ASSERT(IPPROTO_TCP == 6 && IPPROTO_UDP == 17 && IPPROTO_IPV6 == 41);
BUILD_ASSERT(TLS_SESSION_CACHE_DISABLED == 0 && TLS_SESSION_CACHE_ENABLED == 1);
BUILD_ASSERT(TLS_CERT_NOCOPY_NONE == 0 && TLS_CERT_NOCOPY_OPTIONAL == 1);
BUILD_ASSERT(TLS_DTLS_CID_SUPPORTED == 1 && TLS_DTLS_CID_STATUS_BIDIRECTIONAL == 3);
BUILD_ASSERT(IPPROTO_TLS_1_2 == 258 && IPPROTO_DTLS_1_2 == 273);
BUILD_ASSERT(TCP_NODELAY == 1 && TCP_KEEPIDLE == 2 && TCP_KEEPINTVL == 3 && TCP_KEEPCNT == 4);
BUILD_ASSERT(SO_SOCKS5 == 60 && SO_TXTIME == 61 && SOMAXCONN == 128 && SOL_TLS == 282);
BUILD_ASSERT(MSG_PEEK == 2 && MSG_TRUNC == 0x20 && MSG_DONTWAIT == 0x40 && MSG_WAITALL == 0x100);
BUILD_ASSERT(IPV6_V6ONLY == 26 && IPV6_RECVPKTINFO == 49 && IP_ADD_MEMBERSHIP == 35);
BUILD_ASSERT(htons(0x1234) ==
             (uint16_t)(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0x3412 : 0x1234));
BUILD_ASSERT(IS_ENABLED(CONFIG_NET_IPV6) == 1 && IS_ENABLED(CONFIG_NET_NO_SUCH_THING) == 0);
BUILD_ASSERT(COND_CODE_1(CONFIG_NET_TCP, (1), (2)) == 1, "");
BUILD_ASSERT(COND_CODE_1(CONFIG_NET_NO_SUCH_THING, (1), (2)) == 2, "");

/* Initialisers have Zephyr's depth of braces. */
const struct in_addr loopback4 = INADDR_LOOPBACK_INIT;
const struct in_addr any4 = {{{0}}};
const struct in6_addr loopback6 = IN6ADDR_LOOPBACK_INIT;
const struct in6_addr any6 = IN6ADDR_ANY_INIT;

/* The unprefixed function of this name is ours; a member of this name is nobody else's. */
struct driver {
  int (*close)(int sock);
  int (*socket)(int family, int type, int proto);
  int (*connect)(int sock);
};

int layout_call_member(const struct driver* driver);

int layout_call_member(const struct driver* driver) {
  return driver->close(1) + driver->socket(2, 3, 4) + driver->connect(5);
}
