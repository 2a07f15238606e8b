/// \file
/// Event counters: the kernel's, with Zephyr's flags.

#include <sys/eventfd.h>
#include <zephyr/zvfs/eventfd.h>

#include "libzsock/zephyr/native.h"

int zvfs_eventfd(unsigned int initval, int flags) {
  // 1 and 0x800 are the host's numbers of the same flags.
  constexpr int kSemaphore = ZVFS_EFD_SEMAPHORE | EFD_SEMAPHORE;
  constexpr int kNonblock = ZVFS_EFD_NONBLOCK | EFD_NONBLOCK;
  if ((flags & ~(kSemaphore | kNonblock)) != 0) return zsock::zephyr::fail(EINVAL);
  return ::eventfd(initval, EFD_CLOEXEC | ((flags & kSemaphore) != 0 ? EFD_SEMAPHORE : 0) |
                                ((flags & kNonblock) != 0 ? EFD_NONBLOCK : 0));
}

int zvfs_eventfd_read(int fd, zvfs_eventfd_t* value) {
  eventfd_t read = 0;
  if (::eventfd_read(fd, &read) < 0) return -1;
  *value = read;
  return 0;
}

int zvfs_eventfd_write(int fd, zvfs_eventfd_t value) {
  return ::eventfd_write(fd, value);
}
