/* zsockd dies while calls wait: each ends within 100 ms of it, with what it says then. */
#include "hostile.h"

enum {
  SOON = 100, /* ms */
  TRIES =
      5, /* a machine with other work may be late now and then, a library that waits always is */
  GONE = ZSOCK_POLLIN | ZSOCK_POLLERR | ZSOCK_POLLHUP
};

static char filler[65536];

/* A connection whose peer takes nothing any more. */
static int full(void) {
  int sock = make(CONNECTED);

  while (zsock_send(sock, filler, sizeof(filler), ZSOCK_MSG_DONTWAIT) > 0) {
  }
  return sock;
}

/* What waits, on what, and what it gives at the end. */
struct wait {
  const char* call;
  enum kind kind;
  bool full;
  int result;
};

static const struct wait waits[] = {
    {"zsock_recv", CONNECTED, false, -ECONNRESET},
    {"zsock_recv, all of it", CONNECTED, false, -ECONNRESET},
    {"zsock_recvfrom", CONNECTED, false, -ECONNRESET},
    {"zsock_recvmsg", CONNECTED, false, -ECONNRESET},
    {"zsock_send", CONNECTED, true, -ECONNRESET},
    {"zsock_sendto", CONNECTED, true, -ECONNRESET},
    {"zsock_sendmsg", CONNECTED, true, -ECONNRESET},
    {"zsock_send_all", CONNECTED, true, -ECONNRESET},
    {"zsock_sendmsg_all", CONNECTED, true, -ECONNRESET},
    {"zsock_poll, for ever", CONNECTED, false, GONE},
    {"zsock_select", CONNECTED, false, 1},
    {"zsock_accept", LISTENER, false, -ENETDOWN},
    {"zsock_poll, for ever", LISTENER, false, GONE},
    {"zsock_select", LISTENER, false, 1},
    {"zsock_connect", STREAM, false, -ECONNRESET},
    {"zsock_recv", DATAGRAM, false, -ENETDOWN},
    {"zsock_recvfrom", DATAGRAM, false, -ENETDOWN},
    {"zsock_recvmsg", DATAGRAM, false, -ENETDOWN},
    {"zsock_poll, for ever", DATAGRAM, false, GONE},
    {"zsock_select", DATAGRAM, false, 1},
};

static bool ended_soon(const struct wait* wait) {
  static struct started started;
  char where[80];
  int64_t death;
  int sock;

  fake_start();
  sock = wait->full ? full() : make(wait->kind);
  start(&started, wait->call, sock);
  k_msleep(20);
  check(wait->call, "it waits", !has_ended(&started));
  death = k_uptime_get();
  fake_vanish();
  join(&started);
  snprintf(where, sizeof(where), "zsockd dies, %s", kind_name(wait->kind));
  row(where, wait->call, started.result, wait->result);
  zsock_close(sock);
  fake_stop();
  return started.ended - death <= SOON;
}

/* Everybody at once, many of them on the same sockets. */
static void test_crowd(void) {
  static struct started started[16];
  static const char* const names[] = {"zsock_recv", "zsock_recv, all of it", "zsock_poll, for ever",
                                      "zsock_select"};
  int sock;

  fake_start();
  sock = make(CONNECTED);
  for (size_t i = 0; i < ARRAY_SIZE(started); i++) {
    start(&started[i], names[i % ARRAY_SIZE(names)], sock);
  }
  k_msleep(20);
  fake_vanish();
  for (size_t i = 0; i < ARRAY_SIZE(started); i++) {
    join(&started[i]);
  }
  zsock_close(sock);
  fake_stop();
}

void test_death(void) {
  for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
    bool soon = false;

    for (int try = 0; try < TRIES && !soon; try++) {
      soon = ended_soon(&waits[i]);
    }
    check(waits[i].call, "it ended within 100 ms of the death", soon);
  }
  test_crowd();
}
