#define _GNU_SOURCE
#include "tests/simba/fake_native.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "libzsock/include/zsock/zsock.h"

struct fake_native fake;

static int fails(void) {
  if (fake.error == 0) return 0;
  errno = fake.error;
  fake.error = 0;
  return -1;
}

static int refused(void) {
  if (fake.refusals == 0) return 0;
  fake.refusals--;
  errno = ECONNREFUSED;
  return -1;
}

static void fill_peer(struct sockaddr* address, socklen_t* length) {
  struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(4567)};

  peer.sin_addr.s_addr = htonl(0x0a010203);
  memcpy(address, &peer, sizeof(peer));
  *length = sizeof(peer);
}

int zs_socket(int domain, int type, int protocol) {
  int ends[2];

  if (fails() < 0 || socketpair(AF_UNIX, type, 0, ends) < 0) return -1;
  fake.domain = domain;
  fake.protocol = protocol;
  fake.type = type & ~SOCK_CLOEXEC;
  fake.peer = ends[1];
  return ends[0];
}

int zs_close(int fd) {
  return close(fd);
}

int zs_bind(int fd, const struct sockaddr* address, socklen_t length) {
  (void)fd;
  memcpy(&fake.address, address, length);
  return fails();
}

int zs_connect(int fd, const struct sockaddr* address, socklen_t length) {
  return zs_bind(fd, address, length);
}

int zs_listen(int fd, int backlog) {
  (void)fd;
  fake.backlog = backlog;
  return fails();
}

int zs_accept4(int fd, struct sockaddr* address, socklen_t* length, int flags) {
  (void)fd;
  fill_peer(address, length);
  return zs_socket(AF_INET, SOCK_STREAM | flags, 0);
}

ssize_t zs_send(int fd, const void* data, size_t size, int flags) {
  return send(fd, data, size, flags);
}

ssize_t zs_sendto(int fd, const void* data, size_t size, int flags, const struct sockaddr* address,
                  socklen_t length) {
  if (refused() < 0) return -1;
  memset(&fake.address, 0, sizeof(fake.address));
  if (address != NULL) memcpy(&fake.address, address, length);
  return send(fd, data, size, flags);
}

ssize_t zs_recv(int fd, void* data, size_t size, int flags) {
  /* Without MSG_WAITALL: the caller may not rely on it. */
  return recv(fd, data, size, flags & ~MSG_WAITALL);
}

ssize_t zs_recvfrom(int fd, void* data, size_t size, int flags, struct sockaddr* address,
                    socklen_t* length) {
  if (refused() < 0) return -1;
  fill_peer(address, length);
  return recv(fd, data, size, flags);
}

int zs_poll(struct pollfd* fds, nfds_t count, int timeout_ms) {
  if (fake.poll_failures > 0) {
    fake.poll_failures--;
    errno = ENOMEM;
    return -1;
  }
  return poll(fds, count, timeout_ms);
}

int zs_getsockopt(int fd, int level, int name, void* value, socklen_t* length) {
  return getsockopt(fd, level, name, value, length);
}

int zs_setsockopt(int fd, int level, int name, const void* value, socklen_t length) {
  return setsockopt(fd, level, name, value, length);
}

/* One host is known. */
int zs_getaddrinfo(const char* node, const char* service, const struct addrinfo* hints,
                   struct addrinfo** result) {
  (void)service;
  return getaddrinfo(strcmp(node, "host") == 0 ? "10.0.0.9" : "no address", NULL,
                     &(struct addrinfo){.ai_family = hints->ai_family, .ai_flags = AI_NUMERICHOST},
                     result);
}

void zs_freeaddrinfo(struct addrinfo* list) {
  freeaddrinfo(list);
}
