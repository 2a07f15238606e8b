/** \file Calls on descriptors of any kind: sockets and the host's. */
#ifndef ZEPHYR_SYS_FDTABLE_H_
#define ZEPHYR_SYS_FDTABLE_H_

#include <zephyr/net/socket.h>

#define zvfs_pollfd zsock_pollfd
typedef zsock_fd_set zvfs_fd_set;

#define ZVFS_POLLIN ZSOCK_POLLIN
#define ZVFS_POLLPRI ZSOCK_POLLPRI
#define ZVFS_POLLOUT ZSOCK_POLLOUT
#define ZVFS_POLLERR ZSOCK_POLLERR
#define ZVFS_POLLHUP ZSOCK_POLLHUP
#define ZVFS_POLLNVAL ZSOCK_POLLNVAL

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* The host's calls, and on sockets the zsock_ ones; errno as theirs. */
int zsock_posix_close(int fd);
ssize_t zsock_posix_read(int fd, void* buf, size_t count);
ssize_t zsock_posix_write(int fd, const void* buf, size_t count);

static inline int zvfs_close(int fd) {
  return zsock_posix_close(fd);
}

/** \param from_offset  NULL; a place in a file: ESPIPE */
static inline ssize_t zvfs_read(int fd, void* buf, size_t sz, const size_t* from_offset) {
  if (from_offset != NULL) {
    errno = ESPIPE;
    return -1;
  }
  return zsock_posix_read(fd, buf, sz);
}

/** \param from_offset  NULL; a place in a file: ESPIPE */
static inline ssize_t zvfs_write(int fd, const void* buf, size_t sz, const size_t* from_offset) {
  if (from_offset != NULL) {
    errno = ESPIPE;
    return -1;
  }
  return zsock_posix_write(fd, buf, sz);
}

static inline int zvfs_poll(struct zsock_pollfd* fds, int nfds, int timeout) {
  return zsock_poll(fds, nfds, timeout);
}

/** \param timeout  NULL: for ever \param sigmask  NULL; a mask of signals: ENOTSUP */
static inline int zvfs_select(int nfds, zvfs_fd_set* readfds, zvfs_fd_set* writefds,
                              zvfs_fd_set* errorfds, const struct timespec* timeout,
                              const void* sigmask) {
  struct zsock_timeval limit = {0, 0};

  if (sigmask != NULL) {
    errno = ENOTSUP;
    return -1;
  }
  if (timeout != NULL) {
    limit.tv_sec = timeout->tv_sec;
    limit.tv_usec = (timeout->tv_nsec + 999) / 1000;
  }
  return zsock_select(nfds, readfds, writefds, errorfds, timeout != NULL ? &limit : NULL);
}

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_SYS_FDTABLE_H_ */
