/** \file
 * Event counters. They are the host's descriptors: zsock_poll() takes them beside sockets, close()
 * closes them.
 */
#ifndef ZEPHYR_ZVFS_EVENTFD_H_
#define ZEPHYR_ZVFS_EVENTFD_H_

#include <stdint.h>

#define ZVFS_EFD_SEMAPHORE 2
#define ZVFS_EFD_NONBLOCK 0x4000

typedef uint64_t zvfs_eventfd_t;

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** flags: ZVFS_EFD_SEMAPHORE, ZVFS_EFD_NONBLOCK, and the host's EFD_. EINVAL flags; EMFILE */
int zvfs_eventfd(unsigned int initval, int flags);
/** Takes the count, or one of it (semaphore). 0; EAGAIN it is 0 (non-blocking); EBADF; EINTR */
int zvfs_eventfd_read(int fd, zvfs_eventfd_t* value);
/** Adds to the count. 0; EAGAIN no room (non-blocking); EBADF; EINVAL value; EINTR */
int zvfs_eventfd_write(int fd, zvfs_eventfd_t value);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_ZVFS_EVENTFD_H_ */
