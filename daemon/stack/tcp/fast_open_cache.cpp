#include "daemon/stack/tcp/fast_open_cache.h"

#include <algorithm>

namespace zsock::tcp {

std::optional<FastOpenOffer> FastOpenCache::offer(const wire::IpAddress& server,
                                                  Instant now) const {
  const auto found = servers_.find(server);
  if (found == servers_.end()) return FastOpenOffer{};
  if (found->second.failures > 0 && now < found->second.paused_until) return std::nullopt;
  return found->second.offer;
}

FastOpenCache::Entry& FastOpenCache::entry(const wire::IpAddress& server) {
  const auto [position, added] = servers_.try_emplace(server);
  if (added) {
    oldest_first_.push_back(server);
    if (servers_.size() > kServers) {
      servers_.erase(oldest_first_.front());
      oldest_first_.pop_front();
    }
  }
  return position->second;
}

void FastOpenCache::learn(const wire::IpAddress& server,
                          const std::optional<wire::FastOpenCookie>& given,
                          std::uint16_t peer_mss) {
  if (!given && !servers_.contains(server)) return;  // it knows nothing of Fast Open
  Entry& known = entry(server);
  known.failures = 0;
  known.offer.peer_mss = peer_mss;
  if (given && given->size > 0) known.offer.cookie = *given;
}

void FastOpenCache::note_black_hole(const wire::IpAddress& server, Instant now) {
  Entry& known = entry(server);
  const Duration pause = kPause * (std::int64_t{1} << std::min<unsigned>(known.failures, 5));
  known.paused_until = now + std::min(pause, kLongestPause);
  if (known.failures < 255) ++known.failures;
}

}  // namespace zsock::tcp
