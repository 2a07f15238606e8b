/* Usage: hostile [dead|death|restart|slow|replies|memory]... */
#include "hostile.h"

int failures;
int rows;

void row(const char* where, const char* call, int is, int should) {
  rows++;
  if (is != should) {
    failures++;
    fprintf(stderr, "%s: %s: %d (%s), not %d (%s)\n", where, call, is,
            is < 0 ? strerror(-is) : "result", should, should < 0 ? strerror(-should) : "result");
  }
}

void check(const char* where, const char* what, bool is) {
  rows++;
  if (!is) {
    failures++;
    fprintf(stderr, "%s: not so: %s\n", where, what);
  }
}

const char* kind_name(enum kind kind) {
  static const char* const names[KINDS] = {"a fresh stream", "a connected stream", "a listener",
                                           "a datagram socket"};

  return names[kind];
}

void nonblocking(int sock, bool on) {
  row("preparation", "zsock_fcntl", zsock_fcntl(sock, F_SETFL, on ? O_NONBLOCK : 0), 0);
}

int make(enum kind kind) {
  int sock = zsock_socket(AF_INET, kind == DATAGRAM ? SOCK_DGRAM : SOCK_STREAM, 0);

  if (sock < 0) {
    perror("zsock_socket");
    exit(1);
  }
  if (kind == LISTENER) {
    row("preparation", "zsock_listen", call_of("zsock_listen")->go(sock), 0);
  } else if (kind == DATAGRAM) {
    row("preparation", "zsock_bind", call_of("zsock_bind")->go(sock), 0);
    row("preparation", "zsock_connect", call_of("zsock_connect")->go(sock), 0);
  } else if (kind == CONNECTED) {
    nonblocking(sock, true);
    row("preparation", "zsock_connect", call_of("zsock_connect")->go(sock), -EINPROGRESS);
    fake_establish(sock);
    row("preparation", "zsock_connect", call_of("zsock_connect")->go(sock), 0);
    nonblocking(sock, false);
  }
  return sock;
}

/* --- A call in a thread of its own --------------------------------------------------------- */

enum { THREADS = 24 };
static K_THREAD_STACK_ARRAY_DEFINE(stacks, THREADS, 2048);
static int next_stack;

static void run(void* p1, void* p2, void* p3) {
  struct started* started = p1;

  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  started->result = started->call->go(started->sock);
  started->ended = k_uptime_get();
}

void start(struct started* started, const char* name, int sock) {
  *started = (struct started){.call = call_of(name), .sock = sock};
  k_thread_create(&started->thread, stacks[next_stack++ % THREADS],
                  K_THREAD_STACK_SIZEOF(stacks[0]), run, started, NULL, NULL, 0, 0, K_NO_WAIT);
}

bool has_ended(struct started* started) {
  return k_thread_join(&started->thread, K_NO_WAIT) == 0;
}

void join(struct started* started) {
  if (k_thread_join(&started->thread, K_SECONDS(20)) != 0) {
    fprintf(stderr, "%s does not end\n", started->call->name);
    exit(1);
  }
}

int main(int argc, char* argv[]) {
  static const struct {
    const char* name;
    void (*test)(void);
  } tests[] = {{"dead", test_dead}, {"death", test_death},     {"restart", test_restart},
               {"slow", test_slow}, {"replies", test_replies}, {"memory", test_memory}};

  for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
    bool wanted = argc == 1;

    for (int a = 1; a < argc; a++) {
      wanted = wanted || strcmp(argv[a], tests[i].name) == 0;
    }
    if (wanted) {
      tests[i].test();
    }
  }
  printf("%d rows, %d wrong\n", rows, failures);
  return failures != 0;
}
