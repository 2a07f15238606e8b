#include "tests/zephyr/fake_native.h"

namespace zsock::zephyr {
namespace {

FakeNative* current = nullptr;

}  // namespace

FakeNative::FakeNative() {
  current = this;
  ON_CALL(*this, is_socket).WillByDefault([](int fd) { return fd >= 3 && fd <= 9 ? 1 : 0; });
}
FakeNative::~FakeNative() {
  current = nullptr;
}

}  // namespace zsock::zephyr

using zsock::zephyr::current;

int zs_socket(int domain, int type, int protocol) {
  return current->socket(domain, type, protocol);
}
int zs_close(int fd) {
  return current->close(fd);
}
int zs_shutdown(int fd, int how) {
  return current->shutdown(fd, how);
}
int zs_bind(int fd, const sockaddr* address, socklen_t size) {
  return current->bind(fd, address, size);
}
int zs_listen(int fd, int backlog) {
  return current->listen(fd, backlog);
}
int zs_accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  return current->accept4(fd, address, size, flags);
}
int zs_connect(int fd, const sockaddr* address, socklen_t size) {
  return current->connect(fd, address, size);
}
ssize_t zs_send(int fd, const void* data, size_t size, int flags) {
  return current->send(fd, data, size, flags);
}
ssize_t zs_recv(int fd, void* data, size_t size, int flags) {
  return current->recv(fd, data, size, flags);
}
ssize_t zs_sendto(int fd, const void* data, size_t size, int flags, const sockaddr* address,
                  socklen_t length) {
  return current->sendto(fd, data, size, flags, address, length);
}
ssize_t zs_recvfrom(int fd, void* data, size_t size, int flags, sockaddr* address,
                    socklen_t* length) {
  return current->recvfrom(fd, data, size, flags, address, length);
}
ssize_t zs_sendmsg(int fd, const msghdr* message, int flags) {
  return current->sendmsg(fd, message, flags);
}
ssize_t zs_recvmsg(int fd, msghdr* message, int flags) {
  return current->recvmsg(fd, message, flags);
}
int zs_poll(pollfd* fds, nfds_t count, int timeout) {
  return current->poll(fds, count, timeout);
}
int zs_fcntl(int fd, int command, long argument) {
  return current->fcntl(fd, command, argument);
}
int zs_ioctl(int fd, unsigned long request, void* argument) {
  return current->ioctl(fd, request, argument);
}
int zs_getsockopt(int fd, int level, int name, void* value, socklen_t* length) {
  return current->getsockopt(fd, level, name, value, length);
}
int zs_setsockopt(int fd, int level, int name, const void* value, socklen_t length) {
  return current->setsockopt(fd, level, name, value, length);
}
int zs_getsockname(int fd, sockaddr* address, socklen_t* length) {
  return current->getsockname(fd, address, length);
}
int zs_getpeername(int fd, sockaddr* address, socklen_t* length) {
  return current->getpeername(fd, address, length);
}
int zs_is_socket(int fd) {
  return current->is_socket(fd);
}
int zs_getaddrinfo_within(const char* node, const char* service, const addrinfo* hints,
                          int limit_ms, addrinfo** result) {
  return current->getaddrinfo(node, service, hints, limit_ms, result);
}
void zs_freeaddrinfo(addrinfo* list) {
  if (current != nullptr) current->freeaddrinfo(list);
}

extern "C" int zs_watch_interface() {
  errno = ENETDOWN;
  return -1;
}
ssize_t zs_interface(char* text, size_t size) {
  static constexpr char kText[] =
      "interface zs0 mtu 1400 mac 02:00:5e:10:00:01\naddress 192.0.2.1/24 usable\n"
      "address 2001:db8::1/64 tentative\naddress fe80::1/64 usable\ngateway 192.0.2.9\n";
  std::snprintf(text, size, "%s", kText);
  return sizeof kText - 1;
}
