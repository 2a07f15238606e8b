/* Lies in the memory that zsockd shares: whatever stands there, every call returns, reads and
 * writes nothing that is not the ring's (the sanitizers watch), and other sockets are not touched.
 */
#include "hostile.h"

static bool returns_at_once(const struct call* call) {
  return strcmp(call->name, "zsock_poll, for ever") != 0 &&
         strcmp(call->name, "zsock_select") != 0 &&
         strcmp(call->name, "zsock_getaddrinfo") != 0; /* no socket's */
}

static bool plausible(int result) {
  return result >= -11 ||
         (result < 0 && result > -134); /* a count, an EAI_ number, or an errno of the host's */
}

static void test_lie(const struct call* call, enum kind kind, enum fake_lie lie) {
  char where[96];
  int sock = make(kind);
  int result;

  nonblocking(sock, true);
  fake_tell_lie(sock, lie);
  result = call->go(sock);
  snprintf(where, sizeof(where), "%s: %d on %s with a lie", call->name, result, kind_name(kind));
  check(where, fake_lie_name(lie), plausible(result));
  zsock_close(sock);
}

static bool applies(enum kind kind, enum fake_lie lie) {
  if (lie == FAKE_ACCEPT_SLOT || lie == FAKE_ACCEPT_SHORT) {
    return kind == LISTENER;
  }
  if (lie == FAKE_HEADER) {
    return kind == DATAGRAM;
  }
  return kind != STREAM || lie != FAKE_RECEIVE_TAIL;
}

/* A socket beside the liars goes on. */
static void test_neighbour(int neighbour) {
  row("beside lies", "zsock_send", call_of("zsock_send")->go(neighbour), 8);
  row("beside lies", "fake_collect", fake_collect(neighbour), 8);
  fake_deliver(neighbour, "true");
  row("beside lies", "zsock_recv", call_of("zsock_recv")->go(neighbour), 4);
}

void test_memory(void) {
  for (int lie = 0; lie < FAKE_LIES; lie++) {
    int neighbour;

    fake_start();
    neighbour = make(CONNECTED);
    for (int kind = 0; kind < KINDS; kind++) {
      for (size_t i = 0; applies(kind, lie) && i < call_count; i++) {
        if (returns_at_once(&calls[i])) {
          test_lie(&calls[i], kind, lie);
        }
      }
    }
    test_neighbour(neighbour);
    zsock_close(neighbour);
    fake_stop();
  }
}
