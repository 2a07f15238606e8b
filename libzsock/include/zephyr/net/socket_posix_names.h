/** \file
 * socket(), bind(), close() and the others without prefix, as Zephyr's socket.h offers them. They
 * are declared with the symbol of the zsock_ function beneath (an asm label), not defined as
 * macros, so that members of structures may have the same names. close(), poll(), select() and
 * fcntl(), and of zsock/posix read(), write() and ioctl(), also serve the host's descriptors.
 */
#ifndef ZEPHYR_NET_SOCKET_POSIX_NAMES_H_
#define ZEPHYR_NET_SOCKET_POSIX_NAMES_H_

#if defined(_SYS_SOCKET_H) || defined(_SYS_POLL_H) || defined(_NETDB_H)
#error \
    "The host's socket headers come first: put zsock/posix into the include path (target zsock::firmware, zsock-firmware.pc), or set CONFIG_NET_SOCKETS_POSIX_NAMES=0"
#endif

#include <fcntl.h>
#include <unistd.h>
#include <zephyr/net/socket.h>

#define pollfd zsock_pollfd
#define POLLIN ZSOCK_POLLIN
#define POLLPRI ZSOCK_POLLPRI
#define POLLOUT ZSOCK_POLLOUT
#define POLLERR ZSOCK_POLLERR
#define POLLHUP ZSOCK_POLLHUP
#define POLLNVAL ZSOCK_POLLNVAL
#define addrinfo zsock_addrinfo
#define EAI_BADFLAGS DNS_EAI_BADFLAGS
#define EAI_NONAME DNS_EAI_NONAME
#define EAI_AGAIN DNS_EAI_AGAIN
#define EAI_FAIL DNS_EAI_FAIL
#define EAI_NODATA DNS_EAI_NODATA
#define EAI_FAMILY DNS_EAI_FAMILY
#define EAI_SOCKTYPE DNS_EAI_SOCKTYPE
#define EAI_SERVICE DNS_EAI_SERVICE
#define EAI_ADDRFAMILY DNS_EAI_ADDRFAMILY
#define EAI_MEMORY DNS_EAI_MEMORY
#define EAI_SYSTEM DNS_EAI_SYSTEM
#define EAI_OVERFLOW DNS_EAI_OVERFLOW
/* No call raises SIGPIPE. */
#define MSG_NOSIGNAL 0

#ifdef __cplusplus
extern "C" {
#endif

int socket(int family, int type, int proto) __asm__("zsock_socket");
int socketpair(int family, int type, int proto, int* sv) __asm__("zsock_socketpair");
int shutdown(int sock, int how) __asm__("zsock_shutdown");
int bind(int sock, const struct net_sockaddr* addr, net_socklen_t addrlen) __asm__("zsock_bind");
int connect(int sock, const struct net_sockaddr* addr,
            net_socklen_t addrlen) __asm__("zsock_connect");
int listen(int sock, int backlog) __asm__("zsock_listen");
int accept(int sock, struct net_sockaddr* addr, net_socklen_t* addrlen) __asm__("zsock_accept");
ssize_t send(int sock, const void* buf, size_t len, int flags) __asm__("zsock_posix_send");
ssize_t recv(int sock, void* buf, size_t max_len, int flags) __asm__("zsock_posix_recv");
ssize_t sendto(int sock, const void* buf, size_t len, int flags, const struct net_sockaddr* dest,
               net_socklen_t addrlen) __asm__("zsock_sendto");
ssize_t sendmsg(int sock, const struct net_msghdr* msg, int flags) __asm__("zsock_sendmsg");
ssize_t recvfrom(int sock, void* buf, size_t max_len, int flags, struct net_sockaddr* src,
                 net_socklen_t* addrlen) __asm__("zsock_recvfrom");
ssize_t recvmsg(int sock, struct net_msghdr* msg, int flags) __asm__("zsock_recvmsg");
int getsockopt(int sock, int level, int optname, void* optval,
               net_socklen_t* optlen) __asm__("zsock_getsockopt");
int setsockopt(int sock, int level, int optname, const void* optval,
               net_socklen_t optlen) __asm__("zsock_setsockopt");
int getsockname(int sock, struct net_sockaddr* addr,
                net_socklen_t* addrlen) __asm__("zsock_getsockname");
int getpeername(int sock, struct net_sockaddr* addr,
                net_socklen_t* addrlen) __asm__("zsock_getpeername");
char* inet_ntop(net_sa_family_t family, const void* src, char* dst,
                size_t size) __asm__("zsock_inet_ntop");
int inet_pton(net_sa_family_t family, const char* src, void* dst) __asm__("zsock_inet_pton");
int getaddrinfo(const char* host, const char* service, const struct zsock_addrinfo* hints,
                struct zsock_addrinfo** res) __asm__("zsock_getaddrinfo");
void freeaddrinfo(struct zsock_addrinfo* ai) __asm__("zsock_freeaddrinfo");
const char* gai_strerror(int errcode) __asm__("zsock_gai_strerror");
int getnameinfo(const struct net_sockaddr* addr, net_socklen_t addrlen, char* host,
                net_socklen_t hostlen, char* serv, net_socklen_t servlen,
                int flags) __asm__("zsock_getnameinfo");
int poll(struct zsock_pollfd* fds, int nfds, int timeout) __asm__("zsock_poll");
int select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
           struct timeval* timeout) __asm__("zsock_select");
int close(int fd) __asm__("zsock_posix_close");
#ifdef __USE_FILE_OFFSET64
/* The host's header has given fcntl() a label already. */
int zsock_posix_fcntl(int fd, int cmd, ...);
#undef fcntl
#define fcntl zsock_posix_fcntl
#else
int fcntl(int fd, int cmd, ...) __asm__("zsock_posix_fcntl");
#endif

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_SOCKET_POSIX_NAMES_H_ */
