/// \file
/// Closing, copying and controlling descriptors. The library's own descriptors survive a program
/// that closes everything.

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>

#include "shim/interfaces.h"
#include "shim/next.h"
#include "shim/shim.h"

using namespace zsock::shim;  // NOLINT: this file is the edge
namespace lib = zsock::lib;

namespace {

/// Of a zsock socket. Interfaces that the stack has not may be the kernel's, for those who have
/// them from AF_NETLINK.
int ask_for_interfaces(int fd, unsigned long request, void* argument) {
  const int error = answer_about_interfaces(request, argument);
  if (error == kAskKernel) return next.ioctl(fd, request, argument);
  if (error == 0) return 0;
  errno = error;
  return -1;
}

int close_ours(int fd) {
  if (lib::in_borrowed_memory()) return next.close(fd);
  return zs_close(fd);
}

/// dup2() and dup3() where a zsock socket is involved.
int copy_onto(int from, int to, int flags) {
  if (lib::is_own(to)) {
    errno = EBUSY;
    return -1;
  }
  // The standard streams are used by code that we do not see.
  if (to <= STDERR_FILENO) lib::open_to_others(from);
  const bool noted = !lib::in_borrowed_memory();
  const int copy = next.dup3(from, to, flags);
  if (copy < 0 || !noted) return copy;
  lib::forget(to);
  if (ours(from)) lib::remember_copy(from, to);
  return copy;
}

/// Closes [first, last] without the library's own, and forgets the sockets among them.
int close_between(unsigned first, unsigned last, int flags) {
  const bool closes = (static_cast<unsigned>(flags) & CLOSE_RANGE_CLOEXEC) == 0;
  const auto top = static_cast<int>(last > INT_MAX ? INT_MAX : last);
  if (closes && !lib::in_borrowed_memory()) {
    for (int fd = lib::next_known(static_cast<int>(first)); fd >= 0 && fd <= top;
         fd = lib::next_known(fd + 1)) {
      zs_close(fd);
    }
  }
  for (int own = lib::next_own(static_cast<int>(first)); own >= 0 && own <= top;
       own = lib::next_own(static_cast<int>(first))) {
    const auto number = static_cast<unsigned>(own);
    if (number > first && next.close_range(first, number - 1, flags) != 0) return -1;
    first = number + 1;
  }
  return first <= last ? next.close_range(first, last, flags) : 0;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int close(int fd) {
  if (ours(fd)) return traced("close", fd, close_ours(fd));
  if (!lib::is_own(fd)) return next.close(fd);
  errno = EBADF;
  return -1;
}

int close_range(unsigned first, unsigned last, int flags) noexcept {
  if (first > last || first > INT_MAX) return next.close_range(first, last, flags);
  return close_between(first, last, flags);
}

void closefrom(int lowest) noexcept {
  close_between(lowest < 0 ? 0U : static_cast<unsigned>(lowest), UINT_MAX, 0);
}

int dup(int fd) noexcept {
  if (!ours(fd) || lib::in_borrowed_memory()) return next.dup(fd);
  return traced("dup", fd, zs_fcntl(fd, F_DUPFD, 0));
}

int dup2(int from, int to) noexcept {
  // dup3() refuses equal numbers; dup2() returns them if they are open.
  if (from == to) return next.fcntl(from, F_GETFD, 0) < 0 ? -1 : to;
  return copy_onto(from, to, 0);
}

int dup3(int from, int to, int flags) noexcept {
  return copy_onto(from, to, flags);
}

int fcntl(int fd, int command, ...) {
  std::va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  if (!ours(fd) || lib::in_borrowed_memory()) return next.fcntl(fd, command, argument);
  return traced("fcntl", fd, zs_fcntl(fd, command, argument));
}

int fcntl64(int fd, int command, ...) {
  std::va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  return fcntl(fd, command, argument);
}

int ioctl(int fd, unsigned long request, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  const bool of_any_file = request == FIOCLEX || request == FIONCLEX || request == FIOASYNC;
  if (of_any_file || !ours(fd)) return next.ioctl(fd, request, argument);
  if (asks_for_interfaces(request)) {
    return traced("ioctl", fd, ask_for_interfaces(fd, request, argument));
  }
  return traced("ioctl", fd, zs_ioctl(fd, request, argument));
}

int sockatmark(int fd) noexcept {
  int at_mark = 0;
  return ioctl(fd, SIOCATMARK, &at_mark) < 0 ? -1 : at_mark;
}

int fclose(FILE* stream) {
  // The C library closes the descriptor without asking us.
  const int fd = ::fileno(stream);
  if (fd >= 0 && ours(fd) && !lib::in_borrowed_memory()) {
    ::fflush(stream);
    lib::forget(fd);
  }
  return next.fclose(stream);
}

}  // extern "C"
#pragma GCC visibility pop
