/* Traffic for benchmarks and demonstrations: one server, several clients, built several times from
 * this source: `traffic` on the kernel's sockets, `traffic-zsock` (with -DUSE_ZSOCK) on libzsock's
 * native API, `traffic-lwip` (with -DUSE_LWIP, for clients of one stream) on lwIP's sockets.
 *
 *   traffic serve PORT [WORKERS]
 *       answers every connection as its first 16 octets ask, each of the workers one after the
 * other; counts datagrams that come to the same port traffic send ADDRESS PORT SECONDS SIZE
 * [STREAMS] streams to the server in writes of SIZE; each stream prints Gbit/s taken by the peer
 *   traffic fetch ADDRESS PORT SECONDS SIZE [STREAMS]
 *       streams from the server in reads of SIZE; each stream prints Gbit/s
 *   traffic both ADDRESS PORT SECONDS SIZE
 *       send and fetch at once, on a connection each
 *   traffic rr ADDRESS PORT SECONDS SIZE
 *       request/response of SIZE octets; prints transactions/s, p50, p99 and p99.9 in us
 *   traffic udp ADDRESS PORT SECONDS SIZE
 *       datagrams of SIZE octets as fast as they go; prints those that arrived per second, and sent
 *   traffic udpbulk ADDRESS PORT SECONDS SIZE
 *       the same, as many as go into 63,000 octets with each call (UDP_SEGMENT); prints Gbit/s that
 * arrived
 *   traffic connect ADDRESS PORT SECONDS 1 [STREAMS]
 *       connect, 1 octet each way, close; each stream prints connections/s
 *   traffic hold ADDRESS PORT COUNT
 *       opens COUNT connections, prints "holding", waits for standard input to end
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef USE_ZSOCK
#include <zsock/zsock.h>
#define SOCK(call) zs_##call
#elif defined USE_LWIP
#include <lwip/sockets.h>

#include "lwip_start.h"
#define SOCK(call) lwip_##call
#else
#define SOCK(call) call
#endif

enum { kMaxMessage = 1 << 20, kRequest = 16 };
static char buffer[kMaxMessage];

struct request {
  char mode; /* 's' sink, 'g' generate, 'r' respond, 'h' hold, 'u' tell octets of datagrams */
  char reserved[7];
  uint32_t size;
  uint32_t milliseconds;
};

static double now_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char* what) {
  perror(what);
  exit(1);
}

static socklen_t to_address(const char* text, uint16_t port, struct sockaddr_storage* out) {
  struct sockaddr_in* v4 = (struct sockaddr_in*)out;
  struct sockaddr_in6* v6 = (struct sockaddr_in6*)out;
  memset(out, 0, sizeof *out);
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    return sizeof *v4;
  }
  if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1) die(text);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  return sizeof *v6;
}

