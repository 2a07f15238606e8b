/// \file
/// zsock_fcntl() and zsock_ioctl().

#include <sys/ioctl.h>

#include <cstdarg>
#include <cstdint>

#include "libzsock/zephyr/native.h"
#include "libzsock/zephyr/pair.h"
#include "libzsock/zephyr/tls_calls.h"

namespace zsock::zephyr {
namespace {

constexpr int kZephyrNonblock = 0x4000;  ///< O_NONBLOCK of Zephyr's own C library

int fcntl_of(int sock, int command, long argument) {
  return is_pair(sock) ? ::fcntl(sock, command, argument) : zs_fcntl(sock, command, argument);
}

int set_flags(int sock, int flags) {
  const long before = fcntl_of(sock, F_GETFL, 0);
  if (before < 0) return -1;
  const bool nonblocking = (flags & (O_NONBLOCK | kZephyrNonblock)) != 0;
  return fcntl_of(sock, F_SETFL, nonblocking ? before | O_NONBLOCK : before & ~long{O_NONBLOCK});
}

int control_mode(int o_nonblock, int sock, int cmd, int argument) {
  if (!is_ours(sock)) return fail(EBADF);
  switch (cmd) {
    case F_GETFL: {
      const int flags = fcntl_of(sock, F_GETFL, 0);
      if (flags < 0) return result(flags);
      return (flags & O_NONBLOCK) != 0 ? o_nonblock : 0;
    }
    case F_SETFL:
      return result(set_flags(sock, argument));
    case F_DUPFD:
    case F_GETFD:
    case F_SETFD:
      return fail(EINVAL);
    default:
      return fail(EOPNOTSUPP);
  }
}

bool is_stream(int sock) {
  int type = 0;
  socklen_t size = sizeof type;
  return zs_getsockopt(sock, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

int control_device(int sock, unsigned long request, void* argument) {
  if (!is_ours(sock)) return fail(EBADF);
  switch (request) {
    case ZFD_IOCTL_FIONREAD:
      if (is_pair(sock)) return ::ioctl(sock, FIONREAD, argument);
      if (const auto tls = find_tls(sock)) return tls_readable(*tls, argument);
      return result(zs_ioctl(sock, FIONREAD, argument));
    case ZFD_IOCTL_FIONWRITE:
      return is_stream(sock) ? result(zs_ioctl(sock, TIOCOUTQ, argument)) : fail(EOPNOTSUPP);
    case ZFD_IOCTL_FIONBIO:
      return result(set_flags(sock, O_NONBLOCK));
    default:
      return fail(EOPNOTSUPP);
  }
}

// Commands without an argument are called without one.
int argument_of(int cmd, va_list arguments) {
  return cmd == F_SETFL ? va_arg(arguments, int) : 0;
}

}  // namespace
}  // namespace zsock::zephyr

#undef zsock_fcntl

int zsock_fcntl(int sock, int cmd, ...) {
  std::va_list arguments;
  va_start(arguments, cmd);
  const int argument = zsock::zephyr::argument_of(cmd, arguments);
  va_end(arguments);
  return zsock::zephyr::control_mode(O_NONBLOCK, sock, cmd, argument);
}

int zsock_fcntl_flavoured(int o_nonblock, int sock, int cmd, ...) {
  std::va_list arguments;
  va_start(arguments, cmd);
  const int argument = zsock::zephyr::argument_of(cmd, arguments);
  va_end(arguments);
  return zsock::zephyr::control_mode(o_nonblock, sock, cmd, argument);
}

int zsock_ioctl(int sock, unsigned long request, ...) {
  std::va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  return zsock::zephyr::control_device(sock, request, argument);
}
