#include "daemon/hangup_set.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "daemon/stack/base/check.h"

namespace zsock::host {

HangupSet::HangupSet() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  ZSOCK_CHECK(static_cast<bool>(epoll_));
}

Status<std::error_code> HangupSet::add(int end, std::uint64_t key) const {
  epoll_event interest{};
  interest.events = EPOLLRDHUP | EPOLLET;  // EPOLLHUP comes by itself
  interest.data.u64 = key;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, end, &interest) != 0) {
    return Err{std::error_code(errno, std::generic_category())};
  }
  return {};
}

std::size_t HangupSet::take(std::span<Event> out) const {
  std::array<epoll_event, 64> events{};
  const auto limit = static_cast<int>(std::min(out.size(), events.size()));
  const int count = ::epoll_wait(epoll_.get(), events.data(), limit, 0);
  if (count <= 0) return 0;
  const auto found = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < found; ++i) {
    out[i] = {events[i].data.u64, (events[i].events & EPOLLHUP) != 0};
  }
  return found;
}

}  // namespace zsock::host
