/** \file
 * Sockets: TCP and UDP over IPv4. They are channels. One thread may read a socket and one write it.
 * Functions return 0 or more, or a negative error. Calls of older versions, with the lengths of
 * addresses, are taken as well.
 */
#ifndef ZSOCK_SIMBA_INET_SOCKET_H_
#define ZSOCK_SIMBA_INET_SOCKET_H_

#include "../inet/inet.h"
#include "../sync/chan.h"

#define SOCKET_DOMAIN_INET 0
#define SOCKET_DOMAIN_AF_INET 2 /**< before 5.0.0 */
#define SOCKET_TYPE_STREAM 1
#define SOCKET_TYPE_DGRAM 2
#define SOCKET_TYPE_RAW 3
#define SOCKET_PROTO_ICMP 0

/* The type of addresses before 1.0.0. */
#define socket_addr_t inet_addr_t

#pragma GCC visibility push(default)

struct socket_t {
  struct chan_t base;
  int type;
  int fd;                      /**< of zsock/zsock.h; -1: not open */
  int non_blocking;            /**< CHAN_CONTROL_NON_BLOCKING_READ */
  unsigned char identifier[2]; /**< of a raw socket's last request */
};

int socket_module_init(void) SIMBA_SYMBOL(socket_module_init);
int socket_open_tcp(struct socket_t* self_p) SIMBA_SYMBOL(socket_open_tcp);
int socket_open_udp(struct socket_t* self_p) SIMBA_SYMBOL(socket_open_udp);
/** ICMP, echo only: sends requests, receives replies with an IP header in front. \return 0; -1 */
int socket_open_raw(struct socket_t* self_p) SIMBA_SYMBOL(socket_open_raw);
int socket_open(struct socket_t* self_p, int domain, int type, int protocol)
    SIMBA_SYMBOL(socket_open);
/** \return 0 */
int socket_close(struct socket_t* self_p) SIMBA_SYMBOL(socket_close);
int socket_bind(struct socket_t* self_p, const struct inet_addr_t* local_addr_p)
    SIMBA_SYMBOL(socket_bind);
int socket_listen(struct socket_t* self_p, int backlog) SIMBA_SYMBOL(socket_listen);
/** TCP: waits for the connection. UDP: sets where socket_write() sends to. */
int socket_connect(struct socket_t* self_p, const struct inet_addr_t* remote_addr_p)
    SIMBA_SYMBOL(socket_connect);
/** `hostname_p`: an address, or a name (/etc/hosts, DNS). \return as socket_connect(), -1: unknown
 */
int socket_connect_by_hostname(struct socket_t* self_p, const char* hostname_p, uint16_t port)
    SIMBA_SYMBOL(socket_connect_by_hostname);
/** Waits for a connection. `remote_addr_p` may be NULL. */
int socket_accept(struct socket_t* self_p, struct socket_t* accepted_p,
                  struct inet_addr_t* remote_addr_p) SIMBA_SYMBOL(socket_accept);
/** TCP: waits until everything is taken; 0 if the connection is closed. UDP: one datagram, to
 * where socket_connect() said if `remote_addr_p` is NULL. */
ssize_t socket_sendto(struct socket_t* self_p, const void* buf_p, size_t size, int flags,
                      const struct inet_addr_t* remote_addr_p) SIMBA_SYMBOL(socket_sendto);
/** TCP: waits until `size` octets are there; fewer, or 0, only when the connection is closed. UDP:
 * one datagram; what has no room is lost. `remote_addr_p` may be NULL. */
ssize_t socket_recvfrom(struct socket_t* self_p, void* buf_p, size_t size, int flags,
                        struct inet_addr_t* remote_addr_p) SIMBA_SYMBOL(socket_recvfrom);
ssize_t socket_write(struct socket_t* self_p, const void* buf_p, size_t size)
    SIMBA_SYMBOL(socket_write);
ssize_t socket_read(struct socket_t* self_p, void* buf_p, size_t size) SIMBA_SYMBOL(socket_read);
/** \return 1 if there are data, a connection or the end to be had, else 0 */
ssize_t socket_size(struct socket_t* self_p) SIMBA_SYMBOL(socket_size);

/* socket_write() and socket_read() under the names of simba's documentation. */
ssize_t socket_send(struct socket_t* self_p, const void* buf_p, size_t size)
    SIMBA_SYMBOL(socket_write);
ssize_t socket_recv(struct socket_t* self_p, void* buf_p, size_t size) SIMBA_SYMBOL(socket_read);

#pragma GCC visibility pop

/* Before 5.0.0: the lengths of addresses come last. */
#define SIMBA_PICK_3(a, b, c, chosen, ...) chosen
#define SIMBA_PICK_4(a, b, c, d, chosen, ...) chosen
#define SIMBA_PICK_6(a, b, c, d, e, f, chosen, ...) chosen
#define SIMBA_BIND_2(s, address) (socket_bind)(s, address)
#define SIMBA_BIND_3(s, address, length) ((void)(length), (socket_bind)(s, address))
#define SIMBA_CONNECT_2(s, address) (socket_connect)(s, address)
#define SIMBA_CONNECT_3(s, address, length) ((void)(length), (socket_connect)(s, address))
#define SIMBA_ACCEPT_3(s, accepted, address) (socket_accept)(s, accepted, address)
#define SIMBA_ACCEPT_4(s, accepted, address, length_p) \
  ((void)(length_p), (socket_accept)(s, accepted, address))
#define SIMBA_SENDTO_5(s, buf, size, flags, address) (socket_sendto)(s, buf, size, flags, address)
#define SIMBA_SENDTO_6(s, buf, size, flags, address, length) \
  ((void)(length), (socket_sendto)(s, buf, size, flags, address))
#define SIMBA_RECVFROM_5(s, buf, size, flags, address) \
  (socket_recvfrom)(s, buf, size, flags, address)
#define SIMBA_RECVFROM_6(s, buf, size, flags, address, length) \
  ((void)(length), (socket_recvfrom)(s, buf, size, flags, address))
#define socket_bind(...) SIMBA_PICK_3(__VA_ARGS__, SIMBA_BIND_3, SIMBA_BIND_2, 0)(__VA_ARGS__)
#define socket_connect(...) \
  SIMBA_PICK_3(__VA_ARGS__, SIMBA_CONNECT_3, SIMBA_CONNECT_2, 0)(__VA_ARGS__)
#define socket_accept(...) \
  SIMBA_PICK_4(__VA_ARGS__, SIMBA_ACCEPT_4, SIMBA_ACCEPT_3, 0, 0)(__VA_ARGS__)
#define socket_sendto(...) \
  SIMBA_PICK_6(__VA_ARGS__, SIMBA_SENDTO_6, SIMBA_SENDTO_5, 0, 0, 0, 0)(__VA_ARGS__)
#define socket_recvfrom(...) \
  SIMBA_PICK_6(__VA_ARGS__, SIMBA_RECVFROM_6, SIMBA_RECVFROM_5, 0, 0, 0, 0)(__VA_ARGS__)

#endif /* ZSOCK_SIMBA_INET_SOCKET_H_ */
