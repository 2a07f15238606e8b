#include "daemon/quota.h"

#include <algorithm>

#include "daemon/stack/base/check.h"

namespace zsock::host {
namespace {

constexpr std::size_t index_of(Resource resource) {
  return static_cast<std::size_t>(resource);
}

}  // namespace

Quota::Quota(const QuotaConfig& config)
    : user_limits_{config.clients, config.sockets, config.listeners, config.memory},
      total_limits_{config.total_clients, config.total_sockets, config.total_listeners,
                    config.total_memory} {}

bool Quota::charge(uid_t user, Resource resource, std::size_t amount) {
  const std::size_t i = index_of(resource);
  const std::lock_guard lock(mutex_);
  const auto entry = users_.find(user);
  const std::size_t held = entry == users_.end() ? 0 : entry->second[i];
  if (amount > user_limits_[i] - std::min(held, user_limits_[i])) return false;
  if (amount > total_limits_[i] - std::min(total_[i], total_limits_[i])) return false;
  users_[user][i] += amount;
  total_[i] += amount;
  return true;
}

void Quota::give_back(uid_t user, Resource resource, std::size_t amount) {
  const std::size_t i = index_of(resource);
  if (amount == 0) return;
  const std::lock_guard lock(mutex_);
  const auto entry = users_.find(user);
  ZSOCK_CHECK(entry != users_.end() && entry->second[i] >= amount && total_[i] >= amount);
  entry->second[i] -= amount;
  total_[i] -= amount;
  if (std::ranges::all_of(entry->second, [](std::size_t n) { return n == 0; })) users_.erase(entry);
}

std::size_t Quota::used(uid_t user, Resource resource) const {
  const std::lock_guard lock(mutex_);
  const auto entry = users_.find(user);
  return entry == users_.end() ? 0 : entry->second[index_of(resource)];
}

std::size_t Quota::total(Resource resource) const {
  const std::lock_guard lock(mutex_);
  return total_[index_of(resource)];
}

}  // namespace zsock::host
