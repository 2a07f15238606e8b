/** \file Sockets, on the native calls. */
#include "libzsock/simba/raw.h"
#include "libzsock/simba/thread.h"

#include <netinet/in.h>

#include "libzsock/include/zsock/zsock.h"

static int failure(void) {
  return -errno;
}

static struct sockaddr_in to_native(const struct inet_addr_t* address) {
  return (struct sockaddr_in){.sin_family = AF_INET,
                              .sin_port = htons(address->port),
                              .sin_addr = {.s_addr = address->ip.number}};
}

static void from_native(const struct sockaddr_in* native, struct inet_addr_t* address) {
  if (address == NULL) return;
  address->ip.number = native->sin_addr.s_addr;
  address->port = ntohs(native->sin_port);
}

static ssize_t channel_read(void* self_p, void* buf_p, size_t size) {
  return socket_read(self_p, buf_p, size);
}

static ssize_t channel_write(void* self_p, const void* buf_p, size_t size) {
  return socket_write(self_p, buf_p, size);
}

static size_t channel_size(void* self_p) {
  return (size_t)socket_size(self_p);
}

static int channel_descriptor(void* self_p) {
  return ((struct socket_t*)self_p)->fd;
}

static int channel_control(void* self_p, int operation) {
  struct socket_t* self = self_p;

  if (operation == CHAN_CONTROL_NON_BLOCKING_READ) self->non_blocking = 1;
  if (operation == CHAN_CONTROL_BLOCKING_READ) self->non_blocking = 0;
  return 0;
}

static void fill(struct socket_t* self, int type, int fd) {
  chan_init(&self->base, channel_read, channel_write, channel_size);
  self->base.control = channel_control;
  self->base.descriptor = channel_descriptor;
  self->type = type;
  self->fd = fd;
  self->non_blocking = 0;
}

