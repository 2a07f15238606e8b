/* Usage: matrix [scarce]. zsockd is at $ZSOCKD_SOCKET and has 192.0.2.1. */
#include "matrix.h"

int failures;
int rows;

void row(const char* file, int line, const char* call, long long is, long long should) {
  rows++;
  if (is == should) {
    return;
  }
  failures++;
  if (is <= -1000000) {
    fprintf(stderr, "%s:%d: %s: gives %lld, not the error %lld\n", file, line, call,
            -(is + 1000000), should);
  } else {
    fprintf(stderr, "%s:%d: %s: %lld, not %lld\n", file, line, call, is, should);
  }
}

struct sockaddr_in at4(const char* address, uint16_t port) {
  struct sockaddr_in made = {.sin_family = AF_INET, .sin_port = htons(port)};

  GIVES(inet_pton(AF_INET, address, &made.sin_addr), 1);
  return made;
}

struct sockaddr_in own4(uint16_t port) {
  return at4("192.0.2.1", port);
}

struct sockaddr_in6 at6(const char* address, uint16_t port) {
  struct sockaddr_in6 made = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

  GIVES(inet_pton(AF_INET6, address, &made.sin6_addr), 1);
  return made;
}

int open4(int type) {
  int sock = zsock_socket(AF_INET, type, 0);

  if (sock < 0) {
    perror("zsock_socket");
    exit(1);
  }
  return sock;
}

int bound4(int type, uint16_t port) {
  int sock = open4(type);
  struct sockaddr_in address = own4(port);
  int on = 1;

  zsock_setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  GIVES(zsock_bind(sock, ADDRESS(address)), 0);
  return sock;
}

int listening4(uint16_t port, int backlog) {
  int sock = bound4(TCP, port);

  GIVES(zsock_listen(sock, backlog), 0);
  return sock;
}

void nonblocking(int sock) {
  GIVES(zsock_fcntl(sock, F_SETFL, O_NONBLOCK), 0);
}

void limit(int sock, int option, int milliseconds) {
  struct timeval time = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};

  GIVES(zsock_setsockopt(sock, SOL_SOCKET, option, &time, sizeof(time)), 0);
}

void connected4(int* sv, uint16_t port) {
  int listener = listening4(port, 1);
  struct sockaddr_in address = own4(port);

  sv[0] = open4(TCP);
  GIVES(zsock_connect(sv[0], ADDRESS(address)), 0);
  sv[1] = zsock_accept(listener, NULL, NULL);
  GIVES(sv[1] >= 0, 1);
  GIVES(zsock_close(listener), 0);
}

void reset(int sock) {
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};

  GIVES(zsock_setsockopt(sock, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
  GIVES(zsock_close(sock), 0);
}

int main(int argc, char* argv[]) {
  if (argc > 1 && strcmp(argv[1], "scarce") == 0) {
    test_scarcity();
  } else {
    test_sockets();
    test_connect();
    test_transfer();
    test_waiting();
    test_options();
    test_groups();
    test_names();
  }
  printf("%d rows, %d wrong\n", rows, failures);
  return failures != 0;
}
