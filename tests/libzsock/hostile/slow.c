/* zsockd takes its time to answer: calls wait for it and give what they should; data passes
 * meanwhile. */
#include "hostile.h"

enum { DELAY = 40 }; /* ms */

static void test_every_request(void) {
  static const struct {
    const char* call;
    enum kind kind;
    int result;
  } expected[] = {{"zsock_socket", STREAM, 0},        {"zsock_bind", STREAM, 0},
                  {"zsock_listen", STREAM, 0},        {"zsock_shutdown", CONNECTED, 0},
                  {"zsock_getsockname", DATAGRAM, 0}, {"zsock_getpeername", DATAGRAM, 0},
                  {"zsock_setsockopt", STREAM, 0},    {"zsock_getsockopt", STREAM, 0},
                  {"zsock_connect", DATAGRAM, 0},     {"zsock_close", CONNECTED, 0}};

  for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
    int sock = make(expected[i].kind);

    fake_be_slow(DELAY);
    row("slow zsockd", expected[i].call, call_of(expected[i].call)->go(sock), expected[i].result);
    fake_be_slow(0);
    zsock_close(sock);
  }
}

/* One thread waits for an answer; what needs none goes on. */
static void test_data_meanwhile(void) {
  static struct started started;
  int sock = make(CONNECTED);
  int other = make(STREAM);
  unsigned before;

  row("slow zsockd", "zsock_send", call_of("zsock_send")->go(sock), 8); /* the rings are mapped */
  fake_deliver(sock, "0123456789abcdef");
  row("slow zsockd", "zsock_recv", call_of("zsock_recv")->go(sock), 8);
  before = fake_requests();
  fake_be_slow(1000);
  start(&started, "zsock_bind", other);
  while (fake_requests() == before) {
    k_msleep(1); /* until zsockd has it in hand */
  }
  row("slow zsockd", "zsock_recv", call_of("zsock_recv")->go(sock), 8);
  row("slow zsockd", "zsock_send", call_of("zsock_send")->go(sock), 8);
  row("slow zsockd", "zsock_poll", call_of("zsock_poll")->go(sock), 0);
  row("slow zsockd", "zsock_ioctl", call_of("zsock_ioctl")->go(sock), 0);
  check("slow zsockd", "the data did not wait for the answer", !has_ended(&started));
  fake_be_slow(0);
  join(&started);
  row("slow zsockd", "zsock_bind", started.result, 0);
  zsock_close(sock);
  zsock_close(other);
}

void test_slow(void) {
  fake_start();
  test_every_request();
  test_data_meanwhile();
  fake_stop();
}
