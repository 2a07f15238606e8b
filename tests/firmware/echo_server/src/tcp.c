/*
 * Streams: one thread per family accepts, one per client answers. A client that says nothing for
 * too long is sent away; so is one for whom there is no place.
 */
#include "common.h"

LOG_MODULE_REGISTER(tcp, LOG_LEVEL_INF);

struct client {
  struct k_thread thread;
  struct listener* listener;
  char buffer[CONFIG_ECHO_BUFFER];
  int sock;
  bool used;
  bool has_thread;
};

static struct listener servers[FAMILIES] = {{.name = "TCP/IPv4", .sock = -1},
                                            {.name = "TCP/IPv6", .sock = -1}};
static struct k_thread accept_threads[FAMILIES];
static K_THREAD_STACK_ARRAY_DEFINE(accept_stacks, FAMILIES, STACK_SIZE);

static struct client clients[CONFIG_ECHO_CLIENTS];
static K_THREAD_STACK_ARRAY_DEFINE(client_stacks, CONFIG_ECHO_CLIENTS, STACK_SIZE);
static K_MUTEX_DEFINE(clients_lock);
static K_CONDVAR_DEFINE(one_left);

BUILD_ASSERT(CONFIG_ECHO_CLIENTS >= 1, "a server without clients");

static ssize_t send_all(int sock, const char* data, size_t size) {
  size_t done = 0;

  while (done < size) {
    ssize_t sent = send(sock, data + done, size - done, 0);

    if (sent < 0) {
      return -errno;
    }
    done += (size_t)sent;
  }
  return (ssize_t)done;
}

static void leave(struct client* client) {
  k_mutex_lock(&clients_lock, K_FOREVER);
  if (client->sock >= 0) {
    close(client->sock);
    client->sock = -1;
  }
  client->used = false;
  k_condvar_broadcast(&one_left);
  k_mutex_unlock(&clients_lock);
}

static void talk(void* p1, void* p2, void* p3) {
  struct client* client = p1;
  struct listener* listener = client->listener;
  struct timeval idle = {.tv_sec = CONFIG_ECHO_IDLE_SECONDS};

  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  (void)setsockopt(client->sock, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof(idle));
  for (;;) {
    ssize_t length = recv(client->sock, client->buffer, sizeof(client->buffer), 0);
    ssize_t sent;

    if (length == 0) {
      break;
    }
    if (length < 0) {
      if (errno == EAGAIN) {
        LOG_INF("%s: a client says nothing", listener->name);
      } else {
        atomic_inc(&listener->received.errors);
      }
      break;
    }
    atomic_inc(&listener->received.messages);
    atomic_add(&listener->received.octets, length);
    sent = send_all(client->sock, client->buffer, (size_t)length);
    if (sent < 0) {
      atomic_inc(&listener->sent.errors);
      break;
    }
    atomic_inc(&listener->sent.messages);
    atomic_add(&listener->sent.octets, sent);
  }
  leave(client);
}

/* A free place; its last thread has ended. NULL: there is none. */
static struct client* take_place(int sock, struct listener* listener) {
  struct client* found = NULL;

  k_mutex_lock(&clients_lock, K_FOREVER);
  ARRAY_FOR_EACH_PTR(clients, client) {
    if (!client->used) {
      found = client;
      break;
    }
  }
  if (found != NULL) {
    if (found->has_thread) {
      k_thread_join(&found->thread, K_FOREVER);
    }
    found->used = true;
    found->has_thread = true;
    found->sock = sock;
    found->listener = listener;
  }
  k_mutex_unlock(&clients_lock);
  return found;
}

static void welcome(int sock, const struct sockaddr* peer, struct listener* listener) {
  struct client* client = take_place(sock, listener);
  char text[NET_IPV6_ADDR_LEN];
  int place;

  net_addr_ntop(peer->sa_family, &net_sin(peer)->sin_addr, text, sizeof(text));
  if (client == NULL) {
    static const char full[] = "no place\n";

    LOG_WRN("%s: no place for %s", listener->name, text);
    (void)send(sock, full, sizeof(full) - 1, 0);
    close(sock);
    return;
  }
  place = (int)(client - clients);
  LOG_DBG("%s: %s has place %d", listener->name, text, place);
  k_thread_create(&client->thread, client_stacks[place], STACK_SIZE, talk, client, NULL, NULL,
                  SERVER_PRIORITY, 0, K_NO_WAIT);
  if (IS_ENABLED(CONFIG_THREAD_NAME)) {
    char name[16];

    snprintk(name, sizeof(name), "tcp client %d", place);
    k_thread_name_set(&client->thread, name);
  }
}

static void serve(void* p1, void* p2, void* p3) {
  struct listener* server = p1;

  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  for (;;) {
    struct sockaddr peer;
    socklen_t size = sizeof(peer);
    int sock = accept(server->sock, &peer, &size);

    if (sock < 0) {
      if (errno == ECONNABORTED || errno == EAGAIN) {
        continue;
      }
      LOG_INF("%s: ends: %d", server->name, errno);
      return;
    }
    welcome(sock, &peer, server);
  }
}

void tcp_start(void) {
  for (int family = 0; family < FAMILIES; family++) {
    struct listener* server = &servers[family];

    server->sock = server_socket((enum family)family, SOCK_STREAM, IPPROTO_TCP, CONFIG_ECHO_PORT);
    if (server->sock < 0) {
      continue;
    }
    if (listen(server->sock, CONFIG_ECHO_CLIENTS) < 0) {
      LOG_ERR("%s: listen: %d", server->name, errno);
      close(server->sock);
      server->sock = -1;
      continue;
    }
    statistics_add(server);
    k_thread_create(&accept_threads[family], accept_stacks[family], STACK_SIZE, serve, server, NULL,
                    NULL, SERVER_PRIORITY, 0, K_NO_WAIT);
    k_thread_name_set(&accept_threads[family], family == IPV4 ? "tcp4" : "tcp6");
  }
}

void tcp_stop(void) {
  for (int family = 0; family < FAMILIES; family++) {
    if (servers[family].sock < 0) {
      continue;
    }
    close(servers[family].sock);
    servers[family].sock = -1;
    k_thread_join(&accept_threads[family], K_FOREVER);
  }
  k_mutex_lock(&clients_lock, K_FOREVER);
  ARRAY_FOR_EACH_PTR(clients, client) {
    if (client->used) {
      (void)shutdown(client->sock, SHUT_RDWR);
    }
  }
  while (tcp_clients() > 0) {
    if (k_condvar_wait(&one_left, &clients_lock, K_SECONDS(5)) != 0) {
      LOG_ERR("a client does not go");
      break;
    }
  }
  k_mutex_unlock(&clients_lock);
}

int tcp_clients(void) {
  int count = 0;

  k_mutex_lock(&clients_lock, K_FOREVER);
  ARRAY_FOR_EACH_PTR(clients, client) {
    count += client->used ? 1 : 0;
  }
  k_mutex_unlock(&clients_lock);
  return count;
}
