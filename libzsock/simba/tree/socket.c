/** \file
 * simba's sockets for simba's own kernel (7.0.0 and later, BOARD=linux), in place of its
 * src/inet/socket.c. One thread of simba's runs at a time, so what would wait is done in a thread
 * of the host's, while the caller is suspended. Links libzsock; see docs/porting.md.
 */
#include "simba.h"

/* What is in libzsock: the kit's sockets, and help (libzsock/simba/tree.h). */
extern size_t simba_tree_socket_size(void);
extern ssize_t simba_tree_send_now(void* self_p, const void* buf_p, size_t size);
extern int simba_tree_run(void (*function)(void*), void* argument);
extern int simba_tree_watch(void* self_p, void (*ready)(void*), void* argument);
extern void simba_tree_unwatch(void* self_p);
extern int simba_socket_open(void* self_p, int domain, int type, int protocol);
extern int simba_socket_close(void* self_p);
extern int simba_socket_bind(void* self_p, const struct inet_addr_t* address);
extern int simba_socket_listen(void* self_p, int backlog);
extern int simba_socket_connect(void* self_p, const struct inet_addr_t* address);
extern int simba_socket_connect_by_hostname(void* self_p, const char* name, uint16_t port);
extern int simba_socket_accept(void* self_p, void* accepted_p, struct inet_addr_t* address);
extern ssize_t simba_socket_sendto(void* self_p, const void* buf_p, size_t size, int flags,
                                   const struct inet_addr_t* address);
extern ssize_t simba_socket_recvfrom(void* self_p, void* buf_p, size_t size, int flags,
                                     struct inet_addr_t* address);
extern ssize_t simba_socket_size(void* self_p);
extern int simba_chan_control(void* self_p, int operation);

/* Operations of simba_chan_control(). */
enum { NON_BLOCKING_READ = 5, BLOCKING_READ = 6 };

/* A call that waits. It lives on the stack of the thread that is suspended meanwhile. */
struct call_t {
  int (*function)(struct call_t* self_p);
  struct thrd_t* thrd_p;
  void* socket_p;
  void* other_p;
  const void* data_p;
  size_t size;
  uint16_t port;
  struct inet_addr_t* from_p;
  const struct inet_addr_t* to_p;
};

static void in_the_host(void* argument) {
  struct call_t* self_p = argument;
  struct thrd_t* thrd_p = self_p->thrd_p;
  int result = self_p->function(self_p);

  sys_lock();
  thrd_resume_isr(thrd_p, result);
  sys_unlock();
}

static int call(int (*function)(struct call_t* self_p), struct call_t* self_p) {
  self_p->function = function;
  self_p->thrd_p = thrd_self();
  if (simba_tree_run(in_the_host, self_p) != 0) return -EAGAIN;
  return thrd_suspend(NULL);
}

/* Somebody polls, and something is there. */
static void on_readable(void* argument) {
  struct socket_t* self_p = argument;

  sys_lock();
  if (chan_is_polled_isr(&self_p->base) == 1) {
    thrd_resume_isr(self_p->base.reader_p, 0);
    self_p->base.reader_p = NULL;
  }
  sys_unlock();
}

static void fill(struct socket_t* self_p, int type, void* socket_p) {
  memset(self_p, 0, sizeof(*self_p));
  chan_init(&self_p->base, (chan_read_fn_t)socket_read, (chan_write_fn_t)socket_write,
            (chan_size_fn_t)socket_size);
  self_p->type = type;
  self_p->pcb_p = socket_p;
}

int socket_module_init(void) {
  return 0;
}

int socket_open(struct socket_t* self_p, int domain, int type, int protocol) {
  void* socket_p;

  ASSERTN(self_p != NULL, EINVAL);
  socket_p = calloc(1, simba_tree_socket_size());
  if (socket_p == NULL || simba_socket_open(socket_p, domain, type, protocol) != 0) {
    free(socket_p);
    return -1;
  }
  fill(self_p, type, socket_p);
  return 0;
}

int socket_open_tcp(struct socket_t* self_p) {
  return socket_open(self_p, SOCKET_DOMAIN_INET, SOCKET_TYPE_STREAM, 0);
}

int socket_open_udp(struct socket_t* self_p) {
  return socket_open(self_p, SOCKET_DOMAIN_INET, SOCKET_TYPE_DGRAM, 0);
}

int socket_open_raw(struct socket_t* self_p) {
  return socket_open(self_p, SOCKET_DOMAIN_INET, SOCKET_TYPE_RAW, SOCKET_PROTO_ICMP);
}

int socket_close(struct socket_t* self_p) {
  ASSERTN(self_p != NULL, EINVAL);
  if (self_p->pcb_p == NULL) return 0;
  simba_tree_unwatch(self_p->pcb_p);
  simba_socket_close(self_p->pcb_p);
  free(self_p->pcb_p);
  self_p->pcb_p = NULL;
  return 0;
}

int socket_bind(struct socket_t* self_p, const struct inet_addr_t* local_addr_p) {
  ASSERTN(self_p != NULL, EINVAL);
  return simba_socket_bind(self_p->pcb_p, local_addr_p);
}

