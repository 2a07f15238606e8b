/* The shell over TCP: lines of one client at a time, by a socket service. */
#include <zephyr/logging/log.h>
LOG_MODULE_DECLARE(gateway, LOG_LEVEL_INF);

#include <zephyr/net/socket.h>
#include <zephyr/net/socket_service.h>
#include <zephyr/shell/shell.h>

#include "gateway.h"

enum { LISTENER, CLIENT, SOCKETS };

static struct zsock_pollfd sockets[SOCKETS];
static char line[80];
static size_t length;

static void telnet_handler(struct net_socket_service_event* pev);
NET_SOCKET_SERVICE_SYNC_DEFINE_STATIC(telnet, telnet_handler, SOCKETS);

static void take_client(int sock) {
  static const char greeting[] = "gateway:~$ ";

  sockets[CLIENT].fd = sock;
  length = 0;
  (void)zsock_send(sock, greeting, sizeof(greeting) - 1, 0);
  (void)net_socket_service_register(&telnet, sockets, SOCKETS, NULL);
}

static void drop_client(void) {
  int sock = sockets[CLIENT].fd;

  sockets[CLIENT].fd = -1;
  (void)net_socket_service_register(&telnet, sockets, SOCKETS, NULL);
  (void)zsock_close(sock);
}

static bool run_line(int sock) {
  const struct shell* sh = shell_backend_dummy_get_ptr();
  const char* output;
  size_t size;

  line[length] = '\0';
  length = 0;
  if (strcmp(line, "exit") == 0) {
    return false;
  }
  shell_backend_dummy_clear_output(sh);
  (void)shell_execute_cmd(sh, line);
  output = shell_backend_dummy_get_output(sh, &size);
  return zsock_send_all(sock, output, size, 0, K_SECONDS(1), NULL) == 0 &&
         zsock_send(sock, "gateway:~$ ", 11, 0) == 11;
}

static void telnet_handler(struct net_socket_service_event* pev) {
  int sock = pev->event.fd;
  char text[32];
  ssize_t got;

  if (sock == sockets[LISTENER].fd) {
    int client = zsock_accept(sock, NULL, NULL);

    if (client >= 0 && sockets[CLIENT].fd >= 0) {
      (void)zsock_send(client, "in use\n", 7, 0);
      (void)zsock_close(client);
    } else if (client >= 0) {
      take_client(client);
    }
    return;
  }
  got = zsock_recv(sock, text, sizeof(text), ZSOCK_MSG_DONTWAIT);
  if (got <= 0) {
    drop_client();
    return;
  }
  for (ssize_t i = 0; i < got; i++) {
    if (text[i] == '\n') {
      if (!run_line(sock)) {
        drop_client();
        return;
      }
    } else if (text[i] != '\r' && length < sizeof(line) - 1) {
      line[length++] = text[i];
    }
  }
}

int telnet_start(void) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                 .sin6_port = htons(CONFIG_GATEWAY_TELNET_PORT),
                                 .sin6_addr = IN6ADDR_ANY_INIT};
  int on = 1;
  int off = 0;
  int sock = zsock_socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP);

  if (sock < 0 || zsock_setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
      zsock_setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
      zsock_bind(sock, (struct sockaddr*)&address, sizeof(address)) < 0 ||
      zsock_listen(sock, 1) < 0) {
    LOG_ERR("telnet: %d", errno);
    return -errno;
  }
  for (int i = 0; i < SOCKETS; i++) {
    sockets[i].fd = i == LISTENER ? sock : -1;
    sockets[i].events = ZSOCK_POLLIN;
  }
  return net_socket_service_register(&telnet, sockets, SOCKETS, NULL);
}

void telnet_stop(void) {
  (void)net_socket_service_unregister(&telnet);
  for (int i = 0; i < SOCKETS; i++) {
    if (sockets[i].fd >= 0) {
      (void)zsock_close(sockets[i].fd);
      sockets[i].fd = -1;
    }
  }
}
