/* Meets the limits of the profile; "profile PORT" sends to 192.0.2.2, where nobody reads. */
#include <stdlib.h>
#include <zephyr/kernel.h>
#include <zephyr/net/socket.h>

static int count_sockets(int* error) {
  int socks[64];
  int count = 0;
  int i;

  while (count < 64 && (socks[count] = zsock_socket(AF_INET, SOCK_DGRAM, 0)) >= 0) {
    ++count;
  }
  *error = errno;
  for (i = 0; i < count; ++i) {
    zsock_close(socks[i]);
  }
  return count;
}

static int send_until_error(uint16_t port, size_t* sent) {
  struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};
  static char data[1000];
  int sock = zsock_socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  ssize_t size;
  int error;

  zsock_inet_pton(AF_INET, "192.0.2.2", &addr.sin_addr);
  if (zsock_connect(sock, (struct sockaddr*)&addr, sizeof(addr)) < 0) {
    return -errno;
  }
  while ((size = zsock_send(sock, data, sizeof(data), 0)) >= 0 && *sent < 100000000) {
    *sent += (size_t)size;
  }
  error = errno;
  /* Who does not want to wait is told so, when there is no room. */
  while (zsock_send(sock, data, sizeof(data), MSG_DONTWAIT) >= 0) {
  }
  if (errno != EAGAIN) {
    error = -1;
  }
  zsock_close(sock);
  return error;
}

int main(int argc, char* argv[]) {
  struct zsock_pollfd entries[5] = {{.fd = -1}, {.fd = 0}, {.fd = 0}, {.fd = 0}, {.fd = 0}};
  int error;
  int count = count_sockets(&error);
  size_t sent = 0;

  printk("%d sockets, then %s\n", count, error == ENOMEM ? "ENOMEM" : "ENFILE");
  count = count_sockets(&error);
  printk("%d sockets again\n", count);
  printk("poll of 3: %d\n", zsock_poll(entries, 4, 0) < 0 ? errno : 0);
  printk("poll of 4: %s\n", zsock_poll(entries, 5, 0) < 0 && errno == ENOMEM ? "ENOMEM" : "ok");
  if (argc > 1) {
    error = send_until_error((uint16_t)atoi(argv[1]), &sent);
    if (error == ENOBUFS) {
      printk("sending: ENOBUFS\n");
    } else {
      printk("sending: %d after %u octets\n", error, (unsigned int)sent);
    }
    printk("limit in poll: %d\n", CONFIG_ZVFS_POLL_MAX);
  }
  return 0;
}
