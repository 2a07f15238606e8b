#include "daemon/stack/net/group_reports.h"

#include <chrono>

namespace zsock::net {
namespace {

constexpr std::uint32_t kRobustness = 2;                 // RFC 9776 8.1, RFC 9777 9.1
constexpr Duration kInterval = std::chrono::seconds{1};  // RFC 9776 8.11, RFC 9777 9.11

}  // namespace

void GroupReports::repeat(Rng& rng, Instant now) {
  to_come_ = kRobustness - 1;
  next_ = now + Duration(1 + rng.below(static_cast<std::uint32_t>(kInterval.count())));
}

void GroupReports::joined(const wire::IpAddress& group, Rng& rng, Instant now) {
  std::erase(groups_left_, group);
  std::erase(told_, group);
  repeat(rng, now);
}

void GroupReports::left(const wire::IpAddress& group, Rng& rng, Instant now) {
  if (groups_left_.size() < kMostLeft) groups_left_.push_back(group);
  repeat(rng, now);
}

void GroupReports::asked(Duration longest, Rng& rng, Instant now) {
  told_.clear();
  const Instant at = now + Duration(rng.below(static_cast<std::uint32_t>(longest.count()) + 1));
  // One timer for all queries: a flood of them cannot make more than one report per delay.
  if (to_come_ > 0 && next_ <= at) return;
  to_come_ = std::max(to_come_, 1U);
  next_ = at;
}

void GroupReports::told(const wire::IpAddress& group) {
  if (to_come_ > 0 && !is_told(group)) told_.push_back(group);
}

std::optional<Instant> GroupReports::deadline() const {
  return to_come_ == 0 ? std::nullopt : std::optional{next_};
}

bool GroupReports::take_due(Instant now) {
  if (to_come_ == 0 || next_ > now) return false;
  --to_come_;
  next_ = now + kInterval;
  return true;
}

void GroupReports::reported() {
  told_.clear();
  if (to_come_ == 0) groups_left_.clear();
}

}  // namespace zsock::net
