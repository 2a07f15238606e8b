/* "give_up PORT": connects to 192.0.2.2; when a line comes, sends to who is not there any more, and
 * tells what becomes of it. */
#include <stdio.h>
#include <stdlib.h>
#include <zephyr/kernel.h>
#include <zephyr/net/socket.h>

int main(int argc, char* argv[]) {
  struct sockaddr_in addr = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(argv[argc - 1]))};
  int sock = zsock_socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  char octet = 0;
  ssize_t size;

  zsock_inet_pton(AF_INET, "192.0.2.2", &addr.sin_addr);
  if (zsock_connect(sock, (struct sockaddr*)&addr, sizeof(addr)) < 0) {
    printk("connect: %d\n", errno);
    return 1;
  }
  printk("connected\n");
  getchar();
  zsock_send(sock, "x", 1, 0);
  size = zsock_recv(sock, &octet, 1, 0);
  printk("receiving: %s\n", size < 0 && errno == ETIMEDOUT ? "ETIMEDOUT" : "something else");
  zsock_close(sock);
  return 0;
}
