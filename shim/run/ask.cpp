#include "shim/run/ask.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "libzsock/spin.h"

namespace zsock::run {

bool may_wait(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

std::int64_t deadline_of(int fd, int option) {
  timeval limit{};
  socklen_t length = sizeof(limit);
  if (::getsockopt(fd, SOL_SOCKET, option, &limit, &length) != 0) return 0;
  const std::int64_t time =
      std::int64_t{limit.tv_sec} * 1'000'000'000 + std::int64_t{limit.tv_usec} * 1000;
  return time == 0 ? 0 : lib::now_ns() + time;
}

ino_t inode_of(int fd) {
  struct stat facts {};
  return ::fstat(fd, &facts) == 0 ? facts.st_ino : 0;
}

}  // namespace zsock::run