static void tune(int fd) {
  int on = 1;
  SOCK(setsockopt)(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#if !defined USE_ZSOCK && !defined USE_LWIP
  /* The machine's default may be one that paces; the comparison is with CUBIC. */
  setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
#endif
}

static int send_all(int fd, const char* data, size_t size) {
  while (size > 0) {
    ssize_t sent = SOCK(send)(fd, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return -1;
    data += sent;
    size -= (size_t)sent;
  }
  return 0;
}

static int receive_all(int fd, char* data, size_t size) {
  while (size > 0) {
    ssize_t got = SOCK(recv)(fd, data, size, 0);
    if (got <= 0) return -1;
    data += got;
    size -= (size_t)got;
  }
  return 0;
}

static int dial(const char* address, uint16_t port) {
  struct sockaddr_storage remote;
  socklen_t length = to_address(address, port, &remote);
  int fd = SOCK(socket)(remote.ss_family, SOCK_STREAM, 0);
  if (fd < 0) die("socket");
  tune(fd);
  if (SOCK(connect)(fd, (struct sockaddr*)&remote, length) != 0) die("connect");
  return fd;
}

/* Ends a connection at once: what is still under way is no longer wanted. */
static void hang_up(int fd) {
  struct linger none = {.l_onoff = 1, .l_linger = 0};
  SOCK(setsockopt)(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  SOCK(close)(fd);
}

static void ask(int fd, char mode, uint32_t size, uint32_t milliseconds) {
  struct request request = {.mode = mode, .size = size, .milliseconds = milliseconds};
  if (send_all(fd, (const char*)&request, sizeof request) != 0) die("request");
}

/* --- Server ----------------------------------------------------------------------------------- */

static volatile uint64_t* octets_of_datagrams; /* shared by the server's processes */

static void answer(int fd) {
  struct request request;
  if (receive_all(fd, (char*)&request, sizeof request) != 0) return;
  size_t size = request.size == 0 || request.size > kMaxMessage ? kMaxMessage : request.size;
  uint64_t count = 0;
  ssize_t got;
  const struct timeval patience = {.tv_sec = 10};
  double end = now_seconds() + request.milliseconds / 1e3;
  switch (request.mode) {
    case 's':
      while ((got = SOCK(recv)(fd, buffer, kMaxMessage, 0)) > 0 && now_seconds() < end) {
        count += (uint64_t)got;
      }
      send_all(fd, (const char*)&count, sizeof count);
      /* Until the client ends it; where that is lost, not for ever. */
      SOCK(setsockopt)(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      while (got > 0) got = SOCK(recv)(fd, buffer, kMaxMessage, 0);
      break;
    case 'g':
      while (now_seconds() < end && send_all(fd, buffer, size) == 0) count += size;
      break;
    case 'r':
      while (receive_all(fd, buffer, size) == 0 && send_all(fd, buffer, size) == 0) count++;
      break;
    case 'u':
      count = *octets_of_datagrams;
      send_all(fd, (const char*)&count, sizeof count);
      break;
    default:
      break;
  }
}

static _Noreturn void count_datagrams(const struct sockaddr_storage* local, socklen_t length) {
  int size = 4 << 20;
  int fd = SOCK(socket)(AF_INET6, SOCK_DGRAM, 0);
  if (fd < 0) die("socket");
  SOCK(setsockopt)(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (SOCK(bind)(fd, (const struct sockaddr*)local, length) != 0) die("bind");
#if !defined USE_ZSOCK && !defined USE_LWIP
  int on = 1; /* several that came as one frame are received as one */
  setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
#endif
  ssize_t got;
  while ((got = SOCK(recv)(fd, buffer, kMaxMessage, 0)) >= 0) *octets_of_datagrams += (uint64_t)got;
  die("recv");
  exit(1);
}

static _Noreturn void serve(uint16_t port, int workers) {
  struct sockaddr_storage local;
  socklen_t length = to_address("::", port, &local);
  int on = 1;
  int listener = SOCK(socket)(AF_INET6, SOCK_STREAM, 0);
  if (listener < 0) die("socket");
  SOCK(setsockopt)(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  tune(listener);
  if (SOCK(bind)(listener, (struct sockaddr*)&local, length) != 0) die("bind");
  if (SOCK(listen)(listener, 1024) != 0) die("listen");
  octets_of_datagrams = mmap(NULL, sizeof *octets_of_datagrams, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (octets_of_datagrams == MAP_FAILED) die("mmap");
  signal(SIGCHLD, SIG_IGN);
  puts("serving");
  fflush(stdout);
  if (fork() == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    count_datagrams(&local, length);
  }
  for (int i = 1; i < workers; i++) {
    if (fork() != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    break;
  }
  static int held[131072];
  size_t count = 0;
  for (;;) {
#ifdef USE_ZSOCK
    int fd = zs_accept4(listener, NULL, NULL, 0);
#else
    int fd = SOCK(accept)(listener, NULL, NULL);
#endif
    if (fd < 0) die("accept");
    tune(fd);
    char mode = 0;
    if (SOCK(recv)(fd, &mode, 1, MSG_PEEK) == 1 && mode == 'h' &&
        count < sizeof held / sizeof *held) {
      held[count++] = fd;
      continue;
    }
    answer(fd);
    SOCK(close)(fd);
  }
}

/* --- Clients ---------------------------------------------------------------------------------- */

static int stream_out(const char* address, uint16_t port, double seconds, size_t size) {
  int fd = dial(address, port);
  ask(fd, 's', 0, (uint32_t)(seconds * 1e3));
  double start = now_seconds();
  while (now_seconds() - start < seconds) {
    if (send_all(fd, buffer, size) != 0) die("send");
  }
  SOCK(shutdown)(fd, SHUT_WR);
  uint64_t taken = 0;
  if (receive_all(fd, (char*)&taken, sizeof taken) != 0) die("count");
  hang_up(fd);
  printf("%.6f\n", (double)taken * 8 / seconds / 1e9);
  return 0;
}

static int stream_in(const char* address, uint16_t port, double seconds, size_t size) {
  int fd = dial(address, port);
  double start = now_seconds();
  ask(fd, 'g', kMaxMessage / 8, (uint32_t)(seconds * 1e3));
  uint64_t count = 0;
  ssize_t got;
  while ((got = SOCK(recv)(fd, buffer, size, 0)) > 0) {
    if (now_seconds() - start >= seconds) break;
    count += (uint64_t)got;
  }
  if (got < 0) die("recv");
  hang_up(fd);
  printf("%.6f\n", (double)count * 8 / seconds / 1e9);
  return 0;
}

static int compare(const void* a, const void* b) {
  float x = *(const float*)a, y = *(const float*)b;
  return (x > y) - (x < y);
}

static int request_response(const char* address, uint16_t port, double seconds, size_t size) {
  enum { kSamples = 1 << 22 };
  float* samples = malloc(sizeof *samples * kSamples);
  if (samples == NULL) die("malloc");
  int fd = dial(address, port);
  ask(fd, 'r', (uint32_t)size, 0);
  double start = now_seconds(), before = start;
  size_t count = 0;
  while (before - start < seconds && count < kSamples) {
    if (send_all(fd, buffer, size) != 0 || receive_all(fd, buffer, size) != 0) die("rr");
    double after = now_seconds();
    samples[count++] = (float)((after - before) * 1e6);
    before = after;
  }
  qsort(samples, count, sizeof *samples, compare);
  printf("%.0f %.1f %.1f %.1f\n", (double)count / (before - start), (double)samples[count / 2],
         (double)samples[count * 99 / 100], (double)samples[count * 999 / 1000]);
  free(samples);
  return 0;
}

static int connections(const char* address, uint16_t port, double seconds) {
  double start = now_seconds();
  size_t count = 0;
  while (now_seconds() - start < seconds) {
    int fd = dial(address, port);
    ask(fd, 'r', 1, 0);
    if (send_all(fd, buffer, 1) != 0 || receive_all(fd, buffer, 1) != 0) die("exchange");
    SOCK(close)(fd);
    count++;
  }
  printf("%.0f\n", (double)count / (now_seconds() - start));
  return 0;
}

static uint64_t octets_arrived(const char* address, uint16_t port) {
  uint64_t count = 0;
  int fd = dial(address, port);
  ask(fd, 'u', 0, 0);
  if (receive_all(fd, (char*)&count, sizeof count) != 0) die("count");
  SOCK(close)(fd);
  return count;
}

static int datagrams_out(const char* address, uint16_t port, double seconds, size_t size,
                         int in_bulk) {
  enum { kBulk = 63000 };
  struct sockaddr_storage remote;
  socklen_t length = to_address(address, port, &remote);
  int fd = SOCK(socket)(remote.ss_family, SOCK_DGRAM, 0), segment = (int)size;
  if (fd < 0 || SOCK(connect)(fd, (struct sockaddr*)&remote, length) != 0) die("connect");
  size_t each = 1;
  if (in_bulk) {
    if (SOCK(setsockopt)(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0) {
      die("UDP_SEGMENT");
    }
    each = kBulk / size;
  }
  uint64_t before = octets_arrived(address, port), sent = 0;
  double start = now_seconds(), now = start;
  for (; now - start < seconds; now = now_seconds()) {
    for (int i = 0; i < 16; i++) {
      if (SOCK(send)(fd, buffer, each * size, 0) >= 0) sent += each;
    }
  }
  usleep(100000);
  double arrived = (double)(octets_arrived(address, port) - before) / (now - start);
  if (in_bulk) {
    printf("%.6f\n", arrived * 8 / 1e9);
  } else {
    printf("%.0f %.0f\n", arrived / (double)size, (double)sent / (now - start));
  }
  return 0;
}

/* The server never closes them: ended by halves they would keep their ports from who comes next. */
static int hold(const char* address, uint16_t port, size_t count) {
  int* fds = calloc(count, sizeof *fds);
  if (fds == NULL) die("calloc");
  for (size_t i = 0; i < count; i++) ask(fds[i] = dial(address, port), 'h', 0, 0);
  puts("holding");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  for (size_t i = 0; i < count; i++) hang_up(fds[i]);
  free(fds);
  return 0;
}

static void wait_for_children(void) {
  while (wait(NULL) > 0) {
  }
}

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  const char* mode = argc > 1 ? argv[1] : "";
  if (argc >= 3 && strcmp(mode, "serve") == 0) {
    serve((uint16_t)atoi(argv[2]), argc > 3 ? atoi(argv[3]) : 1);
  }
  if (argc < 5) {
    fprintf(stderr,
            "usage: %s serve PORT [WORKERS] | send|fetch|both|rr|udp|udpbulk|connect ADDRESS PORT "
            "SECONDS SIZE [STREAMS] | hold ADDRESS PORT COUNT\n",
            argv[0]);
    return 2;
  }
#ifdef USE_LWIP
  start_lwip();
#endif
  uint16_t port = (uint16_t)atoi(argv[3]);
  double seconds = atof(argv[4]);
  size_t size = argc > 5 ? (size_t)atol(argv[5]) : kMaxMessage / 8;
  if (size == 0 || size > kMaxMessage) size = kMaxMessage;
  /* Each stream is a process. */
  for (int left = argc > 6 ? atoi(argv[6]) : 1; left > 1; left--) {
    if (fork() == 0) break;
    if (left == 2) atexit(wait_for_children);
  }
  if (strcmp(mode, "both") == 0) {
    mode = fork() == 0 ? "send" : "fetch";
    if (mode[0] == 'f') atexit(wait_for_children);
  }
  if (strcmp(mode, "send") == 0) return stream_out(argv[2], port, seconds, size);
  if (strcmp(mode, "fetch") == 0) return stream_in(argv[2], port, seconds, size);
  if (strcmp(mode, "rr") == 0) return request_response(argv[2], port, seconds, size);
  if (strcmp(mode, "udp") == 0) return datagrams_out(argv[2], port, seconds, size, 0);
  if (strcmp(mode, "udpbulk") == 0) return datagrams_out(argv[2], port, seconds, size, 1);
  if (strcmp(mode, "connect") == 0) return connections(argv[2], port, seconds);
  if (strcmp(mode, "hold") == 0) return hold(argv[2], port, (size_t)seconds);
  return 2;
}
