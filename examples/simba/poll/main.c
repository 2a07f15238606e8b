/*
 * "poll PORT": one thread serves what is ready, a UDP socket, a TCP listener with one client, and a
 * queue that another thread writes to, all of them in a list of channels.
 */
#include "simba.h"

static QUEUE_INIT_DECL(ticks, NULL, 0);
static THRD_STACK(ticker_stack, 1024);

static void* tick(void* arg_p) {
  uint32_t count;

  UNUSED(arg_p);
  thrd_set_name("ticker");
  for (count = 1;; ++count) {
    thrd_sleep_ms(100);
    queue_write(&ticks, &count, sizeof(count));
  }
  return NULL;
}

static struct socket_t udp, listener, client;
static struct chan_list_t list;
static struct chan_t* workspace[4];

static void serve_udp(void) {
  static char buf[1500];
  struct inet_addr_t from;
  ssize_t size = socket_recvfrom(&udp, buf, sizeof(buf), 0, &from);

  if (size > 0) {
    socket_sendto(&udp, buf, (size_t)size, 0, &from);
  }
}

/* One octet at a time: socket_read() waits for as many as it is asked for. */
static void serve_client(void) {
  char octet;

  if (socket_read(&client, &octet, 1) == 1) {
    socket_write(&client, &octet, 1);
    return;
  }
  std_printf(FSTR("the client is gone\n"));
  chan_list_remove(&list, &client);
  socket_close(&client);
  chan_list_add(&list, &listener);
}

static void accept_client(void) {
  if (socket_accept(&listener, &client, NULL) != 0) {
    return;
  }
  std_printf(FSTR("a client\n"));
  chan_list_remove(&list, &listener);
  chan_list_add(&list, &client);
}

int main(int argc, char* argv[]) {
  struct inet_addr_t addr = {.port = 0};
  uint32_t count;
  long port;
  void* ready_p;

  sys_start();
  if (argc != 2 || std_strtol(argv[1], &port) == NULL) {
    std_printf(FSTR("usage: poll PORT\n"));
    return 2;
  }
  addr.port = (uint16_t)port;
  if (socket_open_udp(&udp) != 0 || socket_bind(&udp, &addr) != 0 ||
      socket_open_tcp(&listener) != 0 || socket_bind(&listener, &addr) != 0 ||
      socket_listen(&listener, 1) != 0) {
    std_printf(FSTR("cannot open port %d\n"), (int)port);
    return 1;
  }
  chan_list_init(&list, workspace, sizeof(workspace));
  chan_list_add(&list, &udp);
  chan_list_add(&list, &listener);
  chan_list_add(&list, &ticks);
  thrd_spawn(tick, NULL, 0, ticker_stack, sizeof(ticker_stack));
  std_printf(FSTR("listening on port %d\n"), (int)port);
  while ((ready_p = chan_list_poll(&list, NULL)) != NULL) {
    if (ready_p == &udp) {
      serve_udp();
    } else if (ready_p == &listener) {
      accept_client();
    } else if (ready_p == &client) {
      serve_client();
    } else if (queue_read(&ticks, &count, sizeof(count)) == sizeof(count)) {
      std_printf(FSTR("tick %d\n"), (int)count);
    }
  }
  return 1;
}
