/* zsock_connect() and zsock_accept(). The program runs with a connect timeout of 300 ms. */
#include "matrix.h"

static void test_arguments(void) {
  struct sockaddr_in address = own4(7010);
  struct sockaddr_in6 other = at6("::1", 7010);
  struct sockaddr_in far = at4("198.51.100.1", 7010);
  int sock = open4(TCP);

  FAILS(zsock_connect(-1, ADDRESS(address)), EBADF);
  FAILS(zsock_connect(0, ADDRESS(address)), EBADF);
  FAILS(zsock_connect(sock, NULL, sizeof(address)), EINVAL);
  FAILS(zsock_connect(sock, (struct sockaddr*)&address, 7), EINVAL);
  FAILS(zsock_connect(sock, ADDRESS(other)), EAFNOSUPPORT);
  FAILS(zsock_connect(sock, ADDRESS(far)), ENETUNREACH); /* zsockd has no gateway */
  GIVES(zsock_close(sock), 0);
}

static void test_outcomes(void) {
  struct sockaddr_in nobody = own4(7011);
  struct sockaddr_in silent = at4("192.0.2.77", 7011);
  int64_t start;
  int sock = open4(TCP);

  FAILS(zsock_connect(sock, ADDRESS(nobody)), ECONNREFUSED);
  GIVES(zsock_close(sock), 0);

  sock = open4(TCP);
  start = k_uptime_get();
  FAILS(zsock_connect(sock, ADDRESS(silent)), ETIMEDOUT);
  GIVES(k_uptime_get() - start >= 300, 1);
  GIVES(zsock_close(sock), 0);

  sock = open4(TCP);
  nonblocking(sock);
  FAILS(zsock_connect(sock, ADDRESS(silent)), EINPROGRESS);
  FAILS(zsock_connect(sock, ADDRESS(silent)), EALREADY);
  GIVES(zsock_close(sock), 0);
}

/* A failed attempt wakes whoever waits, for reading alone, too; SO_ERROR tells once. */
static void test_failure_wakes(void) {
  struct sockaddr_in nobody = own4(7012);
  struct zsock_pollfd entry;
  int error = 0;
  socklen_t size = sizeof(error);
  int sock = open4(TCP);

  nonblocking(sock);
  FAILS(zsock_connect(sock, ADDRESS(nobody)), EINPROGRESS);
  entry = (struct zsock_pollfd){.fd = sock, .events = ZSOCK_POLLIN};
  GIVES(zsock_poll(&entry, 1, 5000), 1);
  GIVES(entry.revents & ZSOCK_POLLERR, ZSOCK_POLLERR);
  GIVES(zsock_getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &size), 0);
  GIVES(error, ECONNREFUSED);
  GIVES(zsock_getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &size), 0);
  GIVES(error, 0);
  GIVES(zsock_close(sock), 0);
}

static void test_again(void) {
  int sv[2];
  struct sockaddr_in address = own4(7013);

  connected4(sv, 7013);
  GIVES(zsock_connect(sv[0], ADDRESS(address)), 0); /* not EISCONN */
  nonblocking(sv[0]);
  GIVES(zsock_connect(sv[0], ADDRESS(address)), 0);
  GIVES(zsock_close(sv[0]) | zsock_close(sv[1]), 0);
  sv[0] = listening4(7016, 1);
  FAILS(zsock_connect(sv[0], ADDRESS(address)), EOPNOTSUPP); /* a listener is not connected */
  GIVES(zsock_close(sv[0]), 0);
}

/* As many wait as the backlog says; the next is not answered until one is accepted. */
static void test_backlog(void) {
  struct sockaddr_in address = own4(7014);
  int listener = listening4(7014, 1);
  int clients[4];
  int timed_out = 0;

  for (int i = 0; i < 4; i++) {
    clients[i] = open4(TCP);
    if (zsock_connect(clients[i], ADDRESS(address)) != 0) {
      GIVES(errno, ETIMEDOUT);
      timed_out++;
    }
  }
  GIVES(timed_out >= 1, 1);
  GIVES(zsock_close(zsock_accept(listener, NULL, NULL)), 0);
  for (int i = 0; i < 4; i++) {
    GIVES(zsock_close(clients[i]), 0);
  }
  GIVES(zsock_close(listener), 0);
}

static void test_accept(void) {
  struct sockaddr_in address = own4(7015);
  struct sockaddr peer;
  socklen_t size = sizeof(peer);
  int plain = open4(TCP);
  int datagrams = open4(UDP);
  int listener = listening4(7015, 1);
  int client = open4(TCP);
  int accepted;

  FAILS(zsock_accept(-1, &peer, &size), EBADF);
  FAILS(zsock_accept(0, &peer, &size), EBADF);
  FAILS(zsock_accept(plain, &peer, &size), EINVAL); /* not listening */
  FAILS(zsock_accept(datagrams, &peer, &size), EOPNOTSUPP);
  FAILS(zsock_accept(listener, &peer, NULL), EINVAL);
  nonblocking(listener);
  FAILS(zsock_accept(listener, NULL, NULL), EAGAIN);
  GIVES(zsock_connect(client, ADDRESS(address)), 0);
  size = 4;
  accepted = zsock_accept(listener, &peer, &size);
  GIVES(accepted >= 0, 1);
  GIVES(size, sizeof(struct sockaddr_in));     /* the whole size; the address is cut */
  GIVES(zsock_fcntl(accepted, F_GETFL, 0), 0); /* it waits, whatever the listener does */
  GIVES(zsock_fcntl(listener, F_SETFL, 0), 0);
  limit(listener, SO_RCVTIMEO, 50);
  FAILS(zsock_accept(listener, NULL, NULL), EAGAIN);
  GIVES(zsock_close(accepted) | zsock_close(client) | zsock_close(plain), 0);
  GIVES(zsock_close(datagrams) | zsock_close(listener), 0);
}

void test_connect(void) {
  test_arguments();
  test_outcomes();
  test_failure_wakes();
  test_again();
  test_backlog();
  test_accept();
}
