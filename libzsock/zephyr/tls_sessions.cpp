#include "libzsock/zephyr/tls_sessions.h"

#include <map>
#include <mutex>

namespace zsock::zephyr {
namespace {

constexpr std::size_t kMostSessions = 64;

struct Sessions {
  std::mutex mutex;
  std::map<std::string, std::vector<unsigned char>> by_peer;
};

// Never destroyed: threads may outlive static objects.
Sessions& sessions() {
  static Sessions& instance = *new Sessions;
  return instance;
}

}  // namespace

void keep_session(const std::string& peer, std::vector<unsigned char> session) {
  const std::lock_guard lock(sessions().mutex);
  auto& all = sessions().by_peer;
  if (all.size() >= kMostSessions && !all.contains(peer)) all.erase(all.begin());
  all.insert_or_assign(peer, std::move(session));
}

std::vector<unsigned char> kept_session(const std::string& peer) {
  const std::lock_guard lock(sessions().mutex);
  const auto found = sessions().by_peer.find(peer);
  return found == sessions().by_peer.end() ? std::vector<unsigned char>{} : found->second;
}

void forget_sessions() {
  const std::lock_guard lock(sessions().mutex);
  sessions().by_peer.clear();
}

}  // namespace zsock::zephyr
