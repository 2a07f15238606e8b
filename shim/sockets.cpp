/// \file
/// How sockets begin, meet their peers and end.

#include <netinet/in.h>

#include <cerrno>

#include "shim/exchange.h"
#include "shim/next.h"
#include "shim/policy.h"
#include "shim/shim.h"

using namespace zsock::shim;  // NOLINT: this file is the edge

namespace {

/// SHIM-1: what goes through zsockd at all.
bool redirected(int domain, int type, int protocol) {
  if (domain != AF_INET && domain != AF_INET6) return false;
  const int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (kind == SOCK_STREAM) return protocol == 0 || protocol == IPPROTO_TCP;
  const int ping = domain == AF_INET ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  return kind == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP || protocol == ping);
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int socket(int domain, int type, int protocol) noexcept {
  if (!redirected(domain, type, protocol)) return next.socket(domain, type, protocol);
  const int fd = zs_socket(domain, type, protocol);
  if (fd < 0 && errno == ENETDOWN && falls_back_to_kernel()) {
    return traced("socket, the kernel's", domain, next.socket(domain, type, protocol));
  }
  return traced("socket", domain, fd);
}

int bind(int fd, const sockaddr* address, socklen_t length) noexcept {
  if (hand_to_kernel(fd, address, length)) return next.bind(fd, address, length);
  return traced("bind", fd, zs_bind(fd, address, length));
}

int listen(int fd, int backlog) noexcept {
  if (!ours(fd)) return next.listen(fd, backlog);
  return traced("listen", fd, zs_listen(fd, backlog));
}

int accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
  if (!ours(fd)) return next.accept4(fd, address, length, flags);
  return traced("accept", fd, zs_accept4(fd, address, length, flags));
}

int accept(int fd, sockaddr* address, socklen_t* length) {
  return accept4(fd, address, length, 0);
}

int connect(int fd, const sockaddr* address, socklen_t length) {
  if (hand_to_kernel(fd, address, length)) return next.connect(fd, address, length);
  return traced("connect", fd, zs_connect(fd, address, length));
}

int shutdown(int fd, int how) noexcept {
  if (!ours(fd)) return next.shutdown(fd, how);
  return traced("shutdown", fd, zs_shutdown(fd, how));
}

int getsockname(int fd, sockaddr* address, socklen_t* length) noexcept {
  if (!ours(fd)) return next.getsockname(fd, address, length);
  return traced("getsockname", fd, zs_getsockname(fd, address, length));
}

int getpeername(int fd, sockaddr* address, socklen_t* length) noexcept {
  if (!ours(fd)) return next.getpeername(fd, address, length);
  return traced("getpeername", fd, zs_getpeername(fd, address, length));
}

}  // extern "C"
#pragma GCC visibility pop
