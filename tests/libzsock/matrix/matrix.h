/* Each call against each error that its header documents, in C as firmware is. The rows are grouped
 * by what they need; main.c runs them. */
#ifndef MATRIX_H
#define MATRIX_H

#include <stdio.h>
#include <zephyr/kernel.h>
#include <zephyr/net/socket.h>

extern int failures;
extern int rows;

void row(const char* file, int line, const char* call, long long is, long long should);

/* A call gives -1 and this errno. */
#define FAILS(call, number)                                                                \
  do {                                                                                     \
    errno = 0;                                                                             \
    const long long result_ = (long long)(call);                                           \
    const int errno_ = errno;                                                              \
                                                                                           \
    row(__FILE__, __LINE__, #call, result_ == -1 ? errno_ : -result_ - 1000000, (number)); \
  } while (0)
/* A call gives this. */
#define GIVES(call, value) row(__FILE__, __LINE__, #call, (long long)(call), (long long)(value))

enum { TCP = NET_SOCK_STREAM, UDP = NET_SOCK_DGRAM };

struct sockaddr_in own4(uint16_t port); /* 192.0.2.1, zsockd's */
struct sockaddr_in at4(const char* address, uint16_t port);
struct sockaddr_in6 at6(const char* address, uint16_t port);
#define ADDRESS(a) (struct sockaddr*)&(a), sizeof(a)

int open4(int type);
int bound4(int type, uint16_t port);
int listening4(uint16_t port, int backlog);
void nonblocking(int sock);
void limit(int sock, int option, int milliseconds);
/* A connection through zsockd's own stack: sv[0] has connected, sv[1] was accepted. */
void connected4(int* sv, uint16_t port);
/* The other side of `sock` is reset. */
void reset(int sock);

void test_sockets(void);  /* socket, socketpair, close, bind, listen, names, shutdown */
void test_connect(void);  /* connect, accept */
void test_transfer(void); /* send*, recv* */
void test_waiting(void);  /* poll, select, closing while another thread waits, eventfd */
void test_options(void);  /* getsockopt, setsockopt, fcntl, ioctl */
void test_groups(void);   /* net_ipv4_igmp_*, net_ipv6_mld_*, SO_TIMESTAMPING */
void test_names(void);    /* getaddrinfo and kin, addresses as text */
void test_scarcity(void); /* under ZSOCK_PROFILE */

#endif
