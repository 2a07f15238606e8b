/// \file
/// A program that does what it can against its supervisor: pointers to memory that comes and goes,
/// descriptors that are closed and copied under it, children that are killed in the middle of
/// calls, octets where none belong. Runs so many rounds, and then becomes the program that its
/// arguments name, which must find the supervisor in order.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kChildren = 8, kCalls = 400, kShifting = 4096 * 4 };

static unsigned char* shifting;  ///< memory that is there, or not, or says something else
static int fds[16];
static unsigned seed;

static unsigned chance(unsigned below) {
  seed = seed * 1664525U + 1013904223U;
  return (seed >> 8U) % below;
}

static void* shift(void* unused) {
  unsigned state = seed;
  for (int i = 0; i < 20000; ++i) {
    state = state * 1664525U + 1013904223U;
    unsigned char* page = shifting + 4096 * ((state >> 16U) % 4);
    switch ((state >> 20U) % 4) {
      case 0:
        mprotect(page, 4096, PROT_NONE);
        break;
      case 1:
        mprotect(page, 4096, PROT_READ | PROT_WRITE);
        break;
      default:
        if (mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0) {
          for (int at = 0; at < 4096; at += 8)
            *(uint64_t*)(void*)(page + at) = state * 0x9e3779b97f4a7c15U;
        }
    }
  }
  return unused;
}

static uint64_t pointer(void) {
  switch (chance(6)) {
    case 0:
      return 0;
    case 1:
      return chance(4096);
    case 2:
      return UINT64_MAX - chance(64);
    case 3:
      return (uint64_t)(uintptr_t)fds;
    default:
      return (uint64_t)(uintptr_t)(shifting + chance(kShifting));
  }
}

static uint64_t number(void) {
  static const int kSome[] = {
      0, 1, 2, 4, 16, 28, 110, 128, 1024, 4096, 65507, 65536, -1, 0x7fffffff, -0x7fffffff - 1};
  return chance(2) == 0 ? chance(64) : (uint64_t)kSome[chance(sizeof(kSome) / sizeof(*kSome))];
}

static int some_fd(void) {
  return fds[chance(16)];
}

static void any_call(void) {
  static const long kCallsToMake[] = {
      SYS_bind,        SYS_listen,     SYS_accept4,    SYS_connect,  SYS_getsockname,
      SYS_getpeername, SYS_setsockopt, SYS_getsockopt, SYS_shutdown, SYS_sendto,
      SYS_recvfrom,    SYS_sendmsg,    SYS_recvmsg,    SYS_sendmmsg, SYS_recvmmsg};
  long call = kCallsToMake[chance(sizeof(kCallsToMake) / sizeof(*kCallsToMake))];
  syscall(call, some_fd(), pointer(), number(),
          call == SYS_sendto || call == SYS_recvfrom ? MSG_DONTWAIT : (long)number(), pointer(),
          number());
}

static void open_some(int i) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  fds[i] = socket(AF_INET, (i % 2 == 0 ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK, 0);
  if (i % 4 == 0 && bind(fds[i], (void*)&address, sizeof(address)) == 0) listen(fds[i], 3);
  if (i % 4 == 2) {
    socklen_t length = sizeof(address);
    getsockname(fds[0], (void*)&address, &length);
    connect(fds[i], (void*)&address, sizeof(address));
  }
}

/// Octets into listeners and unconnected sockets, copies over others, files through them.
static void misuse(void) {
  static char octets[9000];
  int fd = some_fd();
  switch (chance(8)) {
    case 0:
      send(fd, octets, sizeof(octets), MSG_DONTWAIT | MSG_NOSIGNAL);
      break;
    case 1:
      recv(fd, octets, sizeof(octets), MSG_DONTWAIT);
      break;
    case 2:
      dup2(fd, some_fd());
      break;
    case 3:
      close(fd);
      break;
    case 4:
      sendfile(fd, 0, NULL, 100);
      break;
    case 5:
      fcntl(fd, F_SETFL, chance(8) == 0 ? 0 : O_NONBLOCK);
      break;
    default:
      open_some((int)chance(16));
  }
}

static void wreak(unsigned start) {
  seed = start;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGALRM, SIG_DFL);
  // Whoever waits for good is ended by the alarm, in the middle of it.
  struct itimerval soon = {.it_value = {.tv_sec = 2}};
  setitimer(ITIMER_REAL, &soon, NULL);
  for (int i = 0; i < 16; ++i) open_some(i);
  pthread_t thread;
  pthread_create(&thread, NULL, shift, NULL);
  for (int i = 0; i < kCalls; ++i) {
    if (chance(5) == 0) {
      misuse();
    } else {
      any_call();
    }
  }
  _exit(0);
}

int main(int count, char** arguments) {
  if (count < 4) return 2;
  shifting = mmap(NULL, kShifting, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  unsigned start = (unsigned)atoi(arguments[1]);
  int rounds = atoi(arguments[2]);
  fprintf(stderr, "seed %u\n", start);
  for (int round = 0; round < rounds; ++round) {
    pid_t children[kChildren];
    for (unsigned i = 0; i < kChildren; ++i) {
      children[i] = fork();
      if (children[i] == 0) wreak(start + (unsigned)round * kChildren + i);
    }
    // Half of them in the middle of whatever they do.
    for (int i = 0; i < kChildren; i += 2) {
      usleep(3000);
      kill(children[i], SIGKILL);
    }
    for (int i = 0; i < kChildren; ++i) waitpid(children[i], NULL, 0);
  }
  execv(arguments[3], arguments + 3);
  return 1;
}
