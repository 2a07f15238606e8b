/// \file
/// The calls without prefix that also serve the host's descriptors: headers give close(), read()
/// and the others these symbols (zephyr/net/socket_posix_names.h, zsock/posix/).

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdarg>

#include "libzsock/zephyr/pair.h"

#pragma GCC visibility push(default)
using zsock::zephyr::is_ours;

extern "C" {

ssize_t zsock_posix_send(int sock, const void* buf, size_t len, int flags) {
  return zsock_send(sock, buf, len, flags);
}

ssize_t zsock_posix_recv(int sock, void* buf, size_t len, int flags) {
  return zsock_recv(sock, buf, len, flags);
}

int zsock_posix_close(int fd) {
  return is_ours(fd) ? zsock_close(fd) : ::close(fd);
}

ssize_t zsock_posix_read(int fd, void* buf, size_t count) {
  return is_ours(fd) ? zsock_recv(fd, buf, count, 0) : ::read(fd, buf, count);
}

ssize_t zsock_posix_write(int fd, const void* buf, size_t count) {
  return is_ours(fd) ? zsock_send(fd, buf, count, 0) : ::write(fd, buf, count);
}

// An argument is as wide as a pointer or an int; reading it as the former is right for both here.
int zsock_posix_fcntl(int fd, int cmd, ...) {
  std::va_list arguments;
  va_start(arguments, cmd);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  if (zs_is_socket(fd) == 0) return ::fcntl(fd, cmd, argument);
  const auto number = static_cast<long>(reinterpret_cast<intptr_t>(argument));
  if (cmd == F_GETFL || cmd == F_SETFL) return zsock_fcntl(fd, cmd, static_cast<int>(number));
  return zs_fcntl(fd, cmd, number);
}

int zsock_posix_ioctl(int fd, unsigned long request, ...) {
  std::va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  return is_ours(fd) ? zsock_ioctl(fd, request, argument) : ::ioctl(fd, request, argument);
}

}  // extern "C"
#pragma GCC visibility pop
