/// \file
/// The native calls as the kernel's own, so that services can be tried on pairs of local sockets.

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libzsock/zephyr/native.h"

int zs_socket(int domain, int type, int protocol) {
  return ::socket(domain, type, protocol);
}
int zs_close(int fd) {
  return ::close(fd);
}
int zs_shutdown(int fd, int how) {
  return ::shutdown(fd, how);
}
int zs_bind(int fd, const sockaddr* address, socklen_t size) {
  return ::bind(fd, address, size);
}
int zs_listen(int fd, int backlog) {
  return ::listen(fd, backlog);
}
int zs_accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  return ::accept4(fd, address, size, flags);
}
int zs_connect(int fd, const sockaddr* address, socklen_t size) {
  return ::connect(fd, address, size);
}
ssize_t zs_send(int fd, const void* data, size_t size, int flags) {
  return ::send(fd, data, size, flags);
}
ssize_t zs_recv(int fd, void* data, size_t size, int flags) {
  return ::recv(fd, data, size, flags);
}
ssize_t zs_sendto(int fd, const void* data, size_t size, int flags, const sockaddr* address,
                  socklen_t length) {
  return ::sendto(fd, data, size, flags, address, length);
}
ssize_t zs_recvfrom(int fd, void* data, size_t size, int flags, sockaddr* address,
                    socklen_t* length) {
  return ::recvfrom(fd, data, size, flags, address, length);
}
ssize_t zs_sendmsg(int fd, const msghdr* message, int flags) {
  return ::sendmsg(fd, message, flags);
}
ssize_t zs_recvmsg(int fd, msghdr* message, int flags) {
  return ::recvmsg(fd, message, flags);
}
int zs_poll(pollfd* fds, nfds_t count, int timeout) {
  return ::poll(fds, count, timeout);
}
int zs_fcntl(int fd, int command, long argument) {
  return ::fcntl(fd, command, argument);
}
int zs_ioctl(int fd, unsigned long request, void* argument) {
  return ::ioctl(fd, request, argument);
}
int zs_getsockopt(int fd, int level, int name, void* value, socklen_t* length) {
  return ::getsockopt(fd, level, name, value, length);
}
int zs_setsockopt(int fd, int level, int name, const void* value, socklen_t length) {
  return ::setsockopt(fd, level, name, value, length);
}
int zs_getsockname(int fd, sockaddr* address, socklen_t* length) {
  return ::getsockname(fd, address, length);
}
int zs_getpeername(int fd, sockaddr* address, socklen_t* length) {
  return ::getpeername(fd, address, length);
}
int zs_getaddrinfo_within(const char*, const char*, const addrinfo*, int, addrinfo**) {
  return EAI_FAIL;
}
void zs_freeaddrinfo(addrinfo*) {}
int zs_is_socket(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) ? 1 : 0;
}
extern "C" int zs_watch_interface() {
  errno = ENETDOWN;
  return -1;
}
ssize_t zs_interface(char*, size_t) {
  errno = ENETDOWN;
  return -1;
}
