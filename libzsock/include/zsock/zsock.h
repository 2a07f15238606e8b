/* The native socket calls of zsockd's clients: Linux' types, numbers and errno values, on
 * descriptors that are real kernel descriptors (any of them may also be given to poll, select,
 * epoll, dup or fork).
 *
 * Every call returns what its namesake returns on Linux: -1 and errno on failure. Beside the errno
 * values named at each call, every call on a descriptor yields
 *   EBADF     fd is not open
 *   ENOTSOCK  fd is open, but no socket of this library
 *   ENETDOWN  zsockd cannot be reached, or went away (a stream tells ECONNRESET once before)
 *
 * Thread-safe. Waiting calls are cancellation points. No C++ exception leaves.
 */
#ifndef ZSOCK_ZSOCK_H
#define ZSOCK_ZSOCK_H

#include <netdb.h>
#include <poll.h>
#include <stddef.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ZS_API __attribute__((visibility("default")))

/** Makes a socket.
 * domain: AF_INET or AF_INET6; type: SOCK_STREAM or SOCK_DGRAM, with SOCK_NONBLOCK and
 * SOCK_CLOEXEC; protocol: 0, IPPROTO_TCP, IPPROTO_UDP, or with SOCK_DGRAM the domain's IPPROTO_ICMP
 * or IPPROTO_ICMPV6: a socket that sends echo requests and receives their replies, each from the
 * ICMP header on; its port is the identifier. EAFNOSUPPORT domain; EINVAL type; ESOCKTNOSUPPORT no
 * such type here; EPERM SOCK_RAW, AF_PACKET; EPROTONOSUPPORT protocol and type do not match;
 * EMFILE, ENFILE, ENOBUFS, ENOMEM limits; ENETDOWN zsockd cannot be reached. */
ZS_API int zs_socket(int domain, int type, int protocol);

/** Closes fd. The connection ends with the last descriptor of the socket in any process. With
 * SO_LINGER {1, n} waits up to n seconds until what was sent is acknowledged. EBADF; EINTR a signal
 * ended the wait (fd is closed). */
ZS_API int zs_close(int fd);

/** how: SHUT_RD, SHUT_WR, SHUT_RDWR.
 * EINVAL how; ENOTCONN not connected (a datagram socket is shut all the same). */
ZS_API int zs_shutdown(int fd, int how);

/** EACCES port needs a right; EADDRINUSE; EADDRNOTAVAIL no such local address; EAFNOSUPPORT;
 * EINVAL already bound, or length; EFAULT address is NULL. */
ZS_API int zs_bind(int fd, const struct sockaddr* address, socklen_t length);

/** EADDRINUSE; EINVAL connected or connecting; EOPNOTSUPP not a stream. */
ZS_API int zs_listen(int fd, int backlog);

/** Takes one established connection; address and length may both be NULL.
 * flags: SOCK_NONBLOCK, SOCK_CLOEXEC.
 * EAGAIN none waiting (non-blocking, SO_RCVTIMEO); EINTR; EINVAL not listening, or flags;
 * EMFILE, ENFILE the connection stays queued; EOPNOTSUPP not a stream. */
ZS_API int zs_accept4(int fd, struct sockaddr* address, socklen_t* length, int flags);

/** Stream: connects; non-blocking, or SO_SNDTIMEO over: EINPROGRESS. Again while it goes on:
 * EALREADY; once after it succeeded: 0; then EISCONN. EINTR: it goes on. Datagram: sets the peer.
 * AF_UNSPEC dissolves either. EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, ECONNABORTED the
 * failure was told already, ECONNREFUSED, EHOSTUNREACH, EINVAL length or scope, ENETUNREACH,
 * ETIMEDOUT, EFAULT. */
ZS_API int zs_connect(int fd, const struct sockaddr* address, socklen_t length);

/** zs_sendto without an address. */
ZS_API ssize_t zs_send(int fd, const void* data, size_t size, int flags);

/** zs_recvfrom without an address. */
ZS_API ssize_t zs_recv(int fd, void* data, size_t size, int flags);

/** flags: MSG_DONTWAIT, MSG_NOSIGNAL, MSG_OOB, MSG_MORE (a stream keeps a part of a segment for 200
 * ms; datagrams ignore it); MSG_CONFIRM, MSG_DONTROUTE are ignored. A stream ignores the address,
 * but with MSG_FASTOPEN (RFC 7413, if zsockd's tcp.fast_open allows it): connects there, and what
 * is sent goes along where a cookie of the server is known; EISCONN, EOPNOTSUPP, and zs_connect's.
 * EAGAIN no room (non-blocking, SO_SNDTIMEO); EINTR nothing was sent; EPIPE not connected, or shut
 * (and SIGPIPE, unless MSG_NOSIGNAL); ECONNRESET, ETIMEDOUT, EHOSTUNREACH, … the connection's
 * error, once; EDESTADDRREQ datagram without a peer; EMSGSIZE datagram too long; EAFNOSUPPORT;
 * EINVAL address; EOPNOTSUPP flags; EFAULT. Datagrams also: EACCES broadcast; ENETUNREACH,
 * EHOSTUNREACH, EINVAL no way there; EAGAIN no ephemeral port. If the network changes later, they
 * come with the next call.
 */