int socket_listen(struct socket_t* self_p, int backlog) {
  ASSERTN(self_p != NULL, EINVAL);
  return simba_socket_listen(self_p->pcb_p, backlog);
}

static int connect_call(struct call_t* self_p) {
  return simba_socket_connect(self_p->socket_p, self_p->to_p);
}

int socket_connect(struct socket_t* self_p, const struct inet_addr_t* remote_addr_p) {
  struct call_t connect;

  ASSERTN(self_p != NULL, EINVAL);
  connect.socket_p = self_p->pcb_p;
  connect.to_p = remote_addr_p;
  return call(connect_call, &connect);
}

static int connect_by_hostname_call(struct call_t* self_p) {
  return simba_socket_connect_by_hostname(self_p->socket_p, self_p->data_p, self_p->port);
}

int socket_connect_by_hostname(struct socket_t* self_p, const char* hostname_p, uint16_t port) {
  struct call_t connect;

  ASSERTN(self_p != NULL, EINVAL);
  connect.socket_p = self_p->pcb_p;
  connect.data_p = hostname_p;
  connect.port = port;
  return call(connect_by_hostname_call, &connect);
}

static int accept_call(struct call_t* self_p) {
  return simba_socket_accept(self_p->socket_p, self_p->other_p, self_p->from_p);
}

int socket_accept(struct socket_t* self_p, struct socket_t* accepted_p,
                  struct inet_addr_t* remote_addr_p) {
  struct call_t accept;
  int error;

  ASSERTN(self_p != NULL, EINVAL);
  ASSERTN(accepted_p != NULL, EINVAL);
  accept.socket_p = self_p->pcb_p;
  accept.other_p = calloc(1, simba_tree_socket_size());
  accept.from_p = remote_addr_p;
  if (accept.other_p == NULL) return -ENOMEM;
  error = call(accept_call, &accept);
  if (error == 0) {
    fill(accepted_p, SOCKET_TYPE_STREAM, accept.other_p);
  } else {
    free(accept.other_p);
  }
  return error;
}

static int send_call(struct call_t* self_p) {
  return simba_socket_sendto(self_p->socket_p, self_p->data_p, self_p->size, 0, self_p->to_p);
}

ssize_t socket_sendto(struct socket_t* self_p, const void* buf_p, size_t size, int flags,
                      const struct inet_addr_t* remote_addr_p) {
  struct call_t send;
  ssize_t sent = 0;
  ssize_t rest;

  ASSERTN(self_p != NULL, EINVAL);
  ASSERTN(buf_p != NULL, EINVAL);
  ASSERTN(size > 0, EINVAL);
  if (self_p->type == SOCKET_TYPE_STREAM) {
    sent = simba_tree_send_now(self_p->pcb_p, buf_p, size);
    if (sent == (ssize_t)size) return sent;
    if (sent < 0) sent = 0;
  }
  send.socket_p = self_p->pcb_p;
  send.data_p = (const char*)buf_p + sent;
  send.size = size - sent;
  send.to_p = remote_addr_p;
  rest = call(send_call, &send);
  return rest > 0 ? sent + rest : rest;
}

static int receive_call(struct call_t* self_p) {
  return simba_socket_recvfrom(self_p->socket_p, self_p->other_p, self_p->size, 0, self_p->from_p);
}

ssize_t socket_recvfrom(struct socket_t* self_p, void* buf_p, size_t size, int flags,
                        struct inet_addr_t* remote_addr_p) {
  struct call_t receive;
  ssize_t got;
  ssize_t rest;

  ASSERTN(self_p != NULL, EINVAL);
  ASSERTN(buf_p != NULL, EINVAL);
  ASSERTN(size > 0, EINVAL);
  simba_chan_control(self_p->pcb_p, NON_BLOCKING_READ);
  got = simba_socket_recvfrom(self_p->pcb_p, buf_p, size, 0, remote_addr_p);
  simba_chan_control(self_p->pcb_p, BLOCKING_READ);
  if (got == (ssize_t)size || (got >= 0 && self_p->type != SOCKET_TYPE_STREAM)) return got;
  if (got < 0 && got != -EAGAIN) return got;
  if (got < 0) got = 0;
  receive.socket_p = self_p->pcb_p;
  receive.other_p = (char*)buf_p + got;
  receive.size = size - got;
  receive.from_p = remote_addr_p;
  rest = call(receive_call, &receive);
  return rest < 0 && got == 0 ? rest : got + (rest > 0 ? rest : 0);
}

ssize_t socket_write(struct socket_t* self_p, const void* buf_p, size_t size) {
  return socket_sendto(self_p, buf_p, size, 0, NULL);
}

ssize_t socket_read(struct socket_t* self_p, void* buf_p, size_t size) {
  return socket_recvfrom(self_p, buf_p, size, 0, NULL);
}

/* Called with and without the system lock; a poller suspends itself after 0. So who cannot be told
 * does not get that. */
ssize_t socket_size(struct socket_t* self_p) {
  ASSERTN(self_p != NULL, EINVAL);
  if (simba_socket_size(self_p->pcb_p) != 0) return 1;
  return simba_tree_watch(self_p->pcb_p, on_readable, self_p) == 0 ? 0 : 1;
}
