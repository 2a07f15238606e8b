/*
 * A UDP pair: "udp_pair server PORT" answers each datagram with its number and its text,
 * "udp_pair client ADDRESS PORT" asks until it is answered: datagrams may be lost.
 */
#include <stdio.h>
#include <stdlib.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net/socket.h>

LOG_MODULE_REGISTER(udp_pair, LOG_LEVEL_INF);

#define TRIES 5
#define ANSWER_WITHIN_MS 500

static int serve(uint16_t port) {
  struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};
  int sock = zsock_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  unsigned int count = 0;

  if (sock < 0 || zsock_bind(sock, (struct sockaddr*)&addr, sizeof(addr)) < 0) {
    LOG_ERR("port %u: %d", port, errno);
    return 1;
  }
  LOG_INF("waiting on port %u", port);
  for (;;) {
    struct sockaddr from;
    socklen_t size = sizeof(from);
    char text[256];
    char answer[300];
    ssize_t got = zsock_recvfrom(sock, text, sizeof(text) - 1, 0, &from, &size);

    if (got < 0) {
      LOG_ERR("receiving: %d", errno);
      return 1;
    }
    text[got] = '\0';
    (void)snprintk(answer, sizeof(answer), "%u: %s", ++count, text);
    (void)zsock_sendto(sock, answer, strlen(answer), 0, &from, size);
  }
}

static int ask(const char* host, uint16_t port) {
  struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct timeval patience = {0, ANSWER_WITHIN_MS * USEC_PER_MSEC};
  int sock = zsock_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  int i;

  if (sock < 0 || zsock_inet_pton(AF_INET, host, &addr.sin_addr) != 1 ||
      zsock_connect(sock, (struct sockaddr*)&addr, sizeof(addr)) < 0 ||
      zsock_setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0) {
    LOG_ERR("%s port %u: %d", host, port, errno);
    return 1;
  }
  for (i = 0; i < TRIES; ++i) {
    char answer[300];
    ssize_t got = zsock_send(sock, "hello", 5, 0);

    if (got >= 0) {
      got = zsock_recv(sock, answer, sizeof(answer) - 1, 0);
    }
    if (got >= 0) {
      answer[got] = '\0';
      printk("%s\n", answer);
      return zsock_close(sock);
    }
    LOG_WRN("no answer: %d", errno); /* EAGAIN; ECONNREFUSED if nobody has the port */
    k_msleep(ANSWER_WITHIN_MS / TRIES);
  }
  return 1;
}

int main(int argc, char* argv[]) {
  if (argc == 3 && strcmp(argv[1], "server") == 0) {
    return serve((uint16_t)atoi(argv[2]));
  }
  if (argc == 4 && strcmp(argv[1], "client") == 0) {
    return ask(argv[2], (uint16_t)atoi(argv[3]));
  }
  printk("usage: udp_pair server PORT, udp_pair client ADDRESS PORT\n");
  return 2;
}
