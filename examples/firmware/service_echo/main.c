/*
 * Echo server on socket services: TCP and UDP, IPv4 and IPv6, served by the one thread that the
 * services share. There is no main(): SYS_INIT() opens the sockets, the rest happens in handlers.
 */
#include <zephyr/init.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net/socket.h>
#include <zephyr/net/socket_service.h>

LOG_MODULE_REGISTER(service_echo, LOG_LEVEL_INF);

#ifndef CONFIG_ECHO_PORT
#define CONFIG_ECHO_PORT 4242
#endif
#ifndef CONFIG_ECHO_CLIENTS
#define CONFIG_ECHO_CLIENTS 16
#endif

enum { LISTENER, FIRST_CLIENT, SLOTS = FIRST_CLIENT + CONFIG_ECHO_CLIENTS };
BUILD_ASSERT(SLOTS < CONFIG_ZVFS_POLL_MAX, "more clients than poll() takes");

static void serve_streams(struct net_socket_service_event* event);
static void serve_datagrams(struct net_socket_service_event* event);

NET_SOCKET_SERVICE_SYNC_DEFINE_STATIC(service_tcp, serve_streams, SLOTS);
NET_SOCKET_SERVICE_SYNC_DEFINE_STATIC(service_udp, serve_datagrams, 1);

static struct zsock_pollfd streams[SLOTS];
static struct zsock_pollfd datagrams[1];
static K_MUTEX_DEFINE(streams_lock);

static int watch_streams(void) {
  return net_socket_service_register(&service_tcp, streams, ARRAY_SIZE(streams), NULL);
}

static void drop(int client) {
  ARRAY_FOR_EACH_PTR(streams, entry) {
    if (entry->fd == client) {
      entry->fd = -1;
    }
  }
  (void)watch_streams();
  zsock_close(client);
  LOG_INF("client %d is gone", client);
}

static void accept_client(int listener) {
  struct sockaddr_in6 peer;
  socklen_t size = sizeof(peer);
  char text[INET6_ADDRSTRLEN];
  int client = zsock_accept(listener, (struct sockaddr*)&peer, &size);

  if (client < 0) {
    if (errno == ENETDOWN) {
      LOG_ERR("the network is gone: no more clients");
      drop(listener);
    }
    return;
  }
  ARRAY_FOR_EACH_PTR(streams, entry) {
    if (entry->fd < 0) {
      entry->fd = client;
      entry->events = ZSOCK_POLLIN;
      zsock_inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof(text));
      LOG_INF("client %d from %s", client, text);
      (void)watch_streams();
      return;
    }
  }
  LOG_WRN("no room for another client");
  zsock_close(client);
}

static int send_all(int sock, const char* data, size_t length) {
  while (length > 0) {
    ssize_t sent = zsock_send(sock, data, length, 0);

    if (sent < 0) {
      return -errno;
    }
    data += sent;
    length -= (size_t)sent;
  }
  return 0;
}

static void serve_streams(struct net_socket_service_event* event) {
  static char buffer[4096];
  int sock = event->event.fd;
  ssize_t length;

  k_mutex_lock(&streams_lock, K_FOREVER);
  if (sock == streams[LISTENER].fd) {
    accept_client(sock);
  } else {
    length = zsock_recv(sock, buffer, sizeof(buffer), 0);
    if (length <= 0 || send_all(sock, buffer, (size_t)length) < 0) {
      drop(sock);
    }
  }
  k_mutex_unlock(&streams_lock);
}

static void serve_datagrams(struct net_socket_service_event* event) {
  static char buffer[65536];
  struct sockaddr_in6 peer;
  socklen_t size = sizeof(peer);
  int sock = event->event.fd;
  ssize_t length = zsock_recvfrom(sock, buffer, sizeof(buffer), 0, (struct sockaddr*)&peer, &size);

  if (length >= 0) {
    (void)zsock_sendto(sock, buffer, (size_t)length, 0, (struct sockaddr*)&peer, size);
  } else if (errno == ENETDOWN) {
    /* Else the handler would be called for this error again and again. */
    LOG_ERR("the network is gone: no more datagrams");
    (void)net_socket_service_close(event->svc);
  }
}

/* A socket for both families, bound to the port. */
static int open_socket(int type) {
  struct sockaddr_in6 address = {
      .sin6_family = AF_INET6,
      .sin6_addr = IN6ADDR_ANY_INIT,
      .sin6_port = htons(CONFIG_ECHO_PORT),
  };
  int off = 0;
  int sock = zsock_socket(AF_INET6, type, 0);

  if (sock < 0) {
    return -errno;
  }
  zsock_setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  if (zsock_bind(sock, (struct sockaddr*)&address, sizeof(address)) < 0 ||
      (type == SOCK_STREAM && zsock_listen(sock, 5) < 0)) {
    int error = errno;

    zsock_close(sock);
    return -error;
  }
  return sock;
}

static int start(void) {
  ARRAY_FOR_EACH_PTR(streams, entry) {
    entry->fd = -1;
  }
  streams[LISTENER].fd = open_socket(SOCK_STREAM);
  streams[LISTENER].events = ZSOCK_POLLIN;
  datagrams[0].fd = open_socket(SOCK_DGRAM);
  datagrams[0].events = ZSOCK_POLLIN;
  if (streams[LISTENER].fd < 0 || datagrams[0].fd < 0) {
    LOG_ERR("cannot open port %d: TCP %d, UDP %d", CONFIG_ECHO_PORT, streams[LISTENER].fd,
            datagrams[0].fd);
    return -EIO;
  }
  if (watch_streams() < 0 ||
      net_socket_service_register(&service_udp, datagrams, ARRAY_SIZE(datagrams), NULL) < 0) {
    LOG_ERR("the services cannot be registered");
    return -EIO;
  }
  LOG_INF("port %d, TCP and UDP", CONFIG_ECHO_PORT);
  return 0;
}

SYS_INIT(start, APPLICATION, 99);
