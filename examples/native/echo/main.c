/* An echo server on the native API, without a buffer of its own: what has come is read where it
 * lies in the ring, and written where zsockd sends from.
 *
 *   echo PORT
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zsock/zsock.h>

/* Sends `size` octets: as often as there is room, as many as there is room for. */
static int send_in_place(int fd, const char* data, size_t size) {
  while (size > 0) {
    struct iovec room[2];
    if (zs_send_reserve(fd, room, 0) < 0) return -1;
    size_t octets = size < room[0].iov_len ? size : room[0].iov_len;
    memcpy(room[0].iov_base, data, octets);
    if (zs_send_commit(fd, octets) != 0) return -1;
    data += octets;
    size -= octets;
  }
  return 0;
}

static void echo(int fd) {
  struct iovec come[2];
  ssize_t octets;
  while ((octets = zs_recv_peek(fd, come, 0)) > 0) {
    if (send_in_place(fd, come[0].iov_base, come[0].iov_len) != 0) return;
    if (send_in_place(fd, come[1].iov_base, come[1].iov_len) != 0) return;
    if (zs_recv_consume(fd, (size_t)octets) != 0) return;
  }
}

int main(int argc, char** argv) {
  struct sockaddr_in6 here = {.sin6_family = AF_INET6};
  here.sin6_port = htons((uint16_t)atoi(argc > 1 ? argv[1] : "7007"));
  int listener = zs_socket(AF_INET6, SOCK_STREAM, 0);
  if (listener < 0 || zs_bind(listener, (struct sockaddr*)&here, sizeof here) != 0 ||
      zs_listen(listener, 16) != 0) {
    perror("echo");
    return 1;
  }
  for (;;) {
    int fd = zs_accept4(listener, NULL, NULL, 0);
    if (fd < 0) continue;
    echo(fd);
    zs_close(fd);
  }
}
