/// \file
/// syscall(): programs that go round the C library's functions, as libuv does to close descriptors.
/// What concerns descriptors takes the same way as the function of that name.

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdarg>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "shim/next.h"
#include "shim/shim.h"

// Ours: what this object calls by the plain names is the C library's (shim/core_calls.cpp).
extern "C" {
decltype(::socket) __real_socket;
decltype(::connect) __real_connect;
decltype(::shutdown) __real_shutdown;
decltype(::getsockopt) __real_getsockopt;
decltype(::setsockopt) __real_setsockopt;
decltype(::getpeername) __real_getpeername;
decltype(::sendmsg) __real_sendmsg;
decltype(::recvmsg) __real_recvmsg;
decltype(::read) __real_read;
decltype(::write) __real_write;
decltype(::close) __real_close;
decltype(::dup3) __real_dup3;
decltype(::fcntl) __real_fcntl;
decltype(::ioctl) __real_ioctl;
}

namespace {

using Arguments = std::array<long, 6>;

template <class T>
T as(long argument) {
  // Registers hold pointers and numbers alike.
  if constexpr (std::is_pointer_v<T>) return reinterpret_cast<T>(argument);  // NOLINT
  if constexpr (!std::is_pointer_v<T>) return static_cast<T>(argument);
}

template <class Result, class... Parameters>
long call(Result (*function)(Parameters...), const Arguments& arguments) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return static_cast<long>(function(as<Parameters>(arguments[I])...));
  }
  (std::index_sequence_for<Parameters...>{});
}

long other(long number, const Arguments& a) {
  return zsock::shim::next.syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/// A child with memory of its own, by whichever number.
long fork_by(long number, const Arguments& a) {
  zsock::lib::before_fork();
  const long process = other(number, a);
  if (process == 0) {
    zsock::lib::after_fork_in_child();
  } else {
    zsock::lib::after_fork_in_parent();
  }
  return process;
}

long about_processes(long number, const Arguments& a) {
  switch (number) {
    case SYS_clone:
      return (a[0] & CLONE_VM) != 0 ? other(number, a) : fork_by(number, a);
    case SYS_clone3: {
      const auto* facts = as<const clone_args*>(a[0]);
      return facts == nullptr || (facts->flags & CLONE_VM) != 0 ? other(number, a)
                                                                : fork_by(number, a);
    }
#ifdef SYS_fork
    case SYS_fork:
      return fork_by(number, a);
    case SYS_vfork:
      // The child returns from here, over its parent's stack if it had that.
      return fork_by(SYS_fork, a);
#endif
    default:
      return other(number, a);
  }
}

long about_descriptors(long number, const Arguments& a) {
  switch (number) {
    case SYS_close:
      return call(__real_close, a);
    case SYS_close_range:
      return call(close_range, a);
    case SYS_dup:
      return call(dup, a);
#ifdef SYS_dup2
    case SYS_dup2:
      return call(dup2, a);
#endif
    case SYS_dup3:
      return call(__real_dup3, a);
    case SYS_fcntl:
      return __real_fcntl(as<int>(a[0]), as<int>(a[1]), a[2]);
    case SYS_ioctl:
      return __real_ioctl(as<int>(a[0]), as<unsigned long>(a[1]), a[2]);
    case SYS_execve:
      return call(execve, a);
    case SYS_execveat:
      return call(execveat, a);
    default:
      return about_processes(number, a);
  }
}

long about_octets(long number, const Arguments& a) {
  switch (number) {
    case SYS_read:
      return call(__real_read, a);
    case SYS_readv:
      return call(readv, a);
    case SYS_recvfrom:
      return call(recvfrom, a);
    case SYS_recvmsg:
      return call(__real_recvmsg, a);
    case SYS_recvmmsg:
      return call(recvmmsg, a);
    case SYS_write:
      return call(__real_write, a);
    case SYS_writev:
      return call(writev, a);
    case SYS_sendto:
      return call(sendto, a);
    case SYS_sendmsg:
      return call(__real_sendmsg, a);
    case SYS_sendmmsg:
      return call(sendmmsg, a);
    case SYS_sendfile:
      return call(sendfile, a);
    case SYS_splice:
      return call(splice, a);
    default:
      return about_descriptors(number, a);
  }
}

long about_sockets(long number, const Arguments& a) {
  switch (number) {
    case SYS_socket:
      return call(__real_socket, a);
    case SYS_bind:
      return call(bind, a);
    case SYS_listen:
      return call(listen, a);
    case SYS_accept:
      return call(accept, a);
    case SYS_accept4:
      return call(accept4, a);
    case SYS_connect:
      return call(__real_connect, a);
    case SYS_shutdown:
      return call(__real_shutdown, a);
    case SYS_getsockname:
      return call(getsockname, a);
    case SYS_getpeername:
      return call(__real_getpeername, a);
    case SYS_getsockopt:
      return call(__real_getsockopt, a);
    case SYS_setsockopt:
      return call(__real_setsockopt, a);
    default:
      return about_octets(number, a);
  }
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

long syscall(long number, ...) noexcept {
  std::va_list list;
  va_start(list, number);
  Arguments arguments{};
  // More than were passed, perhaps: those are not looked at.
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  return about_sockets(number, arguments);
}

}  // extern "C"
#pragma GCC visibility pop
