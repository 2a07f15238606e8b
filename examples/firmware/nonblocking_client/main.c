/*
 * "nonblocking_client ADDRESS PORT TEXT": connects, sends and receives without ever waiting in a
 * call of the socket, only in zsock_poll(), and counts how often it would have had to wait.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <zephyr/kernel.h>
#include <zephyr/net/socket.h>

#define PATIENCE_MS 5000

/* \return 0; -1: not in time */
static int wait_for(int sock, short events) {
  struct zsock_pollfd entry = {.fd = sock, .events = events};

  return zsock_poll(&entry, 1, PATIENCE_MS) == 1 ? 0 : -1;
}

static int start(const char* host, uint16_t port) {
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
  bool is_v6 = zsock_inet_pton(AF_INET6, host, &v6.sin6_addr) == 1;
  int sock;
  int error = 0;
  socklen_t size = sizeof(error);

  if (!is_v6 && zsock_inet_pton(AF_INET, host, &v4.sin_addr) != 1) {
    return -1;
  }
  sock = zsock_socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM, IPPROTO_TCP);
  if (sock < 0 || zsock_fcntl(sock, F_SETFL, zsock_fcntl(sock, F_GETFL, 0) | O_NONBLOCK) < 0) {
    return -1;
  }
  if (zsock_connect(sock, is_v6 ? (struct sockaddr*)&v6 : (struct sockaddr*)&v4,
                    is_v6 ? sizeof(v6) : sizeof(v4)) < 0) {
    error = errno;
  }
  if (error == EINPROGRESS && (wait_for(sock, ZSOCK_POLLOUT) < 0 ||
                               zsock_getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &size) < 0)) {
    error = ETIMEDOUT;
  }
  if (error != 0) {
    printk("not connected: %d\n", error);
    return -1;
  }
  return sock;
}

/* \return how often it had to wait; -1 */
static int exchange(int sock, const char* text) {
  size_t length = strlen(text);
  size_t sent = 0;
  size_t received = 0;
  int waits = 0;

  while (received < length) {
    char answer[128];
    ssize_t got = sent < length ? zsock_send(sock, text + sent, length - sent, 0) : 0;

    sent += got > 0 ? (size_t)got : 0;
    if (got < 0 && errno != EAGAIN) {
      return -1;
    }
    got = zsock_recv(sock, answer, sizeof(answer), 0);
    if (got > 0) {
      received += (size_t)got;
      printk("%.*s", (int)got, answer);
    } else if (got == 0 || errno != EAGAIN) {
      return -1;
    } else {
      ++waits;
      if (wait_for(sock, (short)(ZSOCK_POLLIN | (sent < length ? ZSOCK_POLLOUT : 0))) < 0) {
        return -1;
      }
    }
  }
  return waits;
}

int main(int argc, char* argv[]) {
  int sock;
  int waits;

  if (argc != 4) {
    printk("usage: nonblocking_client ADDRESS PORT TEXT\n");
    return 2;
  }
  sock = start(argv[1], (uint16_t)atoi(argv[2]));
  if (sock < 0) {
    return 1;
  }
  waits = exchange(sock, argv[3]);
  (void)zsock_close(sock);
  printk("\nwaited %d times\n", waits);
  return waits < 0 ? 1 : 0;
}
