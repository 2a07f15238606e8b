/*
 * What a call costs its caller: CPU time of the calling thread per call, median of rounds.
 *   calls ADDRESS      zsockd's own address; both ends are here
 * Prints nanoseconds: zsock_send and zsock_recv of 1 KiB where there is room and data, zsock_poll
 * of 100 sockets and the kernel's poll of 100 socket pairs, nothing ready.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Zephyr's calls, declared by hand: its headers do not stand beside the host's. */
int zsock_poll(struct pollfd* fds, int count, int timeout);
long zsock_sendto(int sock, const void* data, size_t size, int flags, const void* to, unsigned int);
long zsock_recvfrom(int sock, void* data, size_t size, int flags, void* from, unsigned int*);
#include <zsock/zsock.h>

enum { SOCKETS = 100, ROUNDS = 31, BATCH = 256, SIZE = 1024, PORT = 7070 };

static char data[SIZE];

static double cpu_ns(void) {
  struct timespec now;

  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int compare(const void* a, const void* b) {
  const double x = *(const double*)a;
  const double y = *(const double*)b;

  return (x > y) - (x < y);
}

static double median(double* values) {
  qsort(values, ROUNDS, sizeof(*values), compare);
  return values[ROUNDS / 2];
}

static void need(int condition, const char* what) {
  if (!condition) {
    perror(what);
    exit(1);
  }
}

/* A batch is sent, then, when all of it is there, received: neither call has to wait. */
static void measure_stream(int from, int to) {
  double sending[ROUNDS];
  double receiving[ROUNDS];

  for (int round = 0; round < ROUNDS; round++) {
    double start = cpu_ns();
    int there = 0;

    for (int i = 0; i < BATCH; i++) {
      need(zsock_sendto(from, data, SIZE, 0, NULL, 0) == SIZE, "send");
    }
    sending[round] = (cpu_ns() - start) / BATCH;
    while (there < BATCH * SIZE) {
      need(zs_ioctl(to, 0x541B, &there) == 0, "FIONREAD");
    }
    start = cpu_ns();
    for (int i = 0; i < BATCH; i++) {
      need(zsock_recvfrom(to, data, SIZE, 0, NULL, NULL) == SIZE, "recv");
    }
    receiving[round] = (cpu_ns() - start) / BATCH;
  }
  printf("send_1k_ns %.0f\nrecv_1k_ns %.0f\n", median(sending), median(receiving));
}

static double measure_poll(struct pollfd* fds, int (*call)(struct pollfd*, int, int)) {
  double values[ROUNDS];

  for (int round = 0; round < ROUNDS; round++) {
    double start = cpu_ns();

    for (int i = 0; i < BATCH; i++) {
      need(call(fds, SOCKETS, 0) == 0, "poll");
    }
    values[round] = (cpu_ns() - start) / BATCH;
  }
  return median(values);
}

static int kernel_poll(struct pollfd* fds, int count, int timeout) {
  return poll(fds, (nfds_t)count, timeout);
}

int main(int argc, char* argv[]) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  struct pollfd ours[SOCKETS];
  struct pollfd theirs[SOCKETS];
  int listener = zs_socket(AF_INET, SOCK_STREAM, 0);
  int first = -1;
  int on = 1;
  double kernel;
  double zsock;

  need(argc == 2 && inet_pton(AF_INET, argv[1], &address.sin_addr) == 1, "calls ADDRESS");
  zs_setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  need(zs_bind(listener, (struct sockaddr*)&address, sizeof(address)) == 0, "bind");
  need(zs_listen(listener, SOCKETS) == 0, "listen");
  for (int i = 0; i < SOCKETS; i++) {
    int ends[2];
    int sock = zs_socket(AF_INET, SOCK_STREAM, 0);

    need(zs_connect(sock, (struct sockaddr*)&address, sizeof(address)) == 0, "connect");
    ours[i] = (struct pollfd){.fd = zs_accept4(listener, NULL, NULL, 0), .events = POLLIN};
    first = i == 0 ? sock : first;
    need(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
    theirs[i] = (struct pollfd){.fd = ends[0], .events = POLLIN};
  }
  measure_stream(first, ours[0].fd);
  kernel = measure_poll(theirs, kernel_poll);
  zsock = measure_poll(ours, zsock_poll);
  printf("poll_100_ns %.0f\npoll_100_kernel_ns %.0f\npoll_ratio %.2f\n", zsock, kernel,
         zsock / kernel);
  return 0;
}
