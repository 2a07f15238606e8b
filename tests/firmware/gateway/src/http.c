/* Pages: one thread, one poll(), a few clients, both families. */
#include <stdio.h>
#include <string.h>

#include <zephyr/logging/log.h>
LOG_MODULE_DECLARE(gateway, LOG_LEVEL_INF);

#include <zephyr/net/socket.h>
#include <zephyr/posix/fcntl.h>
#include <zephyr/posix/poll.h>
#include <zephyr/posix/sys/eventfd.h>
#include <zephyr/posix/sys/socket.h>
#include <zephyr/posix/unistd.h>

#include "gateway.h"

#define CLIENTS CONFIG_GATEWAY_HTTP_CLIENTS
#define IDLE_MS 4000

static const uint8_t page[] = {
#include "page.html.gz.inc"
};

struct client {
  int sock;
  int64_t heard;
  size_t length;
  char request[256];
};

static struct client clients[CLIENTS];
static atomic_t requests;
static int stop_fd = -1;

uint32_t http_requests(void) {
  return (uint32_t)atomic_get(&requests);
}

void http_stop(void) {
  eventfd_write(stop_fd, 1);
}

static int listen_on(sa_family_t family) {
  struct sockaddr_storage address = {.ss_family = family};
  int on = 1;
  int sock = socket(family, SOCK_STREAM, IPPROTO_TCP);

  if (sock < 0) {
    return -errno;
  }
  net_port_set_default((struct sockaddr*)&address, CONFIG_GATEWAY_HTTP_PORT);
  (void)setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(sock, (struct sockaddr*)&address, sizeof(address)) < 0 || listen(sock, 4) < 0 ||
      fcntl(sock, F_SETFL, fcntl(sock, F_GETFL, 0) | O_NONBLOCK) < 0) {
    LOG_ERR("listen: %d", errno);
    close(sock);
    return -EIO;
  }
  return sock;
}

static int send_all(int sock, const void* data, size_t size) {
  while (size > 0) {
    ssize_t sent = send(sock, data, size, 0);

    if (sent < 0) {
      return -errno;
    }
    data = (const uint8_t*)data + sent;
    size -= sent;
  }
  return 0;
}

static void answer(struct client* client) {
  char head[160];
  char body[64];
  int size;

  atomic_inc(&requests);
  if (strncmp(client->request, "GET / ", 6) == 0) {
    size = snprintf(head, sizeof(head),
                    "HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n"
                    "Content-Type: text/html\r\nContent-Length: %zu\r\n\r\n",
                    sizeof(page));
    if (send_all(client->sock, head, size) == 0) {
      (void)send_all(client->sock, page, sizeof(page));
    }
    return;
  }
  if (strncmp(client->request, "GET /time ", 10) == 0) {
    size = snprintf(body, sizeof(body), "{\"now\":%lld}\n", (long long)time_now());
    size =
        snprintf(head, sizeof(head), "HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s", size, body);
  } else {
    size = snprintf(head, sizeof(head), "HTTP/1.0 404 Not Found\r\n\r\n");
  }
  (void)send_all(client->sock, head, size);
}

static void drop(struct client* client) {
  close(client->sock);
  client->sock = -1;
}

static void hear(struct client* client) {
  ssize_t got = recv(client->sock, client->request + client->length,
                     sizeof(client->request) - 1 - client->length, 0);

  if (got <= 0) {
    drop(client);
    return;
  }
  client->heard = k_uptime_get();
  client->length += got;
  client->request[client->length] = '\0';
  if (strstr(client->request, "\r\n\r\n") != NULL) {
    answer(client);
    (void)shutdown(client->sock, SHUT_WR);
    drop(client);
  } else if (client->length == sizeof(client->request) - 1) {
    LOG_WRN("a request is too long");
    drop(client);
  }
}

static void greet(int listener) {
  struct sockaddr_in6 peer;
  socklen_t size = sizeof(peer);
  char text[INET6_ADDRSTRLEN];
  int sock = accept(listener, (struct sockaddr*)&peer, &size);

  if (sock < 0) {
    return;
  }
  ARRAY_FOR_EACH(clients, i) {
    if (clients[i].sock < 0) {
      clients[i] = (struct client){.sock = sock, .heard = k_uptime_get()};
      return;
    }
  }
  /* In both families the address begins at the same place. */
  net_addr_ntop(peer.sin6_family, &peer.sin6_addr, text, sizeof(text));
  LOG_WRN("no room for %s", text);
  close(sock);
}

static void forget_idle(void) {
  ARRAY_FOR_EACH_PTR(clients, client) {
    if (client->sock >= 0 && k_uptime_get() - client->heard > IDLE_MS) {
      LOG_INF("a client says nothing");
      drop(client);
    }
  }
}

void http_serve(void* p1, void* p2, void* p3) {
  struct pollfd fds[3 + CLIENTS];

  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  stop_fd = eventfd(0, 0);
  fds[0].fd = stop_fd;
  fds[1].fd = listen_on(AF_INET);
  fds[2].fd = listen_on(AF_INET6);
  ARRAY_FOR_EACH_PTR(clients, client) {
    client->sock = -1;
  }
  LOG_INF("pages on port %d for %d clients", CONFIG_GATEWAY_HTTP_PORT, CLIENTS);
  do {
    for (int i = 0; i < CLIENTS; i++) {
      fds[3 + i].fd = clients[i].sock;
    }
    ARRAY_FOR_EACH(fds, i) {
      fds[i].events = POLLIN;
    }
    if (poll(fds, ARRAY_SIZE(fds), 500) < 0) {
      LOG_ERR("poll: %d", errno);
      break;
    }
    for (int i = 0; i < CLIENTS; i++) {
      if (fds[3 + i].revents != 0) {
        hear(&clients[i]);
      }
    }
    if (fds[1].revents & POLLIN) {
      greet(fds[1].fd);
    }
    if (fds[2].revents & POLLIN) {
      greet(fds[2].fd);
    }
    forget_idle();
  } while (fds[0].revents == 0);
  ARRAY_FOR_EACH_PTR(clients, client) {
    if (client->sock >= 0) {
      drop(client);
    }
  }
  for (int i = 0; i < 3; i++) {
    close(fds[i].fd);
  }
}
