#include "shim/exchange.h"

#include <fcntl.h>

#include <cerrno>

#include "shim/next.h"
#include "shim/policy.h"
#include "shim/shim.h"

namespace zsock::shim {
namespace {

int option(int fd, int name) {
  int value = 0;
  socklen_t length = sizeof(value);
  return ::zs_getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
}

/// \return the kernel's socket under the number of fd
bool replace(int fd) {
  const int fresh =
      next.socket(option(fd, SO_DOMAIN), option(fd, SO_TYPE), option(fd, SO_PROTOCOL));
  if (fresh < 0) return false;
  carry_options([fd](int level, int name, void* value,
                     socklen_t* length) { return ::zs_getsockopt(fd, level, name, value, length); },
                [fresh](int level, int name, const void* value, socklen_t length) {
                  next.setsockopt(fresh, level, name, value, length);
                });
  const int status = next.fcntl(fd, F_GETFL, 0);
  next.fcntl(fresh, F_SETFL, status & O_NONBLOCK);
  const int close_on_exec = (next.fcntl(fd, F_GETFD, 0) & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0;
  lib::forget(fd);
  const bool done = next.dup3(fresh, fd, close_on_exec) == fd;
  next.close(fresh);
  return done;
}

}  // namespace

bool hand_to_kernel(int fd, const sockaddr* address, socklen_t length) {
  if (!ours(fd)) return true;
  if (!has_rules() || !kernel_serves(address, length)) return false;
  const int saved = errno;
  const bool replaced = !lib::is_bound(fd) && replace(fd);
  if (replaced && debugging) say("socket %d goes to the kernel by policy", fd);
  errno = saved;
  return replaced;
}

}  // namespace zsock::shim
