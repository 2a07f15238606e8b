/* Sockets, pairs, their names and their end. */
#include <unistd.h>

#include "matrix.h"

static void test_socket(void) {
  FAILS(zsock_socket(AF_UNSPEC, TCP, 0), EAFNOSUPPORT);
  FAILS(zsock_socket(AF_UNIX, TCP, 0), EAFNOSUPPORT);
  FAILS(zsock_socket(77, TCP, 0), EAFNOSUPPORT);
  FAILS(zsock_socket(AF_INET, 9, 0), EPROTOTYPE);
  FAILS(zsock_socket(AF_INET, TCP | 04000, 0), EPROTOTYPE); /* no SOCK_NONBLOCK in Zephyr */
  FAILS(zsock_socket(AF_INET, TCP, IPPROTO_UDP), EPROTONOSUPPORT);
  FAILS(zsock_socket(AF_INET, UDP, IPPROTO_TCP), EPROTONOSUPPORT);
  FAILS(zsock_socket(AF_INET, TCP, 300), EPROTONOSUPPORT);
  FAILS(zsock_socket(AF_INET, TCP, -1), EPROTONOSUPPORT);
  FAILS(zsock_socket(AF_INET, TCP, IPPROTO_TLS_1_3), EPROTONOSUPPORT);
  FAILS(zsock_socket(AF_INET, NET_SOCK_RAW, IPPROTO_ICMP), EPERM);
}

static void test_pair(void) {
  int sv[2] = {-1, -1};
  struct sockaddr_in address = own4(80);
  struct sockaddr name;
  socklen_t size = sizeof(name);
  int value = 0;
  struct zsock_pollfd entry;

  FAILS(zsock_socketpair(AF_INET, TCP, 0, sv), EAFNOSUPPORT);
  FAILS(zsock_socketpair(AF_UNIX, UDP, 0, sv), EPROTOTYPE);
  FAILS(zsock_socketpair(AF_UNIX, TCP, 1, sv), EPROTONOSUPPORT);
  FAILS(zsock_socketpair(AF_UNIX, TCP, 0, NULL), EFAULT);
  GIVES(zsock_socketpair(AF_LOCAL, TCP, 0, sv), 0);
  FAILS(zsock_bind(sv[0], ADDRESS(address)), EISCONN);
  FAILS(zsock_connect(sv[0], ADDRESS(address)), EISCONN);
  FAILS(zsock_listen(sv[0], 1), EINVAL);
  FAILS(zsock_accept(sv[0], NULL, NULL), EOPNOTSUPP);
  FAILS(zsock_getsockname(sv[0], &name, &size), EOPNOTSUPP);
  FAILS(zsock_getpeername(sv[0], &name, &size), EOPNOTSUPP);
  size = sizeof(value);
  FAILS(zsock_getsockopt(sv[0], SOL_SOCKET, SO_TYPE, &value, &size), ENOPROTOOPT);
  FAILS(zsock_setsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &value, sizeof(value)), ENOPROTOOPT);
  FAILS(zsock_recv(sv[0], &value, 1, ZSOCK_MSG_DONTWAIT), EAGAIN);
  GIVES(zsock_send(sv[0], "x", 1, 0), 1);
  GIVES(zsock_recv(sv[1], &value, 4, 0), 1);
  GIVES(zsock_close(sv[1]), 0);
  FAILS(zsock_send(sv[0], "x", 1, 0), EPIPE);
  GIVES(zsock_recv(sv[0], &value, 1, 0), 0);
  entry = (struct zsock_pollfd){.fd = sv[0], .events = ZSOCK_POLLIN | ZSOCK_POLLOUT};
  GIVES(zsock_poll(&entry, 1, 0), 1);
  GIVES(entry.revents & ZSOCK_POLLHUP, ZSOCK_POLLHUP);
  GIVES(zsock_close(sv[0]), 0);
  FAILS(zsock_close(sv[0]), EBADF);
}

static void test_close(void) {
  int pipes[2];
  int sock = open4(TCP);

  GIVES(zsock_close(sock), 0);
  FAILS(zsock_close(sock), EBADF);
  FAILS(zsock_close(-1), EBADF);
  for (int fd = 0; fd < 3; fd++) {
    FAILS(zsock_close(fd), EBADF); /* the host's stay open */
    GIVES(fcntl(fd, F_GETFD) >= 0, 1);
  }
  GIVES(pipe(pipes), 0);
  FAILS(zsock_close(pipes[0]), EBADF);
  GIVES(close(pipes[0]) | close(pipes[1]), 0);
}

