/** \file
 * Zephyr's sockets. Every call returns -1 and sets errno on failure; EBADF for a descriptor that is
 * not a zsock socket, which is left alone. No call raises SIGPIPE. errno has the host's numbers.
 */
#ifndef ZEPHYR_NET_SOCKET_H_
#define ZEPHYR_NET_SOCKET_H_

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <zephyr/kernel.h>
#include <zephyr/net/hostname.h>
#include <zephyr/net/net_ip.h>
#include <zephyr/net/socket_netdb.h>
#include <zephyr/net/socket_options.h>
#include <zephyr/net/socket_poll.h>
#include <zephyr/net/socket_select.h>
#include <zephyr/net/socket_tls.h>
#include <zephyr/net/socket_types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** proto 0 is TCP of a stream, UDP of datagrams. EAFNOSUPPORT, EPROTONOSUPPORT, EPROTOTYPE */
int zsock_socket(int family, int type, int proto);
/**
 * Two connected streams that have nothing to do with the network. EAFNOSUPPORT family is not
 * NET_AF_LOCAL; EPROTOTYPE type is not NET_SOCK_STREAM; EPROTONOSUPPORT; EFAULT; ENFILE. On them:
 * bind and connect EISCONN, listen EINVAL, accept, getsockname and getpeername EOPNOTSUPP, options
 * ENOPROTOOPT.
 */
int zsock_socketpair(int family, int type, int proto, int* sv);
/** Calls of other threads that wait on the socket fail with EINTR. */
int zsock_close(int sock);
/** Ends one direction or both (ZSOCK_SHUT_*). EINVAL, ENOTCONN */
int zsock_shutdown(int sock, int how);
/** addrlen may be larger than the address. EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL */
int zsock_bind(int sock, const struct net_sockaddr* addr, net_socklen_t addrlen);
/**
 * A blocking connect of a stream gives up after CONFIG_NET_SOCKETS_CONNECT_TIMEOUT milliseconds
 * (3000) with ETIMEDOUT. 0 if it is connected already. EINPROGRESS, EALREADY, ECONNREFUSED
 */
int zsock_connect(int sock, const struct net_sockaddr* addr, net_socklen_t addrlen);
/** A backlog below 1 is 1. */
int zsock_listen(int sock, int backlog);
/**
 * The new socket waits, whatever `sock` does. `addr` takes as much as *addrlen says; *addrlen
 * becomes the whole size. Both may be NULL. EAGAIN, EINVAL, EINTR
 */
int zsock_accept(int sock, struct net_sockaddr* addr, net_socklen_t* addrlen);

ssize_t zsock_sendto(int sock, const void* buf, size_t len, int flags,
                     const struct net_sockaddr* dest_addr, net_socklen_t addrlen);
ssize_t zsock_sendmsg(int sock, const struct net_msghdr* msg, int flags);
/** A src_addr too small for the address: EINVAL, and the datagram is gone. */
ssize_t zsock_recvfrom(int sock, void* buf, size_t max_len, int flags,
                       struct net_sockaddr* src_addr, net_socklen_t* addrlen);
ssize_t zsock_recvmsg(int sock, struct net_msghdr* msg, int flags);

static inline ssize_t zsock_send(int sock, const void* buf, size_t len, int flags) {
  return zsock_sendto(sock, buf, len, flags, NULL, 0);
}

static inline ssize_t zsock_recv(int sock, void* buf, size_t max_len, int flags) {
  return zsock_recvfrom(sock, buf, max_len, flags, NULL, NULL);
}

/**
 * Sends until all is sent or `timeout` is over; *sent, if not NULL, tells how much was.
 * \return 0, or a negative errno: -EAGAIN the time is over, and those of zsock_send()
 */
int zsock_send_all(int sock, const void* buf, size_t len, int flags, k_timeout_t timeout,
                   size_t* sent);

/** The same with the pieces of `msg`, which stays as it is. A datagram goes as a whole. -EINVAL
 * msg, -ENOMEM pieces */
int zsock_sendmsg_all(int sock, const struct net_msghdr* msg, int flags, k_timeout_t timeout,
                      size_t* sent);

/** A handle that stands for the socket; NULL and EBADF: it is none. */
void* zsock_get_context_object(int sock);

/** F_GETFL, and F_SETFL of O_NONBLOCK (the host's or Zephyr's 0x4000). EINVAL, EOPNOTSUPP */
int zsock_fcntl(int sock, int cmd, ...);
/** As zsock_fcntl(), with the caller's O_NONBLOCK as the value that F_GETFL returns. */
int zsock_fcntl_flavoured(int o_nonblock, int sock, int cmd, ...);
#define zsock_fcntl(...) zsock_fcntl_flavoured(O_NONBLOCK, __VA_ARGS__)
/** ZFD_IOCTL_*: octets to read, octets not yet acknowledged (TCP); FIONBIO always means not to
 * wait. */
int zsock_ioctl(int sock, unsigned long request, ...);
/* What the two above are made of in Zephyr. */
#define zsock_fcntl_wrapper zsock_fcntl
#define zsock_fcntl_impl(sock, cmd, flags) zsock_fcntl(sock, cmd, flags)
#define zsock_ioctl_wrapper zsock_ioctl

int zsock_getsockopt(int sock, int level, int optname, void* optval, net_socklen_t* optlen);
int zsock_setsockopt(int sock, int level, int optname, const void* optval, net_socklen_t optlen);
/** EINVAL if it is not bound. */
int zsock_getsockname(int sock, struct net_sockaddr* addr, net_socklen_t* addrlen);
int zsock_getpeername(int sock, struct net_sockaddr* addr, net_socklen_t* addrlen);

/** NULL and errno: EAFNOSUPPORT, ENOSPC */
char* zsock_inet_ntop(net_sa_family_t family, const void* src, char* dst, size_t size);
/** 1; 0: not an address; -1: family */
int zsock_inet_pton(net_sa_family_t family, const char* src, void* dst);

#ifdef CONFIG_ZSOCK_PROFILE_ZEPHYR
/* The library has a weak one as well, of NULL; a program's comes first. */
extern const char* zsock_profile;
__attribute__((__weak__)) const char* zsock_profile =
    "zephyr,contexts=" STRINGIFY(CONFIG_NET_MAX_CONTEXTS) ",descriptors=" STRINGIFY(
        CONFIG_ZVFS_OPEN_MAX) ",poll=" STRINGIFY(CONFIG_ZVFS_POLL_MAX) ",send_wait=" STRINGIFY(CONFIG_NET_SOCKET_MAX_SEND_WAIT) ",retransmission=" STRINGIFY(
        CONFIG_NET_TCP_INIT_RETRANSMISSION_TIMEOUT) ",retries=" STRINGIFY(CONFIG_NET_TCP_RETRY_COUNT);
#endif
#ifdef CONFIG_NET_SOCKETS_CONNECT_TIMEOUT
/* The library has a weak one as well, of 3000; a program's comes first. */
extern int zsock_connect_timeout_ms;
__attribute__((__weak__)) int zsock_connect_timeout_ms = CONFIG_NET_SOCKETS_CONNECT_TIMEOUT;
#endif

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#ifdef CONFIG_NET_SOCKETS_POSIX_NAMES
#include <zephyr/net/socket_posix_names.h>
#endif

#endif /* ZEPHYR_NET_SOCKET_H_ */