static int open_socket(struct socket_t* self, int type, int native_type) {
  int on = 1;

  ASSERTN(self != NULL, EINVAL);
  fill(self, type, zs_socket(AF_INET, native_type | SOCK_CLOEXEC, 0));
  if (self->fd < 0) return -1;
  /* A fixed local port is to be had again at once, as in simba. */
  if (type == SOCKET_TYPE_STREAM) {
    (void)zs_setsockopt(self->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  }
  return 0;
}

int socket_module_init(void) {
  return 0;
}

int socket_open_tcp(struct socket_t* self_p) {
  return open_socket(self_p, SOCKET_TYPE_STREAM, SOCK_STREAM);
}

int socket_open_udp(struct socket_t* self_p) {
  return open_socket(self_p, SOCKET_TYPE_DGRAM, SOCK_DGRAM);
}

int socket_open_raw(struct socket_t* self_p) {
  ASSERTN(self_p != NULL, EINVAL);
  fill(self_p, SOCKET_TYPE_RAW, zsock_simba_raw_open());
  return self_p->fd < 0 ? -1 : 0;
}

int socket_open(struct socket_t* self_p, int domain, int type, int protocol) {
  (void)protocol;
  if (domain != SOCKET_DOMAIN_INET && domain != SOCKET_DOMAIN_AF_INET) return -1;
  switch (type) {
    case SOCKET_TYPE_STREAM:
      return socket_open_tcp(self_p);
    case SOCKET_TYPE_DGRAM:
      return socket_open_udp(self_p);
    case SOCKET_TYPE_RAW:
      return socket_open_raw(self_p);
    default:
      return -1;
  }
}

int socket_close(struct socket_t* self_p) {
  ASSERTN(self_p != NULL, EINVAL);
  if (self_p->fd >= 0) (void)zs_close(self_p->fd);
  self_p->fd = -1;
  return 0;
}

int(socket_bind)(struct socket_t* self_p, const struct inet_addr_t* local_addr_p) {
  struct sockaddr_in address;

  ASSERTN(self_p != NULL && local_addr_p != NULL, EINVAL);
  if (self_p->type == SOCKET_TYPE_RAW) return -1;
  address = to_native(local_addr_p);
  return zs_bind(self_p->fd, (struct sockaddr*)&address, sizeof(address)) == 0 ? 0 : failure();
}

int socket_listen(struct socket_t* self_p, int backlog) {
  ASSERTN(self_p != NULL && backlog >= 0, EINVAL);
  if (self_p->type != SOCKET_TYPE_STREAM) return -1;
  return zs_listen(self_p->fd, backlog) == 0 ? 0 : failure();
}

/* A signal has interrupted the wait, not the attempt. */
static int finish_connecting(int fd) {
  struct pollfd writable = {.fd = fd, .events = POLLOUT};
  int error = 0;
  socklen_t length = sizeof(error);

  while (zs_poll(&writable, 1, -1) < 0) {
    if (errno != EINTR) return failure();
  }
  if (zs_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return failure();
  return -error;
}

int(socket_connect)(struct socket_t* self_p, const struct inet_addr_t* remote_addr_p) {
  struct sockaddr_in address;

  ASSERTN(self_p != NULL && remote_addr_p != NULL, EINVAL);
  address = to_native(remote_addr_p);
  if (zs_connect(self_p->fd, (struct sockaddr*)&address, sizeof(address)) == 0) return 0;
  return errno == EINTR ? finish_connecting(self_p->fd) : failure();
}

/* \return 0 if the name has an IPv4 address */
static int look_up(const char* name, struct inet_ip_addr_t* ip) {
  const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
  struct sockaddr_in address;
  struct addrinfo* found;

  if (zs_getaddrinfo(name, NULL, &hints, &found) != 0) return -1;
  memcpy(&address, found->ai_addr, sizeof(address));
  zs_freeaddrinfo(found);
  ip->number = address.sin_addr.s_addr;
  return 0;
}

int socket_connect_by_hostname(struct socket_t* self_p, const char* hostname_p, uint16_t port) {
  struct inet_addr_t address = {.port = port};

  ASSERTN(self_p != NULL && hostname_p != NULL, EINVAL);
  if (inet_aton(hostname_p, &address.ip) != 0 && look_up(hostname_p, &address.ip) != 0) return -1;
  return (socket_connect)(self_p, &address);
}

int(socket_accept)(struct socket_t* self_p, struct socket_t* accepted_p,
                   struct inet_addr_t* remote_addr_p) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof(address);
  int fd;

  ASSERTN(self_p != NULL && accepted_p != NULL, EINVAL);
  do {
    fd = zs_accept4(self_p->fd, (struct sockaddr*)&address, &length, SOCK_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return failure();
  fill(accepted_p, SOCKET_TYPE_STREAM, fd);
  from_native(&address, remote_addr_p);
  return 0;
}

static int is_closed(int error) {
  return error == EPIPE || error == ECONNRESET || error == ENOTCONN;
}

static ssize_t send_stream(const struct socket_t* self, const char* data, size_t size) {
  size_t done = 0;

  while (done < size) {
    ssize_t sent = zs_send(self->fd, data + done, size - done, MSG_NOSIGNAL);

    if (sent >= 0) {
      done += (size_t)sent;
    } else if (errno != EINTR) {
      return is_closed(errno) ? 0 : failure();
    }
  }
  return (ssize_t)size;
}

/* ECONNREFUSED tells of an earlier datagram, which simba does not. */
static int is_passing(int error) {
  return error == EINTR || error == ECONNREFUSED;
}

static ssize_t send_datagram(const struct socket_t* self, const void* data, size_t size,
                             const struct inet_addr_t* to) {
  struct sockaddr_in address;
  ssize_t sent;

  if (to != NULL) address = to_native(to);
  do {
    sent = zs_sendto(self->fd, data, size, MSG_NOSIGNAL,
                     to != NULL ? (struct sockaddr*)&address : NULL,
                     to != NULL ? (socklen_t)sizeof(address) : 0);
  } while (sent < 0 && is_passing(errno));
  return sent < 0 ? failure() : sent;
}

ssize_t(socket_sendto)(struct socket_t* self_p, const void* buf_p, size_t size, int flags,
                       const struct inet_addr_t* remote_addr_p) {
  (void)flags;
  ASSERTN(self_p != NULL && buf_p != NULL && size > 0, EINVAL);
  if (self_p->type == SOCKET_TYPE_STREAM) return send_stream(self_p, buf_p, size);
  if (self_p->type == SOCKET_TYPE_RAW) {
    return zsock_simba_raw_send(self_p, buf_p, size, remote_addr_p);
  }
  return send_datagram(self_p, buf_p, size, remote_addr_p);
}

static ssize_t receive_stream(const struct socket_t* self, char* data, size_t size) {
  int flags = self->non_blocking ? MSG_DONTWAIT : MSG_WAITALL;
  size_t done = 0;

  while (done < size) {
    ssize_t got = zs_recv(self->fd, data + done, size - done, flags);

    if (got == 0) break;
    if (got > 0) {
      done += (size_t)got;
    } else if (errno != EINTR) {
      return done > 0 ? (ssize_t)done : failure();
    }
  }
  return (ssize_t)done;
}

static ssize_t receive_datagram(const struct socket_t* self, void* data, size_t size,
                                struct inet_addr_t* from) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length;
  ssize_t got;

  do {
    length = sizeof(address);
    got = zs_recvfrom(self->fd, data, size, self->non_blocking ? MSG_DONTWAIT : 0,
                      (struct sockaddr*)&address, &length);
  } while (got < 0 && is_passing(errno));
  if (got < 0) return failure();
  from_native(&address, from);
  return got;
}

ssize_t(socket_recvfrom)(struct socket_t* self_p, void* buf_p, size_t size, int flags,
                         struct inet_addr_t* remote_addr_p) {
  (void)flags;
  ASSERTN(self_p != NULL && buf_p != NULL && size > 0, EINVAL);
  if (self_p->type == SOCKET_TYPE_STREAM) return receive_stream(self_p, buf_p, size);
  if (self_p->type == SOCKET_TYPE_RAW) {
    return zsock_simba_raw_receive(self_p, buf_p, size, remote_addr_p);
  }
  return receive_datagram(self_p, buf_p, size, remote_addr_p);
}

ssize_t socket_write(struct socket_t* self_p, const void* buf_p, size_t size) {
  return (socket_sendto)(self_p, buf_p, size, 0, NULL);
}

ssize_t socket_read(struct socket_t* self_p, void* buf_p, size_t size) {
  return (socket_recvfrom)(self_p, buf_p, size, 0, NULL);
}

ssize_t socket_size(struct socket_t* self_p) {
  struct pollfd readable = {.fd = self_p->fd, .events = POLLIN};

  return zs_poll(&readable, 1, 0) > 0 && readable.revents != 0;
}
