/// \file
/// Sending and receiving.

#include <sys/uio.h>

#include <cerrno>

#include "shim/exchange.h"
#include "shim/next.h"
#include "shim/passing.h"
#include "shim/shim.h"

using namespace zsock::shim;  // NOLINT: this file is the edge
namespace lib = zsock::lib;

extern "C" [[noreturn]] void __chk_fail();

namespace {

/// What the checked calls of _FORTIFY_SOURCE add.
void check_room(size_t size, size_t room) {
  if (size > room) __chk_fail();
}

/// read() and write() are the kernel's own also for a socket in stream mode: a program whose
/// seccomp filter allows these calls and no others goes on.
bool is_file(int fd) {
  return !ours(fd) || lib::is_in_stream_mode(fd);
}

/// A message's address may be one of the kernel's.
bool is_kernels(int fd, const msghdr* message) {
  if (message == nullptr || message->msg_name == nullptr) return !ours(fd);
  return hand_to_kernel(fd, static_cast<const sockaddr*>(message->msg_name), message->msg_namelen);
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

// ---- sending ----

ssize_t send(int fd, const void* data, size_t size, int flags) {
  if (!ours(fd)) return next.sendto(fd, data, size, flags, nullptr, 0);
  return traced("send", fd, zs_send(fd, data, size, flags));
}

ssize_t sendto(int fd, const void* data, size_t size, int flags, const sockaddr* address,
               socklen_t length) {
  if (address == nullptr ? !ours(fd) : hand_to_kernel(fd, address, length)) {
    return next.sendto(fd, data, size, flags, address, length);
  }
  return traced("sendto", fd, zs_sendto(fd, data, size, flags, address, length));
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  if (is_kernels(fd, message)) {
    open_passengers(message);
    return next.sendmsg(fd, message, flags);
  }
  return traced("sendmsg", fd, zs_sendmsg(fd, message, flags));
}

int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  if (is_kernels(fd, count > 0 && messages != nullptr ? &messages->msg_hdr : nullptr)) {
    for (unsigned i = 0; messages != nullptr && i < count; ++i) {
      open_passengers(&messages[i].msg_hdr);
    }
    return next.sendmmsg(fd, messages, count, flags);
  }
  return traced("sendmmsg", fd, zs_sendmmsg(fd, messages, count, flags));
}

ssize_t write(int fd, const void* data, size_t size) {
  if (is_file(fd)) return next.write(fd, data, size);
  return traced("write", fd, zs_write(fd, data, size));
}

ssize_t writev(int fd, const iovec* pieces, int count) {
  if (is_file(fd)) return next.writev(fd, pieces, count);
  return traced("writev", fd, zs_writev(fd, pieces, count));
}

// ---- receiving ----

ssize_t recv(int fd, void* data, size_t size, int flags) {
  if (!ours(fd)) return next.recvfrom(fd, data, size, flags, nullptr, nullptr);
  return traced("recv", fd, zs_recv(fd, data, size, flags));
}

ssize_t recvfrom(int fd, void* data, size_t size, int flags, sockaddr* address, socklen_t* length) {
  if (!ours(fd)) return next.recvfrom(fd, data, size, flags, address, length);
  return traced("recvfrom", fd, zs_recvfrom(fd, data, size, flags, address, length));
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  if (!ours(fd)) {
    const ssize_t received = next.recvmsg(fd, message, flags);
    if (received >= 0 && message->msg_controllen > 0) adopt_passengers(message);
    return received;
  }
  return traced("recvmsg", fd, zs_recvmsg(fd, message, flags));
}

int recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags, timespec* limit) {
  if (!ours(fd)) {
    const int received = next.recvmmsg(fd, messages, count, flags, limit);
    for (int i = 0; i < received; ++i) {
      const msghdr& message = messages[i].msg_hdr;
      if (message.msg_controllen > 0) adopt_passengers(&message);
    }
    return received;
  }
  return traced("recvmmsg", fd, zs_recvmmsg(fd, messages, count, flags, limit));
}

ssize_t read(int fd, void* data, size_t size) {
  if (is_file(fd)) return next.read(fd, data, size);
  return traced("read", fd, zs_read(fd, data, size));
}

ssize_t readv(int fd, const iovec* pieces, int count) {
  if (is_file(fd)) return next.readv(fd, pieces, count);
  return traced("readv", fd, zs_readv(fd, pieces, count));
}

ssize_t __recv_chk(int fd, void* data, size_t size, size_t room, int flags) {
  check_room(size, room);
  return recv(fd, data, size, flags);
}

ssize_t __recvfrom_chk(int fd, void* data, size_t size, size_t room, int flags, sockaddr* address,
                       socklen_t* length) {
  check_room(size, room);
  return recvfrom(fd, data, size, flags, address, length);
}

ssize_t __read_chk(int fd, void* data, size_t size, size_t room) {
  check_room(size, room);
  return read(fd, data, size);
}

}  // extern "C"
#pragma GCC visibility pop
