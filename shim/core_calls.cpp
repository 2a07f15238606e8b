/// \file
/// What libzsock's core means when it says recv() or close(): the C library's, not ours. The linker
/// gives these names to the core's calls (--wrap, shim/CMakeLists.txt), so nothing of the core ever
/// comes back into the shim.

#include <fcntl.h>

#include <cstdarg>

#include "shim/next.h"

using zsock::shim::next;

extern "C" {

int __wrap_socket(int domain, int type, int protocol) {
  return next.socket(domain, type, protocol);
}
int __wrap_connect(int fd, const sockaddr* address, socklen_t length) {
  return next.connect(fd, address, length);
}
int __wrap_shutdown(int fd, int how) {
  return next.shutdown(fd, how);
}
int __wrap_getsockopt(int fd, int level, int name, void* value, socklen_t* length) {
  return next.getsockopt(fd, level, name, value, length);
}
int __wrap_setsockopt(int fd, int level, int name, const void* value, socklen_t length) {
  return next.setsockopt(fd, level, name, value, length);
}
int __wrap_getpeername(int fd, sockaddr* address, socklen_t* length) {
  return next.getpeername(fd, address, length);
}
ssize_t __wrap_send(int fd, const void* data, size_t size, int flags) {
  return next.sendto(fd, data, size, flags, nullptr, 0);
}
ssize_t __wrap_sendmsg(int fd, const msghdr* message, int flags) {
  return next.sendmsg(fd, message, flags);
}
ssize_t __wrap_recv(int fd, void* data, size_t size, int flags) {
  return next.recvfrom(fd, data, size, flags, nullptr, nullptr);
}
ssize_t __wrap_recvmsg(int fd, msghdr* message, int flags) {
  return next.recvmsg(fd, message, flags);
}
ssize_t __wrap_read(int fd, void* data, size_t size) {
  return next.read(fd, data, size);
}
ssize_t __wrap_write(int fd, const void* data, size_t size) {
  return next.write(fd, data, size);
}
int __wrap_poll(pollfd* fds, nfds_t count, int timeout) {
  return next.poll(fds, count, timeout);
}
int __wrap_close(int fd) {
  return next.close(fd);
}
int __wrap_dup3(int from, int to, int flags) {
  return next.dup3(from, to, flags);
}
int __wrap_fcntl(int fd, int command, ...) {
  std::va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  return next.fcntl(fd, command, argument);
}
int __wrap_ioctl(int fd, unsigned long request, ...) {
  std::va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  return next.ioctl(fd, request, argument);
}

}  // extern "C"
