/* An echo server with a thread of its own, C and C++: what a guide's reader has. */
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net/socket.h>

LOG_MODULE_REGISTER(app, LOG_LEVEL_INF);

static void serve(void* p1, void* p2, void* p3) {
  struct sockaddr_in address;
  int server = zsock_socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  int client;
  int on = 1;
  ssize_t length;
  char text[100];

  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_port = htons(CONFIG_APP_PORT);
  zsock_setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (server < 0 || zsock_bind(server, (struct sockaddr*)&address, sizeof(address)) < 0 ||
      zsock_listen(server, 1) < 0) {
    LOG_ERR("no server: %d", errno);
    return;
  }
  LOG_INF("port %d", CONFIG_APP_PORT);
  client = zsock_accept(server, NULL, NULL);
  length = zsock_recv(client, text, sizeof(text), 0);
  if (length > 0) {
    (void)zsock_send(client, text, (size_t)length, 0);
  }
  zsock_close(client);
  zsock_close(server);
}
K_THREAD_DEFINE(server, 2048, serve, NULL, NULL, NULL, K_PRIO_PREEMPT(5), 0, 0);

int main(void) {
  /* TLS is in a library beside libzsock, loaded when first needed. */
  int tls = zsock_socket(AF_INET, SOCK_STREAM, IPPROTO_TLS_1_2);

  LOG_INF("TLS: %s", tls >= 0 ? "there" : "not there");
  zsock_close(tls);
  return 0;
}