static void test_shutdown(void) {
  int sv[2];
  char octet;
  int sock = open4(TCP);

  FAILS(zsock_shutdown(-1, ZSOCK_SHUT_RD), EBADF);
  FAILS(zsock_shutdown(sock, 3), EINVAL);
  FAILS(zsock_shutdown(sock, ZSOCK_SHUT_RDWR), ENOTCONN);
  GIVES(zsock_close(sock), 0);
  connected4(sv, 7001);
  FAILS(zsock_shutdown(sv[0], -1), EINVAL);
  GIVES(zsock_shutdown(sv[0], ZSOCK_SHUT_WR), 0);
  FAILS(zsock_send(sv[0], "x", 1, 0), EPIPE);
  GIVES(zsock_recv(sv[1], &octet, 1, 0), 0);
  GIVES(zsock_recv(sv[1], &octet, 1, 0), 0); /* again and again */
  GIVES(zsock_shutdown(sv[1], ZSOCK_SHUT_RD), 0);
  GIVES(zsock_recv(sv[1], &octet, 1, 0), 0);
  GIVES(zsock_close(sv[0]) | zsock_close(sv[1]), 0);
}

static void test_bind(void) {
  struct sockaddr_in address = own4(7002);
  struct sockaddr_in foreign = at4("198.51.100.1", 7002);
  struct sockaddr_in6 other = at6("::1", 7002);
  struct sockaddr large = {.sa_family = AF_INET};
  struct sockaddr strange = {.sa_family = 77};
  int first = open4(TCP);
  int second = open4(TCP);

  FAILS(zsock_bind(-1, ADDRESS(address)), EBADF);
  FAILS(zsock_bind(0, ADDRESS(address)), EBADF);
  FAILS(zsock_bind(first, NULL, sizeof(address)), EINVAL);
  FAILS(zsock_bind(first, (struct sockaddr*)&address, 4), EINVAL);
  FAILS(zsock_bind(first, ADDRESS(foreign)), EADDRNOTAVAIL);
  FAILS(zsock_bind(first, ADDRESS(other)), EAFNOSUPPORT);
  FAILS(zsock_bind(first, ADDRESS(strange)), EAFNOSUPPORT);
  GIVES(zsock_bind(first, ADDRESS(address)), 0);
  FAILS(zsock_bind(first, ADDRESS(address)), EINVAL); /* it has a name */
  FAILS(zsock_bind(second, ADDRESS(address)), EADDRINUSE);
  GIVES(zsock_bind(second, ADDRESS(large)), 0); /* addrlen of the largest */
  GIVES(zsock_close(first) | zsock_close(second), 0);
}

static void test_listen(void) {
  int sock = open4(UDP);
  int stream = bound4(TCP, 7003);

  FAILS(zsock_listen(-1, 1), EBADF);
  FAILS(zsock_listen(1, 1), EBADF);
  FAILS(zsock_listen(sock, 1), EOPNOTSUPP);
  GIVES(zsock_listen(stream, -5), 0); /* as 1 */
  GIVES(zsock_close(sock) | zsock_close(stream), 0);
}

static void test_socket_names(void) {
  int sv[2];
  int sock = open4(TCP);
  struct sockaddr name;
  socklen_t size = sizeof(name);

  FAILS(zsock_getsockname(-1, &name, &size), EBADF);
  FAILS(zsock_getpeername(2, &name, &size), EBADF);
  FAILS(zsock_getsockname(sock, NULL, &size), EINVAL);
  FAILS(zsock_getsockname(sock, &name, NULL), EINVAL);
  FAILS(zsock_getpeername(sock, NULL, &size), EINVAL);
  FAILS(zsock_getpeername(sock, &name, NULL), EINVAL);
  FAILS(zsock_getsockname(sock, &name, &size), EINVAL); /* not bound */
  FAILS(zsock_getpeername(sock, &name, &size), ENOTCONN);
  GIVES(zsock_close(sock), 0);
  sock = open4(UDP);
  FAILS(zsock_getpeername(sock, &name, &size), ENOTCONN);
  GIVES(zsock_close(sock), 0);
  connected4(sv, 7004);
  GIVES(zsock_getpeername(sv[0], &name, &size), 0);
  GIVES(size, sizeof(struct sockaddr_in));
  GIVES(ntohs(net_sin(&name)->sin_port), 7004);
  size = 2;
  GIVES(zsock_getsockname(sv[1], &name, &size), 0); /* cut; the size is the whole one's */
  GIVES(size, sizeof(struct sockaddr_in));
  GIVES(zsock_close(sv[0]) | zsock_close(sv[1]), 0);
}

static void test_handles(void) {
  int sock = open4(TCP);

  GIVES(zsock_get_context_object(sock) != NULL, 1);
  GIVES(zsock_get_context_object(sock) == zsock_get_context_object(sock), 1);
  GIVES(zsock_close(sock), 0);
  errno = 0;
  GIVES(zsock_get_context_object(sock) == NULL, 1);
  GIVES(errno, EBADF);
}

void test_sockets(void) {
  test_socket();
  test_pair();
  test_close();
  test_shutdown();
  test_bind();
  test_listen();
  test_socket_names();
  test_handles();
}
