/// \file
/// poll() with datagram sockets among its descriptors. Their errors have no place in a descriptor,
/// and there are programs that wait for POLLERR, for what is in the error queue (IP_RECVERR). Every
/// other poll() is the kernel's, as select() and epoll are.

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <span>

#include "shim/next.h"
#include "shim/shim.h"

using namespace zsock::shim;  // NOLINT: this file is the edge
namespace lib = zsock::lib;

extern "C" [[noreturn]] void __chk_fail();

namespace {

bool has_datagrams(const pollfd* fds, nfds_t count) {
  return fds != nullptr && std::ranges::any_of(std::span(fds, count), [](const pollfd& entry) {
           return ours(entry.fd) && lib::is_datagram(entry.fd);
         });
}

/// Never sooner than asked for.
int milliseconds(const timespec& limit) {
  constexpr long kPerMillisecond = 1'000'000;
  if (limit.tv_sec > INT_MAX / 1000 - 1) return INT_MAX;
  return static_cast<int>(limit.tv_sec * 1000 +
                          (limit.tv_nsec + kPerMillisecond - 1) / kPerMillisecond);
}

void check_room(nfds_t count, size_t room) {
  if (room / sizeof(pollfd) < count) __chk_fail();
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int poll(pollfd* fds, nfds_t count, int timeout) {
  if (!has_datagrams(fds, count)) return next.poll(fds, count, timeout);
  return zs_poll(fds, count, timeout);
}

/// A mask of signals is the kernel's business; poll() shows the errors then.
int ppoll(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  const bool strange = timeout != nullptr && (timeout->tv_sec < 0 || timeout->tv_nsec < 0);
  if (mask != nullptr || strange || !has_datagrams(fds, count)) {
    return next.ppoll(fds, count, timeout, mask);
  }
  return zs_poll(fds, count, timeout == nullptr ? -1 : milliseconds(*timeout));
}

int __poll_chk(pollfd* fds, nfds_t count, int timeout, size_t room) {
  check_room(count, room);
  return poll(fds, count, timeout);
}

int __ppoll_chk(pollfd* fds, nfds_t count, const timespec* timeout, const sigset_t* mask,
                size_t room) {
  check_room(count, room);
  return ppoll(fds, count, timeout, mask);
}

}  // extern "C"
#pragma GCC visibility pop