ZS_API ssize_t zs_sendto(int fd, const void* data, size_t size, int flags,
                         const struct sockaddr* address, socklen_t length);

/** flags: MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_OOB, MSG_CMSG_CLOEXEC (ignored).
 * 0: end of the stream, or an empty datagram. EAGAIN nothing there (non-blocking, SO_RCVTIMEO;
 * MSG_ERRQUEUE always); EINTR; ENOTCONN stream not connected; ECONNREFUSED, ECONNRESET, ETIMEDOUT,
 * … the socket's error, once, after all data; EINVAL MSG_OOB without an urgent octet; EFAULT. */
ZS_API ssize_t zs_recvfrom(int fd, void* data, size_t size, int flags, struct sockaddr* address,
                           socklen_t* length);

/** Zero-copy sending on a stream: where the next octets to send lie in the ring that zsockd sends
 * from, as one or two pieces (the second may be empty) that the caller fills in place before
 * zs_send_commit. Waits for room as zs_send does, and fails like it. Between the two no other
 * thread or process may send on the socket.
 * Returns how many octets there is room for, at least 1.
 * flags: MSG_DONTWAIT. EOPNOTSUPP not a stream; EFAULT. */
ZS_API ssize_t zs_send_reserve(int fd, struct iovec pieces[2], int flags);
/** Sends the first `size` octets of what zs_send_reserve gave; 0 sends nothing.
 * EINVAL more than there was room for; errors of zs_send; EOPNOTSUPP not a stream. */
ZS_API int zs_send_commit(int fd, size_t size);
/** Zero-copy receiving on a stream: where what has come lies in the ring, as one or two pieces to
 * be read in place before zs_recv_consume. Waits as zs_recv does, and fails like it. Returns how
 * many octets there are; 0: the peer has finished. Between the two no other thread or process may
 * receive on the socket. flags: MSG_DONTWAIT. EOPNOTSUPP not a stream; EFAULT. */
ZS_API ssize_t zs_recv_peek(int fd, struct iovec pieces[2], int flags);
/** Frees the first `size` octets of what zs_recv_peek gave.
 * EINVAL more than that; EOPNOTSUPP not a stream. */
ZS_API int zs_recv_consume(int fd, size_t size);

/** zs_sendto from several pieces. Control data of a datagram (ip(7), ipv6(7), udp(7)): IP_PKTINFO,
 * IPV6_PKTINFO (source and interface), IP_TTL, IPV6_HOPLIMIT, IP_TOS, IPV6_TCLASS, UDP_SEGMENT.
 * EMSGSIZE also: more than 1024 pieces. EINVAL also: other control data of these levels or of
 * SOL_SOCKET, a source that is not the stack's; ENODEV: no such interface. */
ZS_API ssize_t zs_sendmsg(int fd, const struct msghdr* message, int flags);

/** zs_recvfrom into several pieces. Sets msg_flags (MSG_TRUNC, MSG_CTRUNC) and, where asked by
 * option, gives SO_TIMESTAMP, SO_TIMESTAMPNS, IP_PKTINFO, IPV6_PKTINFO, IP_TTL, IP_TOS,
 * IPV6_HOPLIMIT, IPV6_TCLASS, UDP_GRO. MSG_ERRQUEUE: the oldest entry of the error queue
 * (IP_RECVERR) with its sock_extended_err; EAGAIN: there is none. EMSGSIZE also: more than 1024
 * pieces. */
ZS_API ssize_t zs_recvmsg(int fd, struct msghdr* message, int flags);

struct mmsghdr; /* of <sys/socket.h>, with _GNU_SOURCE */

/** zs_sendmsg of up to 1024 messages, as far as there is no error; msg_len becomes what each has
 * sent. Returns how many were sent, or -1 when the first fails. */
ZS_API int zs_sendmmsg(int fd, struct mmsghdr* messages, unsigned count, int flags);
/** zs_recvmsg of up to 1024 messages, the same way. MSG_WAITFORONE: waits for the first only.
 * `limit`, or NULL, is looked at after each message, as in Linux. EINVAL: no time. */
ZS_API int zs_recvmmsg(int fd, struct mmsghdr* messages, unsigned count, int flags,
                       const struct timespec* limit);

