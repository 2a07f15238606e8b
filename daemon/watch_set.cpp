#include "daemon/watch_set.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>

#include "daemon/stack/base/check.h"

namespace zsock::host {
namespace {

WatchSet::Signal signal_of(std::uint32_t events) {
  if ((events & EPOLLHUP) != 0) return WatchSet::Signal::closed;
  if ((events & EPOLLRDHUP) != 0) return WatchSet::Signal::half_closed;
  return WatchSet::Signal::rung;
}

}  // namespace

WatchSet::WatchSet() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  ZSOCK_CHECK(epoll_.valid());
}

Status<std::error_code> WatchSet::add_end(int end, std::uint64_t key) const {
  return add(end, EPOLLRDHUP, key);  // EPOLLHUP comes by itself
}

Status<std::error_code> WatchSet::add_doorbell(int doorbell, std::uint64_t key) const {
  return add(doorbell, EPOLLIN, key);
}

Status<std::error_code> WatchSet::add_source(int fd, std::uint64_t key) const {
  return add(fd, EPOLLIN, key);
}

Status<std::error_code> WatchSet::change_source(int fd, std::uint64_t key,
                                                Interest interest) const {
  std::uint32_t events = EPOLLIN;
  if (interest == Interest::readable_or_writable) events |= EPOLLOUT;
  return control(EPOLL_CTL_MOD, fd, events, key);
}

void WatchSet::remove(int fd) const {
  static_cast<void>(control(EPOLL_CTL_DEL, fd, 0, 0));
}

Status<std::error_code> WatchSet::watch_data(int end, std::uint64_t key) const {
  return control(EPOLL_CTL_MOD, end, EPOLLRDHUP | EPOLLIN | EPOLLOUT, key);
}

Status<std::error_code> WatchSet::add(int fd, std::uint32_t events, std::uint64_t key) const {
  return control(EPOLL_CTL_ADD, fd, events, key);
}

Status<std::error_code> WatchSet::control(int what, int fd, std::uint32_t events,
                                          std::uint64_t key) const {
  epoll_event interest{};
  interest.events = events | EPOLLET;
  interest.data.u64 = key;
  if (::epoll_ctl(epoll_.get(), what, fd, &interest) != 0) {
    return Err{std::error_code(errno, std::generic_category())};
  }
  return {};
}

/// epoll_pwait2() to the nanosecond; to the millisecond, late rather than early, where that is not
/// to be had: a kernel before 5.11, or a sandbox that does not know it.
int WatchSet::wait(epoll_event* events, int limit, Duration longest) const {
  if (to_nanosecond_) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(longest);
    const timespec time{seconds.count(), std::chrono::nanoseconds{longest - seconds}.count()};
    const int count = ::epoll_pwait2(epoll_.get(), events, limit, &time, nullptr);
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
    to_nanosecond_ = false;
  }
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(longest).count();
  constexpr std::int64_t kMost = 1'000'000;
  return ::epoll_wait(epoll_.get(), events, limit,
                      static_cast<int>(std::min<std::int64_t>(milliseconds, kMost)));
}

std::size_t WatchSet::take(std::span<Event> out, Duration longest) const {
  std::array<epoll_event, 64> events;  // NOLINT: filled up to count
  const auto limit = static_cast<int>(std::min(out.size(), events.size()));
  if (limit == 0) return 0;
  const int count = wait(events.data(), limit, longest);
  if (count <= 0) return 0;
  const auto found = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < found; ++i) {
    out[i] = {events[i].data.u64, signal_of(events[i].events)};
  }
  return found;
}

}  // namespace zsock::host
