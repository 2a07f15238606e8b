/* Datagrams: one thread per family answers each with itself. */
#include "common.h"

LOG_MODULE_REGISTER(udp, LOG_LEVEL_INF);

static struct listener servers[FAMILIES] = {{.name = "UDP/IPv4", .sock = -1},
                                            {.name = "UDP/IPv6", .sock = -1}};
static struct k_thread threads[FAMILIES];
static K_THREAD_STACK_ARRAY_DEFINE(stacks, FAMILIES, STACK_SIZE);

/* \return 0: go on; else the errno that ends the server */
static int answer_one(struct listener* server, char* buffer, size_t size) {
  struct sockaddr client;
  socklen_t client_size = sizeof(client);
  ssize_t length = recvfrom(server->sock, buffer, size, 0, &client, &client_size);
  ssize_t sent;

  if (length < 0) {
    /* What an earlier answer has met is no reason to stop. */
    if (errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == EAGAIN) {
      atomic_inc(&server->received.errors);
      return 0;
    }
    return errno;
  }
  atomic_inc(&server->received.messages);
  atomic_add(&server->received.octets, length);
  sent = sendto(server->sock, buffer, (size_t)length, 0, &client, client_size);
  if (sent < 0) {
    LOG_WRN("%s: sendto: %d", server->name, errno);
    atomic_inc(&server->sent.errors);
    return 0;
  }
  atomic_inc(&server->sent.messages);
  atomic_add(&server->sent.octets, sent);
  return 0;
}

static void serve(void* p1, void* p2, void* p3) {
  struct listener* server = p1;
  static char buffers[FAMILIES][CONFIG_ECHO_BUFFER];
  char* buffer = buffers[server - servers];
  int error = 0;

  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  while (error == 0) {
    error = answer_one(server, buffer, CONFIG_ECHO_BUFFER);
  }
  LOG_INF("%s: ends: %d", server->name, error);
}

void udp_start(void) {
  for (int family = 0; family < FAMILIES; family++) {
    struct listener* server = &servers[family];

    server->sock = server_socket((enum family)family, SOCK_DGRAM, IPPROTO_UDP, CONFIG_ECHO_PORT);
    if (server->sock < 0) {
      continue;
    }
    statistics_add(server);
    k_thread_create(&threads[family], stacks[family], STACK_SIZE, serve, server, NULL, NULL,
                    SERVER_PRIORITY, 0, K_NO_WAIT);
    k_thread_name_set(&threads[family], family == IPV4 ? "udp4" : "udp6");
  }
}

void udp_stop(void) {
  for (int family = 0; family < FAMILIES; family++) {
    if (servers[family].sock < 0) {
      continue;
    }
    close(servers[family].sock); /* ends the wait of the thread */
    servers[family].sock = -1;
    k_thread_join(&threads[family], K_FOREVER);
  }
}
