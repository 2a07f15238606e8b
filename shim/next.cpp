#include "shim/next.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace zsock::shim {

namespace {

template <class Function>
Function* find(const char* name) {
  // dlsym() gives functions as pointers to objects.
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

using SystemCall = long(long, ...);

/// The C library's syscall(), which sets errno as its functions do; ours comes before it.
SystemCall* direct() {
  static SystemCall* const found = find<SystemCall>("syscall");
  return found;
}

}  // namespace

// The stand-ins.
constinit Next next{
    .socket =
        [](int domain, int type, int protocol) {
          return static_cast<int>(direct()(SYS_socket, domain, type, protocol));
        },
    .bind =
        [](int fd, const sockaddr* address, socklen_t length) {
          return static_cast<int>(direct()(SYS_bind, fd, address, length));
        },
    .listen = [](int fd,
                 int backlog) { return static_cast<int>(direct()(SYS_listen, fd, backlog)); },
    .accept4 =
        [](int fd, sockaddr* address, socklen_t* length, int flags) {
          return static_cast<int>(direct()(SYS_accept4, fd, address, length, flags));
        },
    .connect =
        [](int fd, const sockaddr* address, socklen_t length) {
          return static_cast<int>(direct()(SYS_connect, fd, address, length));
        },
    .shutdown = [](int fd, int how) { return static_cast<int>(direct()(SYS_shutdown, fd, how)); },
    .getsockname =
        [](int fd, sockaddr* address, socklen_t* length) {
          return static_cast<int>(direct()(SYS_getsockname, fd, address, length));
        },
    .getpeername =
        [](int fd, sockaddr* address, socklen_t* length) {
          return static_cast<int>(direct()(SYS_getpeername, fd, address, length));
        },
    .getsockopt =
        [](int fd, int level, int name, void* value, socklen_t* length) {
          return static_cast<int>(direct()(SYS_getsockopt, fd, level, name, value, length));
        },
    .setsockopt =
        [](int fd, int level, int name, const void* value, socklen_t length) {
          return static_cast<int>(direct()(SYS_setsockopt, fd, level, name, value, length));
        },
    .sendto = [](int fd, const void* data, size_t size, int flags, const sockaddr* to,
                 socklen_t length) -> ssize_t {
      return direct()(SYS_sendto, fd, data, size, flags, to, length);
    },
    .sendmsg = [](int fd, const msghdr* message, int flags) -> ssize_t {
      return direct()(SYS_sendmsg, fd, message, flags);
    },
    .sendmmsg =
        [](int fd, mmsghdr* messages, unsigned count, int flags) {
          return static_cast<int>(direct()(SYS_sendmmsg, fd, messages, count, flags));
        },
    .recvfrom = [](int fd, void* data, size_t size, int flags, sockaddr* from, socklen_t* length)
        -> ssize_t { return direct()(SYS_recvfrom, fd, data, size, flags, from, length); },
    .recvmsg = [](int fd, msghdr* message, int flags) -> ssize_t {
      return direct()(SYS_recvmsg, fd, message, flags);
    },
    .recvmmsg =
        [](int fd, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
          return static_cast<int>(direct()(SYS_recvmmsg, fd, messages, count, flags, timeout));
        },
    .read = [](int fd, void* data, size_t size) -> ssize_t {
      return direct()(SYS_read, fd, data, size);
    },
    .write = [](int fd, const void* data, size_t size) -> ssize_t {
      return direct()(SYS_write, fd, data, size);
    },
    .readv = [](int fd, const iovec* pieces, int count) -> ssize_t {
      return direct()(SYS_readv, fd, pieces, count);
    },
    .writev = [](int fd, const iovec* pieces, int count) -> ssize_t {
      return direct()(SYS_writev, fd, pieces, count);
    },
    .sendfile = [](int out, int in, off_t* offset, size_t count) -> ssize_t {
      return direct()(SYS_sendfile, out, in, offset, count);
    },
    .splice = [](int in, off64_t* in_offset, int out, off64_t* out_offset, size_t size,
                 unsigned flags) -> ssize_t {
      return direct()(SYS_splice, in, in_offset, out, out_offset, size, flags);
    },
    // poll() itself is not on every machine.
    .poll =
        [](pollfd* fds, nfds_t count, int timeout) {
          timespec limit{.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1'000'000L};
          return static_cast<int>(
              direct()(SYS_ppoll, fds, count, timeout < 0 ? nullptr : &limit, nullptr, 0));
        },
    .ppoll =
        [](pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask) {
          timespec limit{};
          if (timeout != nullptr) limit = *timeout;
          constexpr std::size_t kMaskOctets = 8;
          return static_cast<int>(direct()(
              SYS_ppoll, fds, count, timeout == nullptr ? nullptr : &limit, mask, kMaskOctets));
        },
    .close = [](int fd) { return static_cast<int>(direct()(SYS_close, fd)); },
    .close_range =
        [](unsigned first, unsigned last, int flags) {
          return static_cast<int>(direct()(SYS_close_range, first, last, flags));
        },
    .dup = [](int fd) { return static_cast<int>(direct()(SYS_dup, fd)); },
    .dup3 = [](int from, int to,
               int flags) { return static_cast<int>(direct()(SYS_dup3, from, to, flags)); },
    .fcntl =
        [](int fd, int command, long argument) {
          return static_cast<int>(direct()(SYS_fcntl, fd, command, argument));
        },
    .ioctl =
        [](int fd, unsigned long request, void* argument) {
          return static_cast<int>(direct()(SYS_ioctl, fd, request, argument));
        },
    .execve =
        [](const char* path, char* const* arguments, char* const* environment) {
          return static_cast<int>(direct()(SYS_execve, path, arguments, environment));
        },
    .clone = nullptr,
    .syscall = nullptr,
    .getaddrinfo = nullptr,
    .getnameinfo = nullptr,
    .gethostbyname2_r = nullptr,
    .gethostbyaddr_r = nullptr,
    .getifaddrs = nullptr,
    .if_nameindex = nullptr,
    .if_nametoindex = nullptr,
    .if_indextoname = nullptr,
    .fdopen = nullptr,
    .vdprintf = nullptr,
    .fclose = nullptr,
    .execvpe = nullptr,
    .fexecve = nullptr,
    .execveat = nullptr,
    .posix_spawn = nullptr,
    .posix_spawnp = nullptr,
    .spawn_dup2 = nullptr,
};

namespace {

template <class Function>
void resolve(Function*& place, const char* name) {
  auto* found = find<Function>(name);
  if (found != nullptr) place = found;
}

void resolve_sockets() {
  resolve(next.socket, "socket");
  resolve(next.bind, "bind");
  resolve(next.listen, "listen");
  resolve(next.accept4, "accept4");
  resolve(next.connect, "connect");
  resolve(next.shutdown, "shutdown");
  resolve(next.getsockname, "getsockname");
  resolve(next.getpeername, "getpeername");
  resolve(next.getsockopt, "getsockopt");
  resolve(next.setsockopt, "setsockopt");
}

void resolve_io() {
  resolve(next.sendto, "sendto");
  resolve(next.sendmsg, "sendmsg");
  resolve(next.sendmmsg, "sendmmsg");
  resolve(next.recvfrom, "recvfrom");
  resolve(next.recvmsg, "recvmsg");
  resolve(next.recvmmsg, "recvmmsg");
  resolve(next.read, "read");
  resolve(next.write, "write");
  resolve(next.readv, "readv");
  resolve(next.writev, "writev");
  resolve(next.sendfile, "sendfile");
  resolve(next.splice, "splice");
  resolve(next.poll, "poll");
  resolve(next.ppoll, "ppoll");
}

void resolve_descriptors() {
  resolve(next.close, "close");
  resolve(next.close_range, "close_range");
  resolve(next.dup, "dup");
  resolve(next.dup3, "dup3");
  // fcntl() and ioctl() stay system calls: the C library's have a variable argument list.
  resolve(next.fdopen, "fdopen");
  resolve(next.vdprintf, "vdprintf");
  resolve(next.fclose, "fclose");
}

void resolve_names() {
  resolve(next.getaddrinfo, "getaddrinfo");
  resolve(next.getnameinfo, "getnameinfo");
  resolve(next.gethostbyname2_r, "gethostbyname2_r");
  resolve(next.gethostbyaddr_r, "gethostbyaddr_r");
  resolve(next.getifaddrs, "getifaddrs");
  resolve(next.if_nameindex, "if_nameindex");
  resolve(next.if_nametoindex, "if_nametoindex");
  resolve(next.if_indextoname, "if_indextoname");
}

void resolve_processes() {
  resolve(next.clone, "clone");
  resolve(next.execve, "execve");
  resolve(next.execvpe, "execvpe");
  resolve(next.fexecve, "fexecve");
  resolve(next.execveat, "execveat");
  resolve(next.posix_spawn, "posix_spawn");
  resolve(next.posix_spawnp, "posix_spawnp");
  resolve(next.spawn_dup2, "posix_spawn_file_actions_adddup2");
}

}  // namespace

void resolve_next() {
  next.syscall = direct();
  resolve_sockets();
  resolve_io();
  resolve_descriptors();
  resolve_names();
  resolve_processes();
}

}  // namespace zsock::shim
