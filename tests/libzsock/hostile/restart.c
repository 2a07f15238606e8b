/* zsockd dies and comes back: old sockets stay dead, new ones work, beside them and in the same
 * process. */
#include "hostile.h"

static void work(enum kind kind, const char* where) {
  int sock = make(kind);

  if (kind == CONNECTED) {
    row(where, "zsock_send", call_of("zsock_send")->go(sock), 8);
    row(where, "fake_collect", fake_collect(sock), 8);
    fake_deliver(sock, "anew");
    row(where, "zsock_recv", call_of("zsock_recv")->go(sock), 4);
  } else if (kind == LISTENER) {
    fake_offer(sock);
    row(where, "zsock_accept", call_of("zsock_accept")->go(sock), 0);
  } else if (kind == DATAGRAM) {
    fake_deliver_datagram(sock, "anew");
    row(where, "zsock_recvfrom", call_of("zsock_recvfrom")->go(sock), 4);
    row(where, "zsock_send", call_of("zsock_send")->go(sock), 8);
  }
  row(where, "zsock_close", zsock_close(sock), 0);
}

static void test_old_and_new(bool noticed) {
  const char* where = noticed ? "restarted, and that was noticed" : "restarted unnoticed";
  int old[KINDS];

  fake_start();
  for (int kind = 0; kind < KINDS; kind++) {
    old[kind] = make(kind);
  }
  if (noticed) {
    fake_vanish();
    row(where, "zsock_socket", call_of("zsock_socket")->go(-1), -ENETDOWN);
  }
  fake_restart();
  for (int kind = 0; kind < KINDS; kind++) {
    work(kind, where);
  }
  row(where, "zsock_recv, connected", call_of("zsock_recv")->go(old[CONNECTED]), -ECONNRESET);
  row(where, "zsock_recv, connected", call_of("zsock_recv")->go(old[CONNECTED]), 0);
  row(where, "zsock_accept", call_of("zsock_accept")->go(old[LISTENER]), -ENETDOWN);
  row(where, "zsock_recv, datagram", call_of("zsock_recv")->go(old[DATAGRAM]), -ENETDOWN);
  row(where, "zsock_bind", call_of("zsock_bind")->go(old[STREAM]), -ENETDOWN);
  for (int kind = 0; kind < KINDS; kind++) {
    struct zsock_pollfd entry = {.fd = old[kind], .events = ZSOCK_POLLIN};

    row(where, "zsock_poll", zsock_poll(&entry, 1, 0), 1);
    row(where, kind_name(kind), entry.revents, ZSOCK_POLLIN | ZSOCK_POLLERR | ZSOCK_POLLHUP);
    work(kind, where); /* beside the dead ones */
    row(where, "zsock_close", zsock_close(old[kind]), 0);
  }
  fake_stop();
}

/* Again and again, with a connection each time. */
static void test_often(void) {
  fake_start();
  for (int i = 0; i < 20; i++) {
    int sock = make(CONNECTED);

    fake_restart();
    row("restarted often", "zsock_recv", call_of("zsock_recv")->go(sock), -ECONNRESET);
    zsock_close(sock);
    work(CONNECTED, "restarted often");
  }
  fake_stop();
}

void test_restart(void) {
  test_old_and_new(true);
  test_old_and_new(false);
  test_often();
}
