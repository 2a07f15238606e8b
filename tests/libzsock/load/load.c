/// \file
/// Many threads of one process on the native calls, against a living zsockd: what ThreadSanitizer
/// looks at. Echo servers and their clients, every connection used by two threads at once, some of
/// its descriptors copies; beside them threads that ask, watch, interrupt and close.
///   load SECONDS     prints what was carried; 1 when an octet was wrong or a call failed
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <zsock/zsock.h>

enum { kAcceptors = 3, kClients = 6, kPort = 7000, kAtOnce = 4096, kPerConnection = 200000 };

static volatile int over;
static int failures;
static long octets;
static long connections;
static long datagrams;

#define CHECK(condition)                                                                \
  do {                                                                                  \
    if (!(condition) && __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED) < 20) {      \
      fprintf(stderr, "%s:%d: %s (errno %d)\n", __func__, __LINE__, #condition, errno); \
    }                                                                                   \
  } while (0)

static int is_over(void) {
  return __atomic_load_n(&over, __ATOMIC_RELAXED);
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return name;
}

static char octet_at(unsigned stream, size_t position) {
  return (char)(stream * 31 + position * 7 + (position >> 11));
}

// ---- servers ----

static void* echo(void* argument) {
  int fd = (int)(intptr_t)argument;
  char piece[kAtOnce];
  ssize_t got = 0;
  while ((got = zs_recv(fd, piece, sizeof(piece), 0)) > 0) {
    if (zs_send(fd, piece, (size_t)got, MSG_NOSIGNAL) != got) break;
  }
  zs_close(fd);
  return NULL;
}

/// All of them take connections from one listener.
static void* acceptor(void* argument) {
  int listener = (int)(intptr_t)argument;
  for (;;) {
    int fd = zs_accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) break;
    pthread_t thread;
    if (pthread_create(&thread, NULL, echo, (void*)(intptr_t)fd) != 0) abort();
    pthread_detach(thread);
  }
  return NULL;
}

// ---- clients ----

struct stream {
  int fd;
  unsigned number;
};

static void* sender(void* argument) {
  struct stream* stream = argument;
  char piece[kAtOnce];
  size_t sent = 0;
  while (sent < kPerConnection) {
    size_t size = 1 + (sent * 13 + stream->number) % kAtOnce;
    if (size > kPerConnection - sent) size = kPerConnection - sent;
    for (size_t i = 0; i < size; ++i) piece[i] = octet_at(stream->number, sent + i);
    ssize_t done = zs_send(stream->fd, piece, size, MSG_NOSIGNAL);
    CHECK(done == (ssize_t)size);
    if (done <= 0) break;
    sent += (size_t)done;
  }
  CHECK(zs_shutdown(stream->fd, SHUT_WR) == 0);
  return NULL;
}

