#include "daemon/holders.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>

#include "daemon/stack/base/check.h"

namespace zsock::host {

Holders::Holders() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  ZSOCK_CHECK(epoll_.valid());
}

bool Holders::add(int application, Owner owner) const {
  epoll_event hang_up{};  // EPOLLHUP comes by itself
  hang_up.data.u64 = owner;
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, application, &hang_up) == 0;
}

/// What has been told goes behind what has not: all are told when nothing new comes.
std::unordered_set<Owner> Holders::held() const {
  std::unordered_set<Owner> owners;
  std::array<epoll_event, 256> events;  // NOLINT: filled up to count
  int count = 0;
  bool fresh = false;
  do {
    fresh = false;
    count = ::epoll_wait(epoll_.get(), events.data(), events.size(), 0);
    for (int i = 0; i < count; ++i) {
      fresh |= owners.insert(events[static_cast<std::size_t>(i)].data.u64).second;
    }
  } while (fresh && count == static_cast<int>(events.size()));
  return owners;
}

}  // namespace zsock::host
