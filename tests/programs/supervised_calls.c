/// \file
/// Socket calls of a static program, each against what Linux does: run by itself it asks the
/// kernel, under zsock-run the supervisor. Prints what is wrong and exits 1.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

#define FAILS(call, number) CHECK((errno = 0, (call) == -1 && errno == (number)))

static int port_of(int fd) {
  struct sockaddr_in name = {0};
  socklen_t length = sizeof(name);
  CHECK(getsockname(fd, any(&name), &length) == 0 && length == sizeof(name) &&
        name.sin_family == AF_INET);
  return ntohs(name.sin_port);
}
/// Bound to a port of the stack's choice.
static int bound(int type) {
  int fd = socket(AF_INET, type, 0);
  struct sockaddr_in address = loopback(0);
  CHECK(fd >= 0 && bind(fd, any(&address), sizeof(address)) == 0);
  return fd;
}
static int listening(int type) {
  int fd = bound(type);
  CHECK(listen(fd, 64) == 0);
  return fd;
}
static int connected_to(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = loopback(port);
  CHECK(connect(fd, any(&address), sizeof(address)) == 0);
  return fd;
}
static int shown(int fd, short events, int limit) {
  struct pollfd entry = {.fd = fd, .events = events};
  return poll(&entry, 1, limit) > 0 ? entry.revents : 0;
}
static int option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof(value);
  CHECK(getsockopt(fd, level, name, &value, &length) == 0 && length == sizeof(value));
  return value;
}
static void set(int fd, int level, int name, int value) {
  CHECK(setsockopt(fd, level, name, &value, sizeof(value)) == 0);
}
static int reads(int fd, const char* text) {
  char data[200];
  size_t got = 0;
  while (got < strlen(text)) {
    ssize_t more = read(fd, data + got, sizeof(data) - got);
    if (more <= 0) return 0;
    got += (size_t)more;
  }
  return got == strlen(text) && memcmp(data, text, got) == 0;
}
static int writes(int fd, const char* text) {
  return write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

// ---- streams ----

static void stream_as_client_and_server(void) {
  int listener = listening(SOCK_STREAM | SOCK_CLOEXEC);
  CHECK((fcntl(listener, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(option(listener, SOL_SOCKET, SO_ACCEPTCONN) == 1);
  CHECK(shown(listener, POLLIN | POLLOUT, 0) == 0);
  int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK((fcntl(client, F_GETFL) & O_NONBLOCK) != 0 && fcntl(client, F_GETFD) == 0);
  CHECK(option(client, SOL_SOCKET, SO_TYPE) == SOCK_STREAM &&
        option(client, SOL_SOCKET, SO_DOMAIN) == AF_INET &&
        option(client, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP);
  struct sockaddr_in address = loopback(port_of(listener));
  struct sockaddr_in peer = {0};
  socklen_t length = sizeof(peer);
  FAILS(getpeername(client, any(&peer), &length), ENOTCONN);
  int begun = connect(client, any(&address), sizeof(address));
  CHECK(begun == 0 || errno == EINPROGRESS);
  CHECK((shown(client, POLLOUT, 5000) & POLLOUT) != 0 && option(client, SOL_SOCKET, SO_ERROR) == 0);
  CHECK(getpeername(client, any(&peer), &length) == 0 && peer.sin_port == address.sin_port);
  CHECK(shown(listener, POLLIN, 5000) == POLLIN);
  length = sizeof(peer);
  int server = accept4(listener, any(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  CHECK(server >= 0 && (fcntl(server, F_GETFD) & FD_CLOEXEC) != 0 &&
        (fcntl(server, F_GETFL) & O_NONBLOCK) != 0);
  CHECK(length == sizeof(peer) && ntohs(peer.sin_port) == port_of(client) &&
        port_of(server) == port_of(listener));
  char octet;
  FAILS(read(server, &octet, 1), EAGAIN);
  CHECK(writes(client, "hello") && shown(server, POLLIN, 5000) == POLLIN && reads(server, "hello"));
  // TCP ignores an address.
  CHECK(sendto(server, "to", 2, 0, any(&address), sizeof(address)) == 2);
  CHECK(shown(client, POLLIN, 5000) == POLLIN && reads(client, "to"));
  set(client, IPPROTO_TCP, TCP_NODELAY, 1);
  CHECK(option(client, IPPROTO_TCP, TCP_NODELAY) == 1);
  FAILS(setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &octet, 1), EINVAL);
  CHECK(shutdown(client, SHUT_WR) == 0 && shown(server, POLLIN, 5000) != 0 &&
        read(server, &octet, 1) == 0);
  CHECK(writes(server, "bye") && shown(client, POLLIN, 5000) != 0 && reads(client, "bye"));
  FAILS(send(client, "x", 1, MSG_NOSIGNAL), EPIPE);
  CHECK(close(server) == 0 && shown(client, POLLIN, 5000) != 0 && read(client, &octet, 1) == 0);
  close(client);
  close(listener);
}

static void unconnected_stream(void) {
  int listener = listening(SOCK_STREAM);
  struct sockaddr_in address = loopback(port_of(listener));
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  char octet = 'x';
  struct iovec piece = {.iov_base = &octet, .iov_len = 1};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  socklen_t length = sizeof(address);
  for (int i = 0; i < 2; ++i) {
    int which = i == 0 ? fd : listener;
    FAILS(sendto(which, "x", 1, MSG_NOSIGNAL, any(&address), sizeof(address)), EPIPE);
    FAILS(sendmsg(which, &message, MSG_NOSIGNAL), EPIPE);
    FAILS(recvmsg(which, &message, 0), ENOTCONN);
    struct sockaddr_in from;
    FAILS(recvfrom(which, &octet, 1, 0, any(&from), &length), ENOTCONN);
  }
  // Nothing of it is in the way of a connection.
  CHECK(connect(fd, any(&address), sizeof(address)) == 0);
  int server = accept(listener, NULL, NULL);
  CHECK(sendmsg(fd, &message, 0) == 1 && reads(server, "x"));
  CHECK(writes(server, "y") && recvmsg(fd, &message, 0) == 1 && octet == 'y');
  close(server);
  close(fd);
  close(listener);
}

static void refused_and_tried_again(void) {
  int reserved = bound(SOCK_STREAM);
  struct sockaddr_in address = loopback(port_of(reserved));
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  FAILS(connect(fd, any(&address), sizeof(address)), ECONNREFUSED);
  CHECK(listen(reserved, 1) == 0);
  CHECK(connect(fd, any(&address), sizeof(address)) == 0);
  FAILS(connect(fd, any(&address), sizeof(address)), EISCONN);
  close(fd);
  close(reserved);
  fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int begun = connect(fd, any(&address), sizeof(address));
  if (begun != 0 && errno == EINPROGRESS) {
    CHECK((shown(fd, POLLOUT, 5000) & POLLOUT) != 0);
    CHECK(option(fd, SOL_SOCKET, SO_ERROR) == ECONNREFUSED);
  }
  char octet;
  CHECK(read(fd, &octet, 1) <= 0);
  close(fd);
}

static void unanswered_attempt_times_out(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct timeval limit = {.tv_usec = 100000};
  CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0);
  int listener = listening(SOCK_STREAM);
  CHECK(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0);
  FAILS(accept(listener, NULL, NULL), EAGAIN);
  struct sockaddr_in nobody = loopback(9);
  nobody.sin_addr.s_addr = inet_addr("192.0.2.99");
  int begun = connect(fd, any(&nobody), sizeof(nobody));
  CHECK(begun == -1 && (errno == EINPROGRESS || errno == ENETUNREACH));
  if (errno == EINPROGRESS) {
    CHECK(shown(fd, POLLOUT, 0) == 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    FAILS(connect(fd, any(&nobody), sizeof(nobody)), EALREADY);
  }
  close(fd);
  close(listener);
}

static void much_both_ways(void) {
  enum { kOctets = 4000000 };
  int listener = listening(SOCK_STREAM);
  int port = port_of(listener);
  pid_t child = fork();
  if (child == 0) {
    int fd = connected_to(port);
    static char data[65536];
    for (ssize_t got; (got = read(fd, data, sizeof(data))) > 0;) {
      for (ssize_t sent = 0; sent < got;) sent += write(fd, data + sent, (size_t)(got - sent));
    }
    _exit(failures != 0);
  }
  int fd = accept(listener, NULL, NULL);
  CHECK(fd >= 0);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  size_t sent = 0;
  size_t got = 0;
  static unsigned char out[70000];
  static unsigned char in[70000];
  while (got < kOctets) {
    if (shown(fd, (short)(POLLIN | (sent < kOctets ? POLLOUT : 0)), 10000) == 0) break;
    size_t some = kOctets - sent < sizeof(out) ? kOctets - sent : sizeof(out);
    for (size_t i = 0; i < some; ++i) out[i] = (unsigned char)((sent + i) * 7 / 3);
    ssize_t moved = some != 0 ? write(fd, out, some) : 0;
    if (moved > 0) sent += (size_t)moved;
    if (sent == kOctets && moved > 0) CHECK(shutdown(fd, SHUT_WR) == 0);
    moved = read(fd, in, sizeof(in));
    if (moved == 0) break;
    for (ssize_t i = 0; i < moved; ++i, ++got) {
      if (in[i] != (unsigned char)(got * 7 / 3)) got = 2 * kOctets;
    }
  }
  CHECK(got == kOctets);
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  close(fd);
  close(listener);
}

// ---- processes, threads, descriptors ----

enum { kWorkers = 3, kThreads = 6, kRounds = 20 };

static void* make_connections(void* port) {
  for (int i = 0; i < kRounds; ++i) {
    int fd = connected_to(*(int*)port);
    CHECK(writes(fd, "ping") && reads(fd, "ping"));
    close(fd);
  }
  return NULL;
}

/// Processes that share a listener, threads that connect.
static void prefork(void) {
  int listener = listening(SOCK_STREAM);
  int port = port_of(listener);
  pid_t workers[kWorkers];
  for (int i = 0; i < kWorkers; ++i) {
    workers[i] = fork();
    if (workers[i] == 0) {
      for (;;) {
        char data[4];
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) _exit(1);
        if (read(fd, data, sizeof(data)) == 4 && write(fd, data, 4) != 4) _exit(1);
        close(fd);
      }
    }
  }
  pthread_t threads[kThreads];
  for (int i = 0; i < kThreads; ++i) pthread_create(&threads[i], NULL, make_connections, &port);
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  for (int i = 0; i < kWorkers; ++i) {
    int status = 0;
    CHECK(kill(workers[i], SIGTERM) == 0 && waitpid(workers[i], &status, 0) == workers[i] &&
          WIFSIGNALED(status));
  }
  // Killed while they waited: the listener is the last one's still.
  int fd = connected_to(port);
  int taken = accept(listener, NULL, NULL);
  CHECK(taken >= 0 && writes(fd, "on") && reads(taken, "on"));
  close(fd);
  close(taken);
  close(listener);
}

static void copies_and_new_programs(const char* self) {
  int listener = listening(SOCK_STREAM);
  int client = connected_to(port_of(listener));
  int server = accept(listener, NULL, NULL);
  int copy = dup(server);
  CHECK(close(server) == 0 && option(copy, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
  pid_t child = fork();
  if (child == 0) {
    dup2(copy, 0);
    dup2(copy, 1);
    close(copy);
    execl(self, self, "cat", NULL);
    _exit(1);
  }
  close(copy);
  CHECK(writes(client, "through another program") && reads(client, "through another program"));
  CHECK(shutdown(client, SHUT_WR) == 0);
  char octet;
  CHECK(read(client, &octet, 1) == 0);
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  close(client);
  close(listener);
}

/// What the program is told by exec.
static int cat(void) {
  struct sockaddr_in peer;
  socklen_t length = sizeof(peer);
  if (getpeername(0, any(&peer), &length) != 0 || peer.sin_family != AF_INET) return 1;
  char data[100];
  for (ssize_t got; (got = read(0, data, sizeof(data))) > 0;) {
    if (write(1, data, (size_t)got) != got) return 1;
  }
  return 0;
}

static void passed_to_another_process(void) {
  int pair[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  int listener = listening(SOCK_STREAM);
  int client = connected_to(port_of(listener));
  char octet = 'x';
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct iovec piece = {.iov_base = &octet, .iov_len = 1};
  struct msghdr message = {.msg_iov = &piece,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof(control)};
  pid_t child = fork();
  if (child == 0) {
    close(client);
    close(listener);
    if (recvmsg(pair[1], &message, 0) != 1) _exit(1);
    int fd;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
    _exit(port_of(fd) > 0 && writes(fd, "passed") && failures == 0 ? 0 : 1);
  }
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(&control.header), &client, sizeof(client));
  CHECK(sendmsg(pair[0], &message, 0) == 1);
  int server = accept(listener, NULL, NULL);
  CHECK(reads(server, "passed"));
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  close(server);
  close(client);
  close(listener);
  close(pair[0]);
  close(pair[1]);
}

static void no_number_left(void) {
  int listener = listening(SOCK_STREAM);
  int client = connected_to(port_of(listener));
  struct rlimit before;
  CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
  int lowest = dup(0);
  close(lowest);
  struct rlimit none = {.rlim_cur = (rlim_t)lowest, .rlim_max = before.rlim_max};
  CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
  FAILS(accept(listener, NULL, NULL), EMFILE);
  FAILS(socket(AF_INET, SOCK_STREAM, 0), EMFILE);
  FAILS(socket(AF_INET, SOCK_DGRAM, 0), EMFILE);
  CHECK(shown(listener, POLLIN, 0) == POLLIN);
  CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
  int server = accept(listener, NULL, NULL);
  CHECK(server == lowest && writes(client, "late") && reads(server, "late"));
  close(server);
  close(client);
  close(listener);
}

// ---- signals ----

static volatile sig_atomic_t alarms;
static int to_connect;
static void on_alarm(int number) {
  (void)number;
  ++alarms;
}
static void* connect_after_alarm(void* port) {
  while (alarms == 0) usleep(1000);
  to_connect = connected_to(*(int*)port);
  return NULL;
}
static void alarm_soon(int flags) {
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
  struct itimerval soon = {.it_value = {.tv_usec = 50000}};
  alarms = 0;
  CHECK(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &soon, NULL) == 0);
}

static void interrupted(void) {
  int listener = listening(SOCK_STREAM);
  int port = port_of(listener);
  alarm_soon(0);
  FAILS(accept(listener, NULL, NULL), EINTR);
  int datagrams = bound(SOCK_DGRAM);
  char octet;
  struct sockaddr_in from;
  socklen_t length = sizeof(from);
  alarm_soon(0);
  FAILS(recvfrom(datagrams, &octet, 1, 0, any(&from), &length), EINTR);
  // A handler that asks for it: the call goes on.
  alarm_soon(SA_RESTART);
  pthread_t thread;
  pthread_create(&thread, NULL, connect_after_alarm, &port);
  int server = accept(listener, NULL, NULL);
  pthread_join(thread, NULL);
  CHECK(server >= 0 && alarms == 1 && writes(to_connect, "on") && reads(server, "on"));
  close(to_connect);
  close(server);
  close(datagrams);
  close(listener);
  signal(SIGALRM, SIG_DFL);
}

static void* storm(void* thread) {
  while (__atomic_load_n(&alarms, __ATOMIC_RELAXED) >= 0) {
    pthread_kill(*(pthread_t*)thread, SIGALRM);
    usleep(200);
  }
  return NULL;
}

/// As the Go runtime does it: handlers with SA_RESTART, all the time.
static void storm_of_signals(void) {
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
  CHECK(sigaction(SIGALRM, &action, NULL) == 0);
  alarms = 0;
  pthread_t self = pthread_self();
  pthread_t thread;
  // The handler counts; below 0 the storm ends.
  pthread_create(&thread, NULL, storm, &self);
  for (int i = 0; i < 100; ++i) {
    int listener = listening(SOCK_STREAM);
    int client = connected_to(port_of(listener));
    int server = accept(listener, NULL, NULL);
    CHECK(server >= 0 && write(client, "x", 1) == 1);
    int datagrams = bound(SOCK_DGRAM);
    close(datagrams);
    close(server);
    close(client);
    close(listener);
  }
  signal(SIGALRM, SIG_IGN);
  __atomic_store_n(&alarms, -1000000, __ATOMIC_RELAXED);
  pthread_join(thread, NULL);
}

// ---- datagrams ----

static ssize_t receive_from(int fd, void* data, size_t size, int flags, int* port) {
  struct sockaddr_in from = {0};
  socklen_t length = sizeof(from);
  ssize_t got = recvfrom(fd, data, size, flags, any(&from), &length);
  *port = ntohs(from.sin_port);
  return got;
}

static void datagrams_with_addresses(void) {
  int a = bound(SOCK_DGRAM);
  int b = bound(SOCK_DGRAM);
  int c = bound(SOCK_DGRAM);
  struct sockaddr_in to = loopback(port_of(b));
  CHECK(option(a, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM &&
        option(a, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_UDP);
  CHECK(shown(a, POLLIN | POLLOUT, 0) == POLLOUT);
  CHECK(sendto(a, "first", 5, 0, any(&to), sizeof(to)) == 5);
  // Sockets that send at the same time keep no order among themselves.
  CHECK(shown(b, POLLIN, 5000) == POLLIN);
  CHECK(sendto(c, "second", 6, 0, any(&to), sizeof(to)) == 6);
  char data[100];
  int port = 0;
  CHECK(receive_from(b, data, sizeof(data), MSG_PEEK, &port) == 5 && port == port_of(a));
  CHECK(receive_from(b, data, 2, MSG_TRUNC, &port) == 5 && port == port_of(a) &&
        memcmp(data, "fi", 2) == 0);
  CHECK(receive_from(b, data, sizeof(data), 0, &port) == 6 && port == port_of(c));
  CHECK(sendto(a, "", 0, 0, any(&to), sizeof(to)) == 0);
  CHECK(receive_from(b, data, sizeof(data), 0, &port) == 0 && port == port_of(a));
  FAILS(receive_from(b, data, sizeof(data), MSG_DONTWAIT, &port), EAGAIN);
  // read() has no address to tell and takes the datagram all the same.
  CHECK(sendto(c, "read", 4, 0, any(&to), sizeof(to)) == 4 && reads(b, "read"));
  struct timeval limit = {.tv_usec = 60000};
  CHECK(setsockopt(b, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0);
  FAILS(receive_from(b, data, sizeof(data), 0, &port), EAGAIN);
  FAILS(read(b, data, sizeof(data)), EAGAIN);
  FAILS(listen(a, 1), EOPNOTSUPP);
  FAILS(accept(a, NULL, NULL), EOPNOTSUPP);
  static char large[66000];
  FAILS(sendto(a, large, 65508, 0, any(&to), sizeof(to)), EMSGSIZE);
  close(a);
  close(b);
  close(c);
}

static void connected_datagrams(void) {
  int a = bound(SOCK_DGRAM);
  int b = bound(SOCK_DGRAM);
  int stranger = bound(SOCK_DGRAM);
  struct sockaddr_in to = loopback(port_of(b));
  struct sockaddr_in back = loopback(port_of(a));
  CHECK(connect(a, any(&to), sizeof(to)) == 0 && connect(b, any(&back), sizeof(back)) == 0);
  CHECK(sendto(stranger, "no", 2, 0, any(&back), sizeof(back)) == 2);
  for (int i = 0; i < 200; ++i) {
    char text[16];
    snprintf(text, sizeof(text), "n%d", i);
    CHECK(writes(a, text) && reads(b, text));
    CHECK(send(b, text, strlen(text), 0) == (ssize_t)strlen(text) && reads(a, text));
  }
  char data[8];
  FAILS(recv(a, data, sizeof(data), MSG_DONTWAIT), EAGAIN);
  // Many at once keep their order and their sizes.
  for (int i = 1; i <= 30; ++i) CHECK(write(a, "012345678901234567890123456789", (size_t)i) == i);
  static char room[100];
  for (int i = 1; i <= 30; ++i) CHECK(read(b, room, sizeof(room)) == i);
  static char large[65507];
  CHECK(write(a, large, sizeof(large)) == sizeof(large));
  static char whole[70000];
  CHECK(read(b, whole, sizeof(whole)) == sizeof(large));
  // Whom nobody hears: the error comes to who waits.
  close(b);
  for (int i = 0; i < 200 && shown(a, POLLIN, 25) == 0; ++i) CHECK(writes(a, "nobody"));
  CHECK(shown(a, POLLIN, 0) != 0);
  int port;
  FAILS(receive_from(a, data, sizeof(data), 0, &port), ECONNREFUSED);
  FAILS(receive_from(a, data, sizeof(data), MSG_DONTWAIT, &port), EAGAIN);
  struct sockaddr none = {.sa_family = AF_UNSPEC};
  struct sockaddr_in peer;
  socklen_t length = sizeof(peer);
  CHECK(connect(a, &none, sizeof(none)) == 0);
  FAILS(getpeername(a, any(&peer), &length), ENOTCONN);
  CHECK(writes(a, "x") || errno == EDESTADDRREQ);
  close(a);
  close(stranger);
}

static void messages_with_control(void) {
  int a = bound(SOCK_DGRAM);
  int b = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in wildcard = {.sin_family = AF_INET};
  CHECK(bind(b, any(&wildcard), sizeof(wildcard)) == 0);
  set(b, IPPROTO_IP, IP_PKTINFO, 1);
  struct sockaddr_in to = loopback(port_of(b));
  struct iovec out[2] = {{.iov_base = "he", .iov_len = 2}, {.iov_base = "llo", .iov_len = 3}};
  struct msghdr sent = {
      .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = out, .msg_iovlen = 2};
  CHECK(sendmsg(a, &sent, 0) == 5);
  char data[10];
  char control[200];
  struct sockaddr_in from = {0};
  struct iovec in[2] = {{.iov_base = data, .iov_len = 1}, {.iov_base = data + 1, .iov_len = 9}};
  struct msghdr got = {.msg_name = &from,
                       .msg_namelen = sizeof(from),
                       .msg_iov = in,
                       .msg_iovlen = 2,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
  CHECK(recvmsg(b, &got, 0) == 5 && memcmp(data, "hello", 5) == 0 &&
        ntohs(from.sin_port) == port_of(a));
  struct cmsghdr* first = CMSG_FIRSTHDR(&got);
  CHECK(first != NULL && first->cmsg_level == IPPROTO_IP && first->cmsg_type == IP_PKTINFO);
  struct in_pktinfo info = {0};
  if (first != NULL) memcpy(&info, CMSG_DATA(first), sizeof(info));
  CHECK(info.ipi_addr.s_addr == htonl(INADDR_LOOPBACK));
  // Several at one go.
  struct mmsghdr several[3];
  memset(several, 0, sizeof(several));
  for (int i = 0; i < 3; ++i) several[i].msg_hdr = sent;
  CHECK(sendmmsg(a, several, 3, 0) == 3 && several[2].msg_len == 5);
  struct iovec rooms[4];
  static char texts[4][16];
  struct mmsghdr incoming[4];
  memset(incoming, 0, sizeof(incoming));
  for (int i = 0; i < 4; ++i) {
    rooms[i] = (struct iovec){.iov_base = texts[i], .iov_len = 16};
    incoming[i].msg_hdr = (struct msghdr){.msg_iov = &rooms[i], .msg_iovlen = 1};
  }
  CHECK(recvmmsg(b, incoming, 3, 0, NULL) == 3 && incoming[2].msg_len == 5);
  CHECK(sendmmsg(a, several, 2, 0) == 2);
  CHECK(recvmmsg(b, incoming, 4, MSG_WAITFORONE, NULL) >= 1);
  while (recv(b, data, sizeof(data), MSG_DONTWAIT) >= 0) continue;
  sent.msg_iovlen = 2000;
  FAILS(sendmsg(a, &sent, 0), EMSGSIZE);
  close(a);
  close(b);
}

// ---- arguments ----

static void wrong_arguments(void) {
  int stream = socket(AF_INET, SOCK_STREAM, 0);
  int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
  const int both[2] = {stream, datagrams};
  struct sockaddr_in address = loopback(0);
  void* bad = (void*)8;
  socklen_t length = sizeof(address);
  for (int i = 0; i < 2; ++i) {
    int fd = both[i];
    FAILS(bind(fd, bad, sizeof(address)), EFAULT);
    FAILS(bind(fd, any(&address), 3), EINVAL);
    FAILS(bind(fd, any(&address), 100000), EINVAL);
    FAILS(connect(fd, bad, sizeof(address)), EFAULT);
    FAILS(connect(fd, any(&address), 1), EINVAL);
    FAILS(getsockname(fd, bad, &length), EFAULT);
    FAILS(getsockname(fd, any(&address), bad), EFAULT);
    FAILS(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, bad, 4), EFAULT);
    FAILS(getsockopt(fd, SOL_SOCKET, SO_TYPE, bad, &length), EFAULT);
    FAILS(getsockopt(fd, SOL_SOCKET, SO_TYPE, &address, bad), EFAULT);
    FAILS(sendmsg(fd, bad, 0), EFAULT);
    FAILS(shutdown(fd, 7), EINVAL);
  }
  address = loopback(9);
  FAILS(sendto(datagrams, bad, 10, 0, any(&address), sizeof(address)), EFAULT);
  FAILS(accept4(stream, NULL, NULL, 1), EINVAL);
  FAILS(accept(stream, NULL, NULL), EINVAL);
  int ends[2];
  CHECK(pipe(ends) == 0);
  FAILS(bind(ends[0], any(&address), sizeof(address)), ENOTSOCK);
  FAILS(listen(12345, 1), EBADF);
  FAILS(socket(AF_INET, 77, 0), EINVAL);
  FAILS(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
  close(ends[0]);
  close(ends[1]);
  close(stream);
  close(datagrams);
}

static void both_families(void) {
  int listener = socket(AF_INET6, SOCK_STREAM, 0);
  struct sockaddr_in6 wildcard = {.sin6_family = AF_INET6};
  set(listener, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  CHECK(bind(listener, any(&wildcard), sizeof(wildcard)) == 0 && listen(listener, 4) == 0);
  struct sockaddr_in6 name = {0};
  socklen_t length = sizeof(name);
  CHECK(getsockname(listener, any(&name), &length) == 0 && length == sizeof(name));
  int client = connected_to(ntohs(name.sin6_port));
  struct sockaddr_in6 peer = {0};
  length = sizeof(peer);
  int server = accept(listener, any(&peer), &length);
  CHECK(server >= 0 && length == sizeof(peer) && IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr));
  CHECK(option(server, SOL_SOCKET, SO_DOMAIN) == AF_INET6);
  close(client);
  close(server);
  close(listener);
}

int main(int count, char** arguments) {
  if (count > 1 && strcmp(arguments[1], "cat") == 0) return cat();
  alarm(100);
  stream_as_client_and_server();
  unconnected_stream();
  refused_and_tried_again();
  unanswered_attempt_times_out();
  much_both_ways();
  prefork();
  copies_and_new_programs("/proc/self/exe");
  passed_to_another_process();
  no_number_left();
  interrupted();
  storm_of_signals();
  datagrams_with_addresses();
  connected_datagrams();
  messages_with_control();
  wrong_arguments();
  both_families();
  if (failures != 0) fprintf(stderr, "%d failures\n", failures);
  return failures != 0;
}
