/* Runs a part of the tutorial: tcp_server, udp_server, dual_stack, and with ADDRESS PORT:
 * tcp_client, udp_client, nonblocking, options, ipv6, safe, poll (two connections). */
#include <stdlib.h>
#include <zephyr/kernel.h>
#include <zephyr/net/socket.h>

/* The tutorial's, from its blocks. */
void tcp_server(void);
void udp_server(void);
int tcp_connect(const char* server, uint16_t port);
void tcp_send_receive(int sock);
void udp_send(const char* server, uint16_t port, const char* msg);
void statements4(int sock); /* does not wait any more */
void poll_sockets(int* sockets, int count);
void statements6(int sock); /* options */
void tcp_connect_ipv6(const char* server, uint16_t port);
void dual_stack_server(void);
int safe_send(int sock, const void* data, size_t len);
int safe_recv(int sock, void* buf, size_t len, k_timeout_t timeout);
/* What it leaves out. */
void handle_socket_data(int sock);
void handle_socket_error(int sock);

static int connected(const char* address, uint16_t port) {
  int sock = tcp_connect(address, port);

  if (sock < 0) {
    exit(1);
  }
  return sock;
}

static void nonblocking(int sock) {
  char octet;

  statements4(sock);
  printk("waits: %s\n", (zsock_fcntl(sock, F_GETFL, 0) & O_NONBLOCK) != 0 ? "no" : "yes");
  printk("nothing there: %s\n",
         zsock_recv(sock, &octet, 1, 0) < 0 && errno == EAGAIN ? "EAGAIN" : "?");
}

static int option(int sock, int level, int name) {
  int value = -1;
  socklen_t size = sizeof(value);

  zsock_getsockopt(sock, level, name, &value, &size);
  return value;
}

static int seconds(int sock, int name) {
  struct timeval time = {0};
  socklen_t size = sizeof(time);

  zsock_getsockopt(sock, SOL_SOCKET, name, &time, &size);
  return (int)time.tv_sec;
}

static void options(int sock) {
  statements6(sock);
  printk("options: %d %d %d %d %d\n", seconds(sock, SO_RCVTIMEO), seconds(sock, SO_SNDTIMEO),
         option(sock, SOL_SOCKET, SO_KEEPALIVE), option(sock, IPPROTO_TCP, TCP_NODELAY),
         option(sock, SOL_SOCKET, SO_RCVBUF));
}

/* More than one buffer holds goes to the peer and comes back. */
static void safe(int sock) {
  static char sent[200000];
  static char got[sizeof(sent)];
  size_t there = 0;
  int size = safe_recv(sock, got, 1, K_MSEC(50));

  printk("nothing came: %s\n", size == -ETIMEDOUT ? "ETIMEDOUT" : "?");
  for (size_t i = 0; i < sizeof(sent); i++) {
    sent[i] = (char)(i * 7 / 3);
  }
  printk("sent: %d\n", safe_send(sock, sent, sizeof(sent)));
  while (there < sizeof(got) &&
         (size = safe_recv(sock, got + there, sizeof(got) - there, K_SECONDS(10))) > 0) {
    there += (size_t)size;
  }
  printk("came back: %s\n",
         there == sizeof(got) && memcmp(sent, got, sizeof(got)) == 0 ? "all" : "not all");
}

/* Both peers have told their number, then both are gone. */
void handle_socket_data(int sock) {
  static int ended;
  char text[20] = "";
  ssize_t size = zsock_recv(sock, text, sizeof(text) - 1, 0);

  if (size > 0) {
    printk("peer: %s\n", text);
  } else {
    zsock_shutdown(sock, ZSOCK_SHUT_WR);
    ended |= 1 << (sock % 2);
    if (ended == 3) {
      exit(0);
    }
  }
}

void handle_socket_error(int sock) {
  printk("error on %d\n", sock);
  exit(1);
}

static void poll_both(const char* address, uint16_t port) {
  int sockets[2] = {connected(address, port), connected(address, port)};

  if (sockets[0] % 2 == sockets[1] % 2) {
    exit(2); /* handle_socket_data() tells them apart so */
  }
  zsock_send(sockets[0], "1", 1, 0);
  zsock_send(sockets[1], "2", 1, 0);
  poll_sockets(sockets, 2);
}

int main(int argc, char* argv[]) {
  const char* part = argc > 1 ? argv[1] : "";
  const char* address = argc > 2 ? argv[2] : "";
  uint16_t port = argc > 3 ? (uint16_t)atoi(argv[3]) : 0;

  if (strcmp(part, "tcp_server") == 0) {
    tcp_server();
  } else if (strcmp(part, "udp_server") == 0) {
    udp_server();
  } else if (strcmp(part, "tcp_client") == 0) {
    tcp_send_receive(connected(address, port));
  } else if (strcmp(part, "udp_client") == 0) {
    udp_send(address, port, "by UDP");
  } else if (strcmp(part, "nonblocking") == 0) {
    nonblocking(connected(address, port));
  } else if (strcmp(part, "options") == 0) {
    options(connected(address, port));
  } else if (strcmp(part, "safe") == 0) {
    safe(connected(address, port));
  } else if (strcmp(part, "poll") == 0) {
    poll_both(address, port);
  } else if (strcmp(part, "ipv6") == 0) {
    tcp_connect_ipv6(address, port);
  } else if (strcmp(part, "dual_stack") == 0) {
    dual_stack_server();
    printk("both\n");
    k_sleep(K_FOREVER);
  }
  return 0;
}
