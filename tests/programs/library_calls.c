/// \file
/// Calls that reach a socket by way of the C library's own code, or while it is busy: run by itself
/// it asks the kernel, under zsock-run the shim. Prints what is wrong and exits 1.
///   library_calls              everything over the loopback
///   library_calls mmsg PORT    sendmmsg() with an address, to an echo server at 127.0.0.1
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"

static struct sockaddr_in bound_name(int fd) {
  struct sockaddr_in name = loopback(0);
  socklen_t length = sizeof(name);
  CHECK(bind(fd, any(&name), sizeof(name)) == 0 && getsockname(fd, any(&name), &length) == 0);
  return name;
}
/// Two connected sockets of this type.
static void pair_of(int type, int ends[2]) {
  int first = socket(AF_INET, type, 0);
  struct sockaddr_in name = bound_name(first);
  if (type == SOCK_STREAM) CHECK(listen(first, 1) == 0);
  ends[0] = socket(AF_INET, type, 0);
  CHECK(connect(ends[0], any(&name), sizeof(name)) == 0);
  ends[1] = type == SOCK_STREAM ? accept(first, NULL, NULL) : first;
  CHECK(ends[1] >= 0);
  if (type == SOCK_STREAM) close(first);
}
/// What comes within a few seconds is this text.
static int brings(int fd, const char* text) {
  char data[200];
  size_t got = 0;
  struct pollfd entry = {.fd = fd, .events = POLLIN};
  while (got < strlen(text) && poll(&entry, 1, 5000) == 1) {
    ssize_t more = read(fd, data + got, sizeof(data) - got);
    if (more <= 0) break;
    got += (size_t)more;
  }
  return got == strlen(text) && memcmp(data, text, got) == 0;
}

static void formatted(void) {
  for (int i = 0; i < 2; ++i) {
    int ends[2];
    pair_of(i == 0 ? SOCK_STREAM : SOCK_DGRAM, ends);
    CHECK(write(ends[0], "first ", 6) == 6 && brings(ends[1], "first "));
    CHECK(dprintf(ends[0], "%d of %s", 7, "nine") == 9);
    CHECK(brings(ends[1], "7 of nine"));
    CHECK(write(ends[0], "last", 4) == 4 && brings(ends[1], "last"));
    close(ends[0]);
    close(ends[1]);
  }
}

static void from_a_file(void) {
  int ends[2];
  pair_of(SOCK_STREAM, ends);
  int file = memfd_create("file", MFD_CLOEXEC);
  CHECK(write(file, "0123456789", 10) == 10);
  off_t offset = 2;
  CHECK(sendfile(ends[0], file, &offset, 0) == 0 && offset == 2);
  CHECK(sendfile(ends[0], file, &offset, 3) == 3 && offset == 5 && brings(ends[1], "234"));
  CHECK(lseek(file, 0, SEEK_CUR) == 10);
  CHECK(sendfile(ends[0], file, &offset, 100) == 5 && offset == 10 && brings(ends[1], "56789"));
  CHECK(sendfile(ends[0], file, &offset, 100) == 0);
  close(file);
  close(ends[0]);
  close(ends[1]);
}

/// A message with one descriptor, for sendmmsg() and recvmmsg().
struct Parcel {
  struct mmsghdr message;
  struct iovec piece;
  char octet;
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
};
static void pack(struct Parcel* parcel) {
  memset(parcel, 0, sizeof(*parcel));
  parcel->piece = (struct iovec){.iov_base = &parcel->octet, .iov_len = 1};
  parcel->message.msg_hdr = (struct msghdr){.msg_iov = &parcel->piece,
                                            .msg_iovlen = 1,
                                            .msg_control = parcel->control,
                                            .msg_controllen = sizeof(parcel->control)};
}

static void passed_in_several_messages(void) {
  int way[2];
  CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, way) == 0);
  pid_t child = fork();
  struct Parcel parcel;
  pack(&parcel);
  if (child == 0) {
    int passed = -1;
    int got = recvmmsg(way[1], &parcel.message, 1, 0, NULL);
    struct cmsghdr* control = CMSG_FIRSTHDR(&parcel.message.msg_hdr);
    if (got == 1 && control != NULL) memcpy(&passed, CMSG_DATA(control), sizeof(passed));
    _exit(brings(passed, "question") && write(passed, "answer", 6) == 6 ? 0 : 1);
  }
  int ends[2];
  pair_of(SOCK_STREAM, ends);
  struct cmsghdr* control = CMSG_FIRSTHDR(&parcel.message.msg_hdr);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(control), &ends[1], sizeof(int));
  CHECK(sendmmsg(way[0], &parcel.message, 1, 0) == 1);
  close(ends[1]);
  CHECK(write(ends[0], "question", 8) == 8 && brings(ends[0], "answer"));
  int status = -1;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  close(ends[0]);
  close(way[0]);
  close(way[1]);
}

static void on_signal(int number) {
  (void)number;
  const int saved = errno;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd >= 0) close(fd);
  errno = saved;
}

/// All that the handler calls may be called there (POSIX.1 2.4.3).
static void forks_among_signals(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  CHECK(sigaction(SIGALRM, &action, NULL) == 0);
  struct itimerval often = {.it_interval = {.tv_usec = 2000}, .it_value = {.tv_usec = 2000}};
  CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
  for (int i = 0; i < 500; ++i) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      sigset_t blocked;
      sigprocmask(SIG_BLOCK, NULL, &blocked);
      _exit(sigismember(&blocked, SIGALRM));
    }
    int status = -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    CHECK(status == 0);
  }
  struct itimerval never = {0};
  CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
}

static void ask_in_several_messages(int port) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in to = loopback(port);
  struct iovec piece = {.iov_base = "echo", .iov_len = 4};
  struct mmsghdr message = {
      .msg_hdr = {.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &piece, .msg_iovlen = 1}};
  CHECK(sendmmsg(fd, &message, 1, 0) == 1);
  CHECK(brings(fd, "echo"));
  close(fd);
}

int main(int count, char** arguments) {
  if (count > 2) {
    ask_in_several_messages(atoi(arguments[2]));
  } else {
    formatted();
    from_a_file();
    passed_in_several_messages();
    forks_among_signals();
  }
  if (failures != 0) fprintf(stderr, "%d failures\n", failures);
  return failures != 0;
}
