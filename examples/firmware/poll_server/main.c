/*
 * A chat on port CONFIG_CHAT_PORT: one thread, one zsock_poll() for the listener and all clients;
 * what one of them says, the others get.
 */
#include <zephyr/kernel.h>
#include <zephyr/net/socket.h>

#ifndef CONFIG_CHAT_PORT
#define CONFIG_CHAT_PORT 4250
#endif

#define CLIENTS 4
enum { LISTENER, FIRST_CLIENT, ENTRIES = FIRST_CLIENT + CLIENTS };
BUILD_ASSERT(ENTRIES <= CONFIG_ZVFS_POLL_MAX, "more clients than zsock_poll() takes");

static struct zsock_pollfd entries[ENTRIES];

static void accept_client(void) {
  int client = zsock_accept(entries[LISTENER].fd, NULL, NULL);
  int i;

  for (i = FIRST_CLIENT; client >= 0 && i < ENTRIES; ++i) {
    if (entries[i].fd < 0) {
      entries[i].fd = client;
      printk("client %d\n", i);
      return;
    }
  }
  printk("no room for a client\n");
  (void)zsock_close(client);
}

static void drop(int index) {
  printk("client %d is gone\n", index);
  (void)zsock_close(entries[index].fd);
  entries[index].fd = -1;
}

static void pass_on(int from) {
  char text[256];
  ssize_t got = zsock_recv(entries[from].fd, text, sizeof(text), ZSOCK_MSG_DONTWAIT);
  int i;

  if (got <= 0) {
    if (got == 0 || errno != EAGAIN) {
      drop(from);
    }
    return;
  }
  for (i = FIRST_CLIENT; i < ENTRIES; ++i) {
    /* Who does not read misses something; nobody waits for them. */
    if (i != from && entries[i].fd >= 0) {
      (void)zsock_send(entries[i].fd, text, (size_t)got, ZSOCK_MSG_DONTWAIT);
    }
  }
}

int main(void) {
  struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(CONFIG_CHAT_PORT)};
  int i;

  for (i = 0; i < ENTRIES; ++i) {
    entries[i].fd = -1;
    entries[i].events = ZSOCK_POLLIN;
  }
  entries[LISTENER].fd = zsock_socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  if (zsock_bind(entries[LISTENER].fd, (struct sockaddr*)&addr, sizeof(addr)) < 0 ||
      zsock_listen(entries[LISTENER].fd, CLIENTS) < 0) {
    printk("port %d: %d\n", CONFIG_CHAT_PORT, errno);
    return 1;
  }
  printk("listening on port %d\n", CONFIG_CHAT_PORT);
  for (;;) {
    if (zsock_poll(entries, ENTRIES, -1) < 0) {
      printk("waiting: %d\n", errno);
      return 1;
    }
    if ((entries[LISTENER].revents & (ZSOCK_POLLERR | ZSOCK_POLLNVAL)) != 0) {
      return 1;
    }
    if (entries[LISTENER].revents != 0) {
      accept_client();
    }
    for (i = FIRST_CLIENT; i < ENTRIES; ++i) {
      if (entries[i].fd >= 0 && entries[i].revents != 0) {
        pass_on(i);
      }
    }
  }
}