/// A third thread: what others ask while octets flow.
static void* onlooker(void* argument) {
  const struct stream* stream = argument;
  for (int i = 0; i < 20 && !is_over(); ++i) {
    struct tcp_info info;
    socklen_t length = sizeof(info);
    CHECK(zs_getsockopt(stream->fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0);
    int unread = 0;
    CHECK(zs_ioctl(stream->fd, FIONREAD, &unread) == 0 && unread >= 0);
    struct pollfd entry = {.fd = stream->fd, .events = POLLIN | POLLOUT};
    CHECK(zs_poll(&entry, 1, 1) >= 0);
    int on = i & 1;
    CHECK(zs_setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0);
    int copy = zs_fcntl(stream->fd, F_DUPFD_CLOEXEC, 0);
    CHECK(copy >= 0 && zs_close(copy) == 0);
  }
  return NULL;
}

static void converse(unsigned number) {
  struct sockaddr_in name = loopback(kPort);
  struct stream stream = {.fd = zs_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                          .number = number};
  CHECK(stream.fd >= 0);
  CHECK(zs_connect(stream.fd, (struct sockaddr*)&name, sizeof(name)) == 0);
  struct stream copy = stream;
  if (number % 2 == 0) copy.fd = zs_fcntl(stream.fd, F_DUPFD_CLOEXEC, 0);
  pthread_t threads[2];
  if (pthread_create(&threads[0], NULL, sender, &copy) != 0) abort();
  if (pthread_create(&threads[1], NULL, onlooker, &stream) != 0) abort();
  size_t total = 0;
  char piece[kAtOnce];
  for (;;) {
    ssize_t got = zs_recv(stream.fd, piece, sizeof(piece), 0);
    CHECK(got >= 0);
    if (got <= 0) break;
    for (size_t i = 0; i < (size_t)got; ++i) {
      if (piece[i] != octet_at(number, total + i)) {
        CHECK(!"the octet that was sent");
        break;
      }
    }
    total += (size_t)got;
  }
  CHECK(total == kPerConnection);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  if (copy.fd != stream.fd) CHECK(zs_close(copy.fd) == 0);
  CHECK(zs_close(stream.fd) == 0);
  __atomic_add_fetch(&octets, (long)total, __ATOMIC_RELAXED);
  __atomic_add_fetch(&connections, 1, __ATOMIC_RELAXED);
}

static void* client(void* argument) {
  for (unsigned number = (unsigned)(uintptr_t)argument; !is_over(); number += kClients)
    converse(number);
  return NULL;
}

// ---- beside them ----

/// Two threads send and receive on one datagram socket that is connected to itself.
static void* datagram_sender(void* argument) {
  int fd = (int)(intptr_t)argument;
  char text[64] = "datagram";
  for (long sent = 0; !is_over(); ++sent) {
    // A ring's worth on its way: what does not fit is lost, and the others want to run as well.
    while (sent - __atomic_load_n(&datagrams, __ATOMIC_RELAXED) > 64 && !is_over()) sched_yield();
    CHECK(zs_send(fd, text, sizeof(text), 0) == (ssize_t)sizeof(text));
  }
  zs_shutdown(fd, SHUT_RDWR);
  return NULL;
}

static void* datagram_receiver(void* argument) {
  int fd = (int)(intptr_t)argument;
  char text[128];
  for (;;) {
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    if (zs_poll(&entry, 1, 100) == 0 && is_over()) return NULL;
    ssize_t got = zs_recv(fd, text, sizeof(text), MSG_DONTWAIT);
    if (got == 0) return NULL;
    if (got < 0) continue;
    CHECK(got == 64 && strcmp(text, "datagram") == 0);
    __atomic_add_fetch(&datagrams, 1, __ATOMIC_RELAXED);
  }
}

static void* waits_for_nothing(void* argument) {
  char octet = 0;
  CHECK(zs_recv((int)(intptr_t)argument, &octet, 1, 0) == 0);
  return NULL;
}

/// One thread waits on a connection that another one shuts down.
static void* interrupter(void* unused) {
  while (!is_over()) {
    struct sockaddr_in name = loopback(kPort);
    int fd = zs_socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0 && zs_connect(fd, (struct sockaddr*)&name, sizeof(name)) == 0);
    pthread_t thread;
    if (pthread_create(&thread, NULL, waits_for_nothing, (void*)(intptr_t)fd) != 0) abort();
    CHECK(zs_shutdown(fd, SHUT_RDWR) == 0);
    pthread_join(thread, NULL);
    CHECK(zs_close(fd) == 0);
  }
  return unused;
}

int main(int count, char** arguments) {
  struct timespec duration = {.tv_sec = count > 1 ? atoi(arguments[1]) : 2};
  struct sockaddr_in name = loopback(kPort);
  int listener = zs_socket(AF_INET, SOCK_STREAM, 0);
  CHECK(zs_bind(listener, (struct sockaddr*)&name, sizeof(name)) == 0 &&
        zs_listen(listener, 64) == 0);
  int datagram = zs_socket(AF_INET, SOCK_DGRAM, 0);
  CHECK(zs_bind(datagram, (struct sockaddr*)&name, sizeof(name)) == 0);
  CHECK(zs_connect(datagram, (struct sockaddr*)&name, sizeof(name)) == 0);
  if (failures != 0) return 1;
  pthread_t acceptors[kAcceptors];
  pthread_t others[kClients + 3];
  for (int i = 0; i < kAcceptors; ++i)
    pthread_create(&acceptors[i], NULL, acceptor, (void*)(intptr_t)listener);
  for (int i = 0; i < kClients; ++i) pthread_create(&others[i], NULL, client, (void*)(intptr_t)i);
  pthread_create(&others[kClients], NULL, datagram_sender, (void*)(intptr_t)datagram);
  pthread_create(&others[kClients + 1], NULL, datagram_receiver, (void*)(intptr_t)datagram);
  pthread_create(&others[kClients + 2], NULL, interrupter, NULL);
  nanosleep(&duration, NULL);
  __atomic_store_n(&over, 1, __ATOMIC_RELAXED);
  for (int i = 0; i < kClients + 3; ++i) pthread_join(others[i], NULL);
  // Whoever waits in accept() hears of the listener's end.
  CHECK(zs_shutdown(listener, SHUT_RDWR) == 0);
  for (int i = 0; i < kAcceptors; ++i) pthread_join(acceptors[i], NULL);
  CHECK(zs_close(listener) == 0 && zs_close(datagram) == 0);
  printf("%ld connections, %ld octets, %ld datagrams, %d wrong\n", connections, octets, datagrams,
         failures);
  return failures != 0 || connections == 0 || datagrams == 0;
}
