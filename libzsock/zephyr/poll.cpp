/// \file
/// zsock_poll() and zsock_select(), over sockets and the host's descriptors alike.

#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <cstdint>
#include <new>
#include <span>
#include <vector>

#include "libzsock/zephyr/limits.h"
#include "libzsock/zephyr/native.h"
#include "libzsock/zephyr/tls_registry.h"

namespace zsock::zephyr {
namespace {

constexpr std::size_t kFew = 128;  ///< so many descriptors need no allocation

static_assert(ZSOCK_POLLIN == POLLIN && ZSOCK_POLLPRI == POLLPRI && ZSOCK_POLLOUT == POLLOUT &&
              ZSOCK_POLLERR == POLLERR && ZSOCK_POLLHUP == POLLHUP && ZSOCK_POLLNVAL == POLLNVAL);

bool drained(int fd) {
  int readable = 0;
  return zs_is_socket(fd) != 0 && zs_ioctl(fd, FIONREAD, &readable) == 0 && readable == 0;
}

// Whoever waits for data also wants to know of the end of the stream.
pollfd to_native(const zsock_pollfd& asked) {
  const short extra = (asked.events & ZSOCK_POLLIN) != 0 ? POLLRDHUP : 0;
  return {.fd = asked.fd, .events = static_cast<short>(asked.events | extra), .revents = 0};
}

// Zephyr's HUP is the end of the stream for the reader: as soon as all has been read.
short revents_of(const pollfd& native) {
  const int plain = native.revents & ~POLLRDHUP;
  if ((native.revents & POLLRDHUP) == 0 || !drained(native.fd)) return static_cast<short>(plain);
  return static_cast<short>(plain | ZSOCK_POLLHUP);
}

int poll_with(pollfd* native, zsock_pollfd* fds, std::size_t count, int timeout) {
  for (std::size_t i = 0; i < count; ++i) native[i] = to_native(fds[i]);
  const int ready = zs_poll(native, count, timeout);
  if (ready < 0) return -1;
  int marked = 0;
  for (std::size_t i = 0; i < count; ++i) {
    fds[i].revents = revents_of(native[i]);
    if (fds[i].revents != 0) ++marked;
  }
  return marked;
}

using Deadline = std::chrono::steady_clock::time_point;

int milliseconds_until(Deadline deadline) {
  if (deadline == Deadline::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Deadline::clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

/// The shorter of two waits; negative: for ever.
int shorter(int a, int b) {
  return a < 0 || (b >= 0 && b < a) ? b : a;
}

/// Some of the descriptors are TLS sockets, whose readiness is decided here.
class TlsPoll {
 public:
  explicit TlsPoll(std::span<zsock_pollfd> fds) : fds_(fds) {
    for (const zsock_pollfd& asked : fds) sockets_.push_back(find_tls(asked.fd));
  }
  [[nodiscard]] bool needed() const {
    return std::ranges::any_of(sockets_, [](const auto& socket) { return socket != nullptr; });
  }
  int run(int timeout) {
    const auto now = Deadline::clock::now();
    const Deadline deadline =
        timeout < 0 ? Deadline::max() : now + std::chrono::milliseconds(timeout);
    for (;;) {
      const int wait = milliseconds_until(deadline);
      const int marked = run_once(wait);
      if (marked != 0 || wait == 0) return marked;
    }
  }

 private:
  int run_once(int wait) {
    std::vector<pollfd> native;
    for (std::size_t i = 0; i < fds_.size(); ++i) {
      native.push_back(to_native(fds_[i]));
      if (sockets_[i] == nullptr) continue;
      native[i].events = sockets_[i]->events_to_poll(fds_[i].events);
      wait = shorter(wait, sockets_[i]->timeout_ms());
    }
    if (zs_poll(native.data(), native.size(), wait) < 0) return -1;
    int marked = 0;
    for (std::size_t i = 0; i < fds_.size(); ++i) {
      fds_[i].revents = sockets_[i] == nullptr
                            ? revents_of(native[i])
                            : sockets_[i]->events(fds_[i].events, native[i].revents);
      if (fds_[i].revents != 0) ++marked;
    }
    return marked;
  }

  std::span<zsock_pollfd> fds_;
  std::vector<TlsSocketPointer> sockets_{};
};

bool too_many(const zsock_pollfd* fds, int nfds) {
  if (!limits().on) return false;
  return std::count_if(fds, fds + nfds, [](const zsock_pollfd& entry) { return entry.fd >= 0; }) >
         limits().poll;
}

/// The sets of one select(); any may be missing.
struct Sets {
  zsock_fd_set* read;
  zsock_fd_set* write;
  zsock_fd_set* except;
};

bool holds(zsock_fd_set* set, int fd) {
  return set != nullptr && ZSOCK_FD_ISSET(fd, set) != 0;
}

std::vector<zsock_pollfd> poll_list(const Sets& sets, int nfds) {
  std::vector<zsock_pollfd> list;
  for (int fd = 0; fd < nfds; ++fd) {
    const int events = (holds(sets.read, fd) ? ZSOCK_POLLIN : 0) |
                       (holds(sets.write, fd) ? ZSOCK_POLLOUT : 0) |
                       (holds(sets.except, fd) ? ZSOCK_POLLPRI : 0);
    if (events != 0) list.push_back({.fd = fd, .events = static_cast<short>(events), .revents = 0});
  }
  return list;
}

// Keeps the bit of `fd` if it was asked for and one of `wanted` happened. Returns the bits kept.
int keep(zsock_fd_set* set, const zsock_pollfd& entry, int wanted) {
  if (!holds(set, entry.fd)) return 0;
  if ((entry.revents & wanted) != 0) return 1;
  ZSOCK_FD_CLR(entry.fd, set);
  return 0;
}

int mark(const Sets& sets, const std::vector<zsock_pollfd>& list) {
  for (const zsock_pollfd& entry : list) {
    if ((entry.revents & ZSOCK_POLLNVAL) != 0) return fail(EBADF);
  }
  int bits = 0;
  for (const zsock_pollfd& entry : list) {
    bits += keep(sets.read, entry, ZSOCK_POLLIN | ZSOCK_POLLHUP | ZSOCK_POLLERR);
    bits += keep(sets.write, entry, ZSOCK_POLLOUT | ZSOCK_POLLERR);
    bits += keep(sets.except, entry, ZSOCK_POLLPRI | ZSOCK_POLLHUP | ZSOCK_POLLERR);
  }
  return bits;
}

// Milliseconds, rounded up so that no wait is shorter than asked; -2: not a time.
int milliseconds(const timeval* timeout) {
  if (timeout == nullptr) return -1;
  if (timeout->tv_sec < 0 || timeout->tv_usec < 0) return -2;
  if (timeout->tv_sec > INT_MAX / 1000 - 1000) return INT_MAX;
  return static_cast<int>(timeout->tv_sec * 1000 + (timeout->tv_usec + 999) / 1000);
}

}  // namespace
}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

int zsock_poll(zsock_pollfd* fds, int nfds, int timeout) try {
  if (nfds < 0) return fail(EINVAL);
  if (too_many(fds, nfds)) return fail(ENOMEM);
  const auto count = static_cast<std::size_t>(nfds);
  if (any_tls()) {
    TlsPoll with_tls({fds, count});
    if (with_tls.needed()) return with_tls.run(timeout);
  }
  if (count <= kFew) {
    std::array<pollfd, kFew> few;
    return poll_with(few.data(), fds, count, timeout);
  }
  std::vector<pollfd> many(count);
  return poll_with(many.data(), fds, count, timeout);
} catch (const std::bad_alloc&) {
  return fail(ENOMEM);
}

int zsock_select(int nfds, zsock_fd_set* readfds, zsock_fd_set* writefds, zsock_fd_set* exceptfds,
                 zsock_timeval* timeout) try {
  const int wait = milliseconds(timeout);
  if (nfds < 0 || wait < -1) return fail(EINVAL);
  const Sets sets{.read = readfds, .write = writefds, .except = exceptfds};
  std::vector<zsock_pollfd> list =
      poll_list(sets, nfds < ZSOCK_FD_SETSIZE ? nfds : ZSOCK_FD_SETSIZE);
  const int ready = zsock_poll(list.data(), static_cast<int>(list.size()), wait);
  return ready < 0 ? -1 : mark(sets, list);
} catch (const std::bad_alloc&) {
  return fail(ENOMEM);
}

void ZSOCK_FD_ZERO(zsock_fd_set* set) {
  *set = zsock_fd_set{};
}

// The host's macros stop the program at a descriptor out of range when it is checked for overflows.
int ZSOCK_FD_ISSET(int fd, zsock_fd_set* set) {
  return fd >= 0 && fd < ZSOCK_FD_SETSIZE && FD_ISSET(fd, set) ? 1 : 0;
}

void ZSOCK_FD_CLR(int fd, zsock_fd_set* set) {
  if (fd >= 0 && fd < ZSOCK_FD_SETSIZE) FD_CLR(fd, set);
}

void ZSOCK_FD_SET(int fd, zsock_fd_set* set) {
  if (fd >= 0 && fd < ZSOCK_FD_SETSIZE) FD_SET(fd, set);
}