/** zs_recv with flags 0. */
ZS_API ssize_t zs_read(int fd, void* data, size_t size);
/** zs_send with flags 0. */
ZS_API ssize_t zs_write(int fd, const void* data, size_t size);
/** zs_recvmsg with flags 0. EINVAL count < 0 or > 1024. */
ZS_API ssize_t zs_readv(int fd, const struct iovec* pieces, int count);
/** zs_sendmsg with flags 0. EINVAL count < 0 or > 1024. */
ZS_API ssize_t zs_writev(int fd, const struct iovec* pieces, int count);

/** poll() over sockets of this library and any other descriptors, exact about errors and hang-ups.
 * EINTR; EINVAL count; EFAULT; ENOMEM. */
ZS_API int zs_poll(struct pollfd* fds, nfds_t count, int timeout_ms);

/** select() over sockets of this library and any other descriptors; leaves the remaining time in
 * *timeout. EBADF a descriptor is not open; EINTR; EINVAL count or timeout. */
ZS_API int zs_select(int count, fd_set* readable, fd_set* writable, fd_set* exceptional,
                     struct timeval* timeout);

/** F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_DUPFD, F_DUPFD_CLOEXEC and whatever the kernel does on the
 * descriptor. EINVAL command; EMFILE. */
ZS_API int zs_fcntl(int fd, int command, long argument);

/** FIONREAD, SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK (int*), FIONBIO (const int*).
 * EINVAL listening; ENOTTY request; EFAULT. */
ZS_API int zs_ioctl(int fd, unsigned long request, void* argument);

/** Linux' levels, names and values. SO_ERROR takes the error.
 * EINVAL length; ENOPROTOOPT name; EOPNOTSUPP level; EFAULT. */
ZS_API int zs_getsockopt(int fd, int level, int name, void* value, socklen_t* length);

/** EDOM a time out of range; EINVAL value or length; ENOPROTOOPT name or level; EPERM; EFAULT. */
ZS_API int zs_setsockopt(int fd, int level, int name, const void* value, socklen_t length);

/** An unbound socket has the wildcard address and port 0. EINVAL length; EFAULT. */
ZS_API int zs_getsockname(int fd, struct sockaddr* address, socklen_t* length);

/** ENOTCONN; EINVAL length; EFAULT. */
ZS_API int zs_getpeername(int fd, struct sockaddr* address, socklen_t* length);

/** What zsockd says of its interface, as lines of words: "interface NAME mtu OCTETS mac ADDRESS",
 * then "address ADDRESS/LENGTH usable" (or tentative, duplicate) for each, "gateway ADDRESS" for
 * each. Cut to size - 1 octets and a 0. Returns the octets of the whole. ENETDOWN. */
ZS_API ssize_t zs_interface(char* text, size_t size);

/** 1: fd is a socket of this library, also as a copy made by dup(); 0: it is not. Sets no errno. */
ZS_API int zs_is_socket(int fd);

/** getaddrinfo() over the stack: addresses, /etc/hosts, then the servers and search domains of
 * zsockd's configuration (dns.servers, dns.search). `node` and `service` as there; the best address
 * first (RFC 6724). Free the list with zs_freeaddrinfo(). Names need libzsock-resolver.so.
 * \return 0, or EAI_NONAME no such name, or both NULL; EAI_NODATA the name has no address of the
 * family; EAI_AGAIN no server answers, or one fails; EAI_FAIL a server's answer makes no sense;
 * EAI_ADDRFAMILY an address of the other family; EAI_BADFLAGS, EAI_FAMILY, EAI_SOCKTYPE,
 * EAI_SERVICE, EAI_MEMORY; EAI_SYSTEM and errno: ENETDOWN zsockd cannot be reached, ELIBACC no
 * libzsock-resolver.so. *result is NULL then. */
ZS_API int zs_getaddrinfo(const char* node, const char* service, const struct addrinfo* hints,
                          struct addrinfo** result);

/** The same, with EAI_AGAIN when the servers have not answered after limit_ms milliseconds; -1: two
 * tries per server, of 5 s and 10 s. */
ZS_API int zs_getaddrinfo_within(const char* node, const char* service,
                                 const struct addrinfo* hints, int limit_ms,
                                 struct addrinfo** result);

/** NULL is fine. */
ZS_API void zs_freeaddrinfo(struct addrinfo* list);

/** flags: NI_NUMERICHOST, NI_NUMERICSERV, NI_NOFQDN, NI_NAMEREQD, NI_DGRAM. A name that cannot be
 * found is told as number unless NI_NAMEREQD. \return 0, or EAI_BADFLAGS, EAI_FAMILY address,
 * EAI_MEMORY, EAI_NONAME neither host nor service wanted, or no name, EAI_OVERFLOW no room. */
ZS_API int zs_getnameinfo(const struct sockaddr* address, socklen_t length, char* host,
                          socklen_t host_size, char* service, socklen_t service_size, int flags);

/** The C library's text. */
ZS_API const char* zs_gai_strerror(int code);

#ifdef __cplusplus
}
#endif

#endif
