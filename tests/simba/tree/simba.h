/** \file
 * As much of simba's own headers as its sockets see, with a kernel of its kind (kernel.c): one
 * thread runs until it suspends itself.
 */
#ifndef SIMBA_H
#define SIMBA_H

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define ASSERTN(condition, error) \
  do {                            \
    if (!(condition)) {           \
      return -(error);            \
    }                             \
  } while (0)

struct time_t {
  int32_t seconds;
  int32_t nanoseconds;
};

struct thrd_t {
  pthread_t host;
  pthread_cond_t go;
  void* (*main)(void*);
  void* arg_p;
  int ready;
  int suspended;
  int resumed;
  int result;
};

struct thrd_t* thrd_spawn(void* (*main)(void*), void* arg_p);
struct thrd_t* thrd_self(void);
int thrd_suspend(const struct time_t* timeout_p);
int thrd_suspend_isr(const struct time_t* timeout_p);
int thrd_resume_isr(struct thrd_t* thrd_p, int err);
void thrd_yield(void);
void thrd_join(struct thrd_t* thrd_p);
void sys_start(void);
void sys_lock(void);
void sys_unlock(void);

typedef ssize_t (*chan_read_fn_t)(void* self_p, void* buf_p, size_t size);
typedef ssize_t (*chan_write_fn_t)(void* self_p, const void* buf_p, size_t size);
typedef size_t (*chan_size_fn_t)(void* self_p);

struct chan_t {
  chan_read_fn_t read;
  chan_write_fn_t write;
  chan_size_fn_t size;
  struct thrd_t* reader_p;
};

int chan_init(struct chan_t* self_p, chan_read_fn_t read, chan_write_fn_t write,
              chan_size_fn_t size);
int chan_is_polled_isr(struct chan_t* self_p);
/* Until one of two can be read. */
struct chan_t* chan_poll_two(void* first_p, void* second_p);

struct inet_ip_addr_t {
  uint32_t number;
};
struct inet_addr_t {
  struct inet_ip_addr_t ip;
  uint16_t port;
};

#define SOCKET_DOMAIN_INET 0
#define SOCKET_TYPE_STREAM 1
#define SOCKET_TYPE_DGRAM 2
#define SOCKET_TYPE_RAW 3
#define SOCKET_PROTO_ICMP 0

struct socket_t {
  struct chan_t base;
  int type;
  char others[64]; /* of lwIP */
  void* pcb_p;
};

int socket_module_init(void);
int socket_open_tcp(struct socket_t* self_p);
int socket_open_udp(struct socket_t* self_p);
int socket_open_raw(struct socket_t* self_p);
int socket_open(struct socket_t* self_p, int domain, int type, int protocol);
int socket_close(struct socket_t* self_p);
int socket_bind(struct socket_t* self_p, const struct inet_addr_t* local_addr_p);
int socket_listen(struct socket_t* self_p, int backlog);
int socket_connect(struct socket_t* self_p, const struct inet_addr_t* remote_addr_p);
int socket_connect_by_hostname(struct socket_t* self_p, const char* hostname_p, uint16_t port);
int socket_accept(struct socket_t* self_p, struct socket_t* accepted_p,
                  struct inet_addr_t* remote_addr_p);
ssize_t socket_sendto(struct socket_t* self_p, const void* buf_p, size_t size, int flags,
                      const struct inet_addr_t* remote_addr_p);
ssize_t socket_recvfrom(struct socket_t* self_p, void* buf_p, size_t size, int flags,
                        struct inet_addr_t* remote_addr_p);
ssize_t socket_write(struct socket_t* self_p, const void* buf_p, size_t size);
ssize_t socket_read(struct socket_t* self_p, void* buf_p, size_t size);
ssize_t socket_size(struct socket_t* self_p);

#endif
