/*
 * An echo server over TCP and UDP, IPv4 and IPv6, as firmware of a small device has it: a thread
 * per protocol and family, one per TCP client, work that reports, and a network that comes and
 * goes.
 */
#include "common.h"

#include <stdio.h>
#include <zephyr/net/hostname.h>

LOG_MODULE_REGISTER(echo_server, LOG_LEVEL_DBG);

static K_SEM_DEFINE(quit, 0, 1);
static K_MUTEX_DEFINE(state_lock);
static bool running;

int server_socket(enum family family, int type, int protocol, uint16_t port) {
  struct sockaddr_storage storage = {0};
  socklen_t size = sizeof(struct sockaddr_in);
  int on = 1;
  int sock;

  if (family == IPV4) {
    struct sockaddr_in* address = (struct sockaddr_in*)&storage;

    address->sin_family = AF_INET;
    address->sin_port = htons(port);
    address->sin_addr.s_addr = htonl(INADDR_ANY);
  } else {
    struct sockaddr_in6* address = (struct sockaddr_in6*)&storage;

    address->sin6_family = AF_INET6;
    address->sin6_port = htons(port);
    address->sin6_addr = in6addr_any;
    size = sizeof(struct sockaddr_in6);
  }

  sock = socket(storage.ss_family, type, protocol);
  if (sock < 0) {
    LOG_ERR("socket: %d", errno);
    return -errno;
  }
  (void)setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (family == IPV6) {
    (void)setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  }
  if (bind(sock, (struct sockaddr*)&storage, size) < 0) {
    int error = errno;

    LOG_ERR("bind to port %u: %d", port, error);
    close(sock);
    return -error;
  }
  return sock;
}

static void on_up(void) {
  k_mutex_lock(&state_lock, K_FOREVER);
  if (!running) {
    LOG_INF("network is up, serving port %d", CONFIG_ECHO_PORT);
    running = true;
    tcp_start();
    udp_start();
    statistics_start();
  }
  k_mutex_unlock(&state_lock);
}

static void on_down(void) {
  k_mutex_lock(&state_lock, K_FOREVER);
  if (running) {
    LOG_WRN("network is down");
    running = false;
    statistics_stop();
    udp_stop();
    tcp_stop();
  }
  k_mutex_unlock(&state_lock);
}

/* The board has a button; here it is a line on the console. */
static void console(void* p1, void* p2, void* p3) {
  char line[16];

  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  while (fgets(line, sizeof(line), stdin) != NULL) {
    if (strncmp(line, "quit", 4) == 0) {
      break;
    }
    LOG_INF("%d clients, network %s", tcp_clients(), network_is_up() ? "up" : "down");
  }
  k_sem_give(&quit);
}

K_THREAD_DEFINE(console_thread, STACK_SIZE, console, NULL, NULL, NULL, SERVER_PRIORITY, 0, -1);

static int banner(void) {
  printk("%s for Zephyr %s\n", net_hostname_get(), KERNEL_VERSION_STRING);
  return 0;
}

SYS_INIT(banner, APPLICATION, 50);

int main(void) {
  int error = network_start(on_up, on_down);

  if (error < 0) {
    LOG_ERR("no network events: %d", error);
    return 1;
  }
  k_thread_start(console_thread);
  k_sem_take(&quit, K_FOREVER);
  on_down();
  LOG_INF("bye");
  exit(0);
}
