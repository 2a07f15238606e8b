/*
 * One listener for both families: an IPv6 socket without IPV6_V6ONLY. Tells each client its address
 * and the family that it really comes from.
 */
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net/socket.h>

LOG_MODULE_REGISTER(dual_stack, LOG_LEVEL_INF);

#ifndef CONFIG_DUAL_STACK_PORT
#define CONFIG_DUAL_STACK_PORT 4260
#endif

static int open_listener(void) {
  struct sockaddr_in6 addr = {.sin6_family = AF_INET6,
                              .sin6_port = htons(CONFIG_DUAL_STACK_PORT),
                              .sin6_addr = IN6ADDR_ANY_INIT};
  int sock = zsock_socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP);
  int off = 0;

  if (sock < 0 || zsock_setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
      zsock_bind(sock, (struct sockaddr*)&addr, sizeof(addr)) < 0 || zsock_listen(sock, 4) < 0) {
    LOG_ERR("port %d: %d", CONFIG_DUAL_STACK_PORT, errno);
    return -1;
  }
  return sock;
}

static void greet(int client, const struct sockaddr_in6* peer) {
  char address[INET6_ADDRSTRLEN];
  char text[INET6_ADDRSTRLEN + 20];
  bool mapped = net_ipv6_addr_is_v4_mapped(&peer->sin6_addr);
  const void* from = mapped ? (const void*)&peer->sin6_addr.s6_addr[12] : &peer->sin6_addr;

  (void)zsock_inet_ntop(mapped ? AF_INET : AF_INET6, from, address, sizeof(address));
  (void)snprintk(text, sizeof(text), "%s %s\n", mapped ? "IPv4" : "IPv6", address);
  (void)zsock_send(client, text, strlen(text), 0);
  LOG_INF("%s from %s", mapped ? "IPv4" : "IPv6", address);
}

int main(void) {
  int listener = open_listener();

  if (listener < 0) {
    return 1;
  }
  LOG_INF("listening on port %d", CONFIG_DUAL_STACK_PORT);
  for (;;) {
    struct sockaddr_in6 peer;
    socklen_t size = sizeof(peer);
    int client = zsock_accept(listener, (struct sockaddr*)&peer, &size);

    if (client < 0) {
      LOG_ERR("no more clients: %d", errno);
      return 1;
    }
    greet(client, &peer);
    (void)zsock_close(client);
  }
}
