/*
 * Echo server: what comes in by TCP or UDP, over IPv4 or IPv6, goes back.
 * One thread; it waits in zsock_poll() and never blocks elsewhere.
 */
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net/socket.h>

LOG_MODULE_REGISTER(echo, LOG_LEVEL_INF);

#ifndef CONFIG_ECHO_PORT
#define CONFIG_ECHO_PORT 4242
#endif
#ifndef CONFIG_ECHO_CLIENTS
#define CONFIG_ECHO_CLIENTS 64
#endif

enum { LISTENER, DATAGRAMS, FIRST_CLIENT, SLOTS = FIRST_CLIENT + CONFIG_ECHO_CLIENTS };

/* Octets received from a client and not yet sent back. */
struct backlog {
  size_t begin;
  size_t end;
  char data[16384];
};

static struct zsock_pollfd fds[SLOTS];
static struct backlog backlogs[CONFIG_ECHO_CLIENTS];
static char datagram[65536];

/* A socket for both families, bound to the port. */
static int open_socket(int type) {
  struct sockaddr_in6 address = {
      .sin6_family = AF_INET6,
      .sin6_addr = IN6ADDR_ANY_INIT,
      .sin6_port = htons(CONFIG_ECHO_PORT),
  };
  int off = 0;
  int on = 1;
  int sock = zsock_socket(AF_INET6, type, 0);

  if (sock < 0) {
    return -errno;
  }
  zsock_setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  zsock_setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  zsock_fcntl(sock, F_SETFL, O_NONBLOCK);
  if (zsock_bind(sock, (struct sockaddr*)&address, sizeof(address)) < 0) {
    int error = errno;

    zsock_close(sock);
    return -error;
  }
  return sock;
}

static void accept_client(void) {
  struct sockaddr_in6 peer;
  socklen_t size = sizeof(peer);
  char text[INET6_ADDRSTRLEN];
  int sock = zsock_accept(fds[LISTENER].fd, (struct sockaddr*)&peer, &size);

  if (sock < 0) {
    return;
  }
  for (int i = FIRST_CLIENT; i < SLOTS; i++) {
    if (fds[i].fd < 0) {
      zsock_fcntl(sock, F_SETFL, O_NONBLOCK);
      fds[i].fd = sock;
      fds[i].events = ZSOCK_POLLIN;
      backlogs[i - FIRST_CLIENT].begin = backlogs[i - FIRST_CLIENT].end = 0;
      zsock_inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof(text));
      LOG_INF("connected: %s port %d", text, ntohs(peer.sin6_port));
      return;
    }
  }
  LOG_WRN("no room for another client");
  zsock_close(sock);
}

static void echo_datagrams(void) {
  struct sockaddr_in6 peer;
  socklen_t size = sizeof(peer);
  ssize_t length;

  while ((length = zsock_recvfrom(fds[DATAGRAMS].fd, datagram, sizeof(datagram), 0,
                                  (struct sockaddr*)&peer, &size)) >= 0) {
    /* Without waiting: what has no room is lost, as datagrams may be. */
    (void)zsock_sendto(fds[DATAGRAMS].fd, datagram, (size_t)length, 0, (struct sockaddr*)&peer,
                       size);
    size = sizeof(peer);
  }
}

/* 0: done for now; else the client is done for good. */
static int echo_stream(struct zsock_pollfd* client, struct backlog* backlog) {
  ssize_t length;

  for (;;) {
    if (backlog->begin == backlog->end) {
      length = zsock_recv(client->fd, backlog->data, sizeof(backlog->data), 0);
      if (length <= 0) {
        client->events = ZSOCK_POLLIN;
        return length < 0 && errno == EAGAIN ? 0 : -1;
      }
      backlog->begin = 0;
      backlog->end = (size_t)length;
    }
    length =
        zsock_send(client->fd, backlog->data + backlog->begin, backlog->end - backlog->begin, 0);
    if (length < 0) {
      /* Nothing is read until this has gone. */
      client->events = ZSOCK_POLLOUT;
      return errno == EAGAIN ? 0 : -1;
    }
    backlog->begin += (size_t)length;
  }
}

static void serve(void) {
  for (int i = FIRST_CLIENT; i < SLOTS; i++) {
    if (fds[i].fd >= 0 && fds[i].revents != 0 &&
        echo_stream(&fds[i], &backlogs[i - FIRST_CLIENT]) < 0) {
      zsock_close(fds[i].fd);
      fds[i].fd = -1;
    }
  }
  if (fds[DATAGRAMS].revents != 0) {
    echo_datagrams();
  }
  if (fds[LISTENER].revents != 0) {
    accept_client();
  }
}

int main(void) {
  for (int i = 0; i < SLOTS; i++) {
    fds[i].fd = -1;
    fds[i].events = ZSOCK_POLLIN;
  }
  fds[LISTENER].fd = open_socket(SOCK_STREAM);
  fds[DATAGRAMS].fd = open_socket(SOCK_DGRAM);
  if (fds[LISTENER].fd < 0 || fds[DATAGRAMS].fd < 0 || zsock_listen(fds[LISTENER].fd, 16) < 0) {
    LOG_ERR("cannot open port %d: TCP %d, UDP %d", CONFIG_ECHO_PORT, fds[LISTENER].fd,
            fds[DATAGRAMS].fd);
    return 1;
  }
  printk("Echo on port %d, TCP and UDP\n", CONFIG_ECHO_PORT);

  while (zsock_poll(fds, SLOTS, -1) >= 0) {
    serve();
  }
  LOG_ERR("poll: %d", errno);
  return 1;
}
