/*
 * What a call costs its caller: CPU time of the calling thread per call, median of rounds.
 *   calls ADDRESS [ROUNDS]      zsockd's own address; both ends are here
 * Prints nanoseconds: zsock_send and zsock_recv of 1 KiB where there is room and data, and the
 * kernel's send and recv of a TCP connection over the loopback; zsock_poll of 100 sockets and the
 * kernel's poll of 100 socket pairs, nothing ready.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Zephyr's calls, declared by hand: its headers do not stand beside the host's. */
int zsock_poll(struct pollfd* fds, int count, int timeout);
long zsock_sendto(int sock, const void* data, size_t size, int flags, const void* to, unsigned int);
long zsock_recvfrom(int sock, void* data, size_t size, int flags, void* from, unsigned int*);
#include <zsock/zsock.h>

enum { SOCKETS = 100, MOST_ROUNDS = 10000, SIZE = 1024, PORT = 7070 };
/* Calls between two looks at the clock: what the rings hold before they have grown, and the
 * kernel's buffers. */
enum { BATCH = 128, KERNEL_BATCH = 32 };

static char data[SIZE];
static int rounds = 31;

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
  qsort(values, (size_t)rounds, sizeof(*values), compare);
  return values[rounds / 2];
}

static void need(int condition, const char* what) {
  if (!condition) {
    perror(what);
    exit(1);
  }
}

/* --- Streams ------------------------------------------------------------------------------- */

struct stream {
  int from;
  int to;
  double sending[MOST_ROUNDS];
  double receiving[MOST_ROUNDS];
};

static struct stream ours;
static struct stream theirs;

/* A batch is sent, then, when all of it is there, received: neither call has to wait. */
static void our_round(int round) {
  double start = cpu_ns();
  int there = 0;

  for (int i = 0; i < BATCH; i++) {
    need(zsock_sendto(ours.from, data, SIZE, 0, NULL, 0) == SIZE, "send");
  }
  ours.sending[round] = (cpu_ns() - start) / BATCH;
  while (there < BATCH * SIZE) {
    sched_yield(); /* zsockd may need this CPU */
    need(zs_ioctl(ours.to, FIONREAD, &there) == 0, "FIONREAD");
  }
  start = cpu_ns();
  for (int i = 0; i < BATCH; i++) {
    need(zsock_recvfrom(ours.to, data, SIZE, 0, NULL, NULL) == SIZE, "recv");
  }
  ours.receiving[round] = (cpu_ns() - start) / BATCH;
}

static void their_round(int round) {
  double start = cpu_ns();
  int there = 0;

  for (int i = 0; i < KERNEL_BATCH; i++) {
    need(send(theirs.from, data, SIZE, 0) == SIZE, "send");
  }
  theirs.sending[round] = (cpu_ns() - start) / KERNEL_BATCH;
  while (there < KERNEL_BATCH * SIZE) {
    need(ioctl(theirs.to, FIONREAD, &there) == 0, "FIONREAD");
  }
  start = cpu_ns();
  for (int i = 0; i < KERNEL_BATCH; i++) {
    need(recv(theirs.to, data, SIZE, 0) == SIZE, "recv");
  }
  theirs.receiving[round] = (cpu_ns() - start) / KERNEL_BATCH;
}

static void connect_kernel(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof(address);
  int listener = socket(AF_INET, SOCK_STREAM, 0);

  need(bind(listener, (struct sockaddr*)&address, size) == 0 && listen(listener, 1) == 0, "listen");
  need(getsockname(listener, (struct sockaddr*)&address, &size) == 0, "getsockname");
  theirs.from = socket(AF_INET, SOCK_STREAM, 0);
  need(connect(theirs.from, (struct sockaddr*)&address, size) == 0, "connect");
  theirs.to = accept(listener, NULL, NULL);
  close(listener);
}

static void measure_streams(void) {
  /* Not in turns: a stream that rests while the kernel's is measured is not busy, and zsockd
   * asleep. */
  our_round(0);
  for (int round = 0; round < rounds; round++) {
    our_round(round);
  }
  their_round(0);
  for (int round = 0; round < rounds; round++) {
    their_round(round);
  }
  printf("send_1k_ns %.0f\nsend_1k_kernel_ns %.0f\n", median(ours.sending), median(theirs.sending));
  printf("recv_1k_ns %.0f\nrecv_1k_kernel_ns %.0f\n", median(ours.receiving),
         median(theirs.receiving));
}

/* --- poll ---------------------------------------------------------------------------------- */

static double polled[2][MOST_ROUNDS];

static double poll_round(struct pollfd* fds, int (*call)(struct pollfd*, int, int)) {
  double start = cpu_ns();

  for (int i = 0; i < BATCH; i++) {
    need(call(fds, SOCKETS, 0) == 0, "poll");
  }
  return (cpu_ns() - start) / BATCH;
}

static int kernel_poll(struct pollfd* fds, int count, int timeout) {
  return poll(fds, (nfds_t)count, timeout);
}

static void measure_poll(struct pollfd* sockets, struct pollfd* pairs) {
  double zsock;
  double kernel;

  for (int round = 0; round < rounds; round++) {
    polled[0][round] = poll_round(sockets, zsock_poll);
    polled[1][round] = poll_round(pairs, kernel_poll);
  }
  zsock = median(polled[0]);
  kernel = median(polled[1]);
  printf("poll_100_ns %.0f\npoll_100_kernel_ns %.0f\npoll_ratio %.2f\n", zsock, kernel,
         zsock / kernel);
}

int main(int argc, char* argv[]) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  struct pollfd sockets[SOCKETS];
  struct pollfd pairs[SOCKETS];
  int listener = zs_socket(AF_INET, SOCK_STREAM, 0);
  int on = 1;

  need(argc >= 2 && inet_pton(AF_INET, argv[1], &address.sin_addr) == 1, "calls ADDRESS [ROUNDS]");
  rounds = argc > 2 ? atoi(argv[2]) : rounds;
  need(rounds > 0 && rounds <= MOST_ROUNDS, "ROUNDS");
  zs_setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  need(zs_bind(listener, (struct sockaddr*)&address, sizeof(address)) == 0, "bind");
  need(zs_listen(listener, SOCKETS) == 0, "listen");
  for (int i = 0; i < SOCKETS; i++) {
    int ends[2];
    int sock = zs_socket(AF_INET, SOCK_STREAM, 0);

    need(zs_connect(sock, (struct sockaddr*)&address, sizeof(address)) == 0, "connect");
    sockets[i] = (struct pollfd){.fd = zs_accept4(listener, NULL, NULL, 0), .events = POLLIN};
    ours.from = i == 0 ? sock : ours.from;
    need(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
    pairs[i] = (struct pollfd){.fd = ends[0], .events = POLLIN};
  }
  ours.to = sockets[0].fd;
  /* Else a batch's end waits for an acknowledgment, which waits for more, and zsockd sleeps. The
   * kernel's stream is left as it is: with this, its calls cost three times as much. */
  zs_setsockopt(ours.from, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  connect_kernel();
  measure_streams();
  measure_poll(sockets, pairs);
  return 0;
}
