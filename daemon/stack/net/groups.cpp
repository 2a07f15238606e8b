#include "daemon/stack/net/groups.h"

#include <algorithm>

namespace zsock::net {

std::vector<Groups::Membership>::iterator Groups::place(const wire::IpAddress& group) {
  return std::lower_bound(
      memberships_.begin(), memberships_.end(), group,
      [](const Membership& m, const wire::IpAddress& wanted) { return m.group < wanted; });
}

Groups::Change Groups::join(const wire::IpAddress& group) {
  const auto found = place(group);
  if (found != memberships_.end() && found->group == group) {
    ++found->members;
    return Change::none;
  }
  if (memberships_.size() >= kLimit) return Change::full;
  memberships_.insert(found, Membership{.group = group, .members = 1});
  rebuild_filter();
  return Change::first;
}

Groups::Change Groups::leave(const wire::IpAddress& group) {
  const auto found = place(group);
  if (found == memberships_.end() || found->group != group) return Change::none;
  if (--found->members > 0) return Change::none;
  memberships_.erase(found);
  rebuild_filter();
  return Change::last;
}

bool Groups::contains(const wire::IpAddress& group) const {
  const auto found = std::lower_bound(
      memberships_.begin(), memberships_.end(), group,
      [](const Membership& m, const wire::IpAddress& wanted) { return m.group < wanted; });
  return found != memberships_.end() && found->group == group;
}

bool Groups::accepts(const wire::MacAddr& mac) const {
  return std::binary_search(filter_.begin(), filter_.end(), mac);
}

std::vector<wire::IpAddress> Groups::all(wire::Family family) const {
  std::vector<wire::IpAddress> groups;
  for (const Membership& membership : memberships_) {
    if (membership.group.family() == family) groups.push_back(membership.group);
  }
  return groups;
}

void Groups::rebuild_filter() {
  filter_.clear();
  for (const Membership& membership : memberships_) {
    filter_.push_back(wire::multicast_mac(membership.group));
  }
  std::sort(filter_.begin(), filter_.end());
}

}  // namespace zsock::net
