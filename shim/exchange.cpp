#include "shim/exchange.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "shim/next.h"
#include "shim/policy.h"
#include "shim/shim.h"

namespace zsock::shim {
namespace {

struct Option {
  int level;
  int name;
};

/// What programs set before they bind or connect.
constexpr std::array kCarried{
    Option{SOL_SOCKET, SO_REUSEADDR},  Option{SOL_SOCKET, SO_REUSEPORT},
    Option{SOL_SOCKET, SO_KEEPALIVE},  Option{SOL_SOCKET, SO_BROADCAST},
    Option{SOL_SOCKET, SO_LINGER},     Option{SOL_SOCKET, SO_RCVTIMEO},
    Option{SOL_SOCKET, SO_SNDTIMEO},   Option{IPPROTO_TCP, TCP_NODELAY},
    Option{IPPROTO_IPV6, IPV6_V6ONLY},
};

int option(int fd, int name) {
  int value = 0;
  socklen_t length = sizeof(value);
  return ::zs_getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
}

void carry_options(int from, int to) {
  for (const Option& carried : kCarried) {
    alignas(8) std::array<std::byte, 32> value{};
    socklen_t length = value.size();
    if (::zs_getsockopt(from, carried.level, carried.name, value.data(), &length) == 0) {
      next.setsockopt(to, carried.level, carried.name, value.data(), length);
    }
  }
}

/// \return the kernel's socket under the number of fd
bool replace(int fd) {
  const int fresh =
      next.socket(option(fd, SO_DOMAIN), option(fd, SO_TYPE), option(fd, SO_PROTOCOL));
  if (fresh < 0) return false;
  carry_options(fd, fresh);
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
