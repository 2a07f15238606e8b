/// \file
/// The calls of the cases, led to libzsock where the descriptor is one of its sockets. Linked with
/// --wrap (ld(1)), so the cases themselves are those that run against the kernel.

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdarg>

#include "zsock/zsock.h"

namespace {

template <class Result, class... Rest>
Result lead(Result (*ours)(int, Rest...), Result (*kernels)(int, Rest...), int fd, Rest... rest) {
  return (zs_is_socket(fd) != 0 ? ours : kernels)(fd, rest...);
}

}  // namespace

// Names that the linker gives.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

int __real_socket(int domain, int type, int protocol);
int __real_fcntl(int fd, int command, ...);
int __real_ioctl(int fd, unsigned long request, ...);

int __real_bind(int fd, const sockaddr* name, socklen_t length);
int __wrap_bind(int fd, const sockaddr* name, socklen_t length) {
  return lead(zs_bind, __real_bind, fd, name, length);
}

int __real_listen(int fd, int backlog);
int __wrap_listen(int fd, int backlog) {
  return lead(zs_listen, __real_listen, fd, backlog);
}

int __real_connect(int fd, const sockaddr* name, socklen_t length);
int __wrap_connect(int fd, const sockaddr* name, socklen_t length) {
  return lead(zs_connect, __real_connect, fd, name, length);
}

int __real_accept4(int fd, sockaddr* name, socklen_t* length, int flags);
int __wrap_accept4(int fd, sockaddr* name, socklen_t* length, int flags) {
  return lead(zs_accept4, __real_accept4, fd, name, length, flags);
}

int __real_shutdown(int fd, int how);
int __wrap_shutdown(int fd, int how) {
  return lead(zs_shutdown, __real_shutdown, fd, how);
}

int __real_getsockname(int fd, sockaddr* name, socklen_t* length);
int __wrap_getsockname(int fd, sockaddr* name, socklen_t* length) {
  return lead(zs_getsockname, __real_getsockname, fd, name, length);
}

int __real_getpeername(int fd, sockaddr* name, socklen_t* length);
int __wrap_getpeername(int fd, sockaddr* name, socklen_t* length) {
  return lead(zs_getpeername, __real_getpeername, fd, name, length);
}

int __real_getsockopt(int fd, int level, int name, void* value, socklen_t* length);
int __wrap_getsockopt(int fd, int level, int name, void* value, socklen_t* length) {
  return lead(zs_getsockopt, __real_getsockopt, fd, level, name, value, length);
}

int __real_setsockopt(int fd, int level, int name, const void* value, socklen_t length);
int __wrap_setsockopt(int fd, int level, int name, const void* value, socklen_t length) {
  return lead(zs_setsockopt, __real_setsockopt, fd, level, name, value, length);
}

ssize_t __real_send(int fd, const void* data, size_t size, int flags);
ssize_t __wrap_send(int fd, const void* data, size_t size, int flags) {
  return lead(zs_send, __real_send, fd, data, size, flags);
}

ssize_t __real_recv(int fd, void* data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void* data, size_t size, int flags) {
  return lead(zs_recv, __real_recv, fd, data, size, flags);
}

ssize_t __real_sendto(int fd, const void* data, size_t size, int flags, const sockaddr* name,
                      socklen_t length);
ssize_t __wrap_sendto(int fd, const void* data, size_t size, int flags, const sockaddr* name,
                      socklen_t length) {
  return lead(zs_sendto, __real_sendto, fd, data, size, flags, name, length);
}

ssize_t __real_recvfrom(int fd, void* data, size_t size, int flags, sockaddr* name,
                        socklen_t* length);
ssize_t __wrap_recvfrom(int fd, void* data, size_t size, int flags, sockaddr* name,
                        socklen_t* length) {
  return lead(zs_recvfrom, __real_recvfrom, fd, data, size, flags, name, length);
}

ssize_t __real_sendmsg(int fd, const msghdr* message, int flags);
ssize_t __wrap_sendmsg(int fd, const msghdr* message, int flags) {
  return lead(zs_sendmsg, __real_sendmsg, fd, message, flags);
}

ssize_t __real_recvmsg(int fd, msghdr* message, int flags);
ssize_t __wrap_recvmsg(int fd, msghdr* message, int flags) {
  return lead(zs_recvmsg, __real_recvmsg, fd, message, flags);
}

int __real_sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags);
int __wrap_sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  return lead(zs_sendmmsg, __real_sendmmsg, fd, messages, count, flags);
}

int __real_recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags, timespec* limit);
int __wrap_recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags, timespec* limit) {
  return zs_is_socket(fd) != 0 ? zs_recvmmsg(fd, messages, count, flags, limit)
                               : __real_recvmmsg(fd, messages, count, flags, limit);
}

ssize_t __real_read(int fd, void* data, size_t size);
ssize_t __wrap_read(int fd, void* data, size_t size) {
  return lead(zs_read, __real_read, fd, data, size);
}

ssize_t __real_write(int fd, const void* data, size_t size);
ssize_t __wrap_write(int fd, const void* data, size_t size) {
  return lead(zs_write, __real_write, fd, data, size);
}

ssize_t __real_readv(int fd, const iovec* pieces, int count);
ssize_t __wrap_readv(int fd, const iovec* pieces, int count) {
  return lead(zs_readv, __real_readv, fd, pieces, count);
}

ssize_t __real_writev(int fd, const iovec* pieces, int count);
ssize_t __wrap_writev(int fd, const iovec* pieces, int count) {
  return lead(zs_writev, __real_writev, fd, pieces, count);
}

int __wrap_socket(int domain, int type, int protocol) {
  // AF_PACKET is the stage's, not the cases'.
  return domain == AF_PACKET ? __real_socket(domain, type, protocol)
                             : zs_socket(domain, type, protocol);
}

int __wrap_close(int fd) {
  return zs_close(fd);
}

int __wrap_poll(pollfd* entries, nfds_t count, int timeout) {
  return zs_poll(entries, count, timeout);
}

int __wrap_select(int count, fd_set* readable, fd_set* writable, fd_set* exceptional,
                  timeval* timeout) {
  return zs_select(count, readable, writable, exceptional, timeout);
}

int __wrap_fcntl(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  const long argument = va_arg(list, long);
  va_end(list);
  return zs_is_socket(fd) != 0 ? zs_fcntl(fd, command, argument)
                               : __real_fcntl(fd, command, argument);
}

int __wrap_ioctl(int fd, unsigned long request, ...) {
  va_list list;
  va_start(list, request);
  void* argument = va_arg(list, void*);
  va_end(list);
  return zs_is_socket(fd) != 0 ? zs_ioctl(fd, request, argument)
                               : __real_ioctl(fd, request, argument);
}
}
// NOLINTEND(bugprone-reserved-identifier)
