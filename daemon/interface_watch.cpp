#include "daemon/interface_watch.h"

#include <poll.h>

#include <algorithm>
#include <utility>

namespace zsock::host {
namespace {

constexpr std::ptrdiff_t kMost = 8;  ///< of one client
constexpr Duration kPeriod = std::chrono::milliseconds{10};

bool same(const net::Ip::AddressInfo& a, const net::Ip::AddressInfo& b) {
  return a.interface == b.interface && a.address == b.address && a.tentative == b.tentative &&
         a.duplicate == b.duplicate;
}

/// The client has closed the last copy of its half.
bool is_abandoned(const SocketEnd& end) {
  pollfd entry{.fd = end.fd(), .events = 0, .revents = 0};
  return ::poll(&entry, 1, 0) > 0 && (entry.revents & POLLHUP) != 0;
}

}  // namespace

Result<ipc::Fd, SockError> InterfaceWatch::add(ClientId client) {
  std::erase_if(watchers_, [](const Watcher& watcher) { return is_abandoned(watcher.end); });
  const auto own =
      std::ranges::count_if(watchers_, [&](const Watcher& w) { return w.client == client; });
  if (own == kMost) return Err{SockError::too_many_files};
  auto pair = SocketEnd::create(SocketKind::udp);
  if (!pair) return Err{SockError::too_many_files};
  if (watchers_.empty()) told_ = stack_->addresses();
  watchers_.push_back({.client = client, .end = std::move(pair->host)});
  return std::move(pair->application);
}

void InterfaceWatch::forget(ClientId client) {
  std::erase_if(watchers_, [client](const Watcher& watcher) { return watcher.client == client; });
}

void InterfaceWatch::look_now_and_then(Instant now) {
  if (watchers_.empty() || now < next_look_) return;
  next_look_ = now + kPeriod;
  look();
}

void InterfaceWatch::look() {
  if (watchers_.empty()) return;
  auto now = stack_->addresses();
  if (std::ranges::equal(now, told_, same)) return;
  told_ = std::move(now);
  for (const Watcher& watcher : watchers_) watcher.end.send_token();
}

}  // namespace zsock::host
