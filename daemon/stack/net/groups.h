#pragma once
/// \file
/// The multicast groups an interface listens to, counted per member.

#include <cstddef>
#include <vector>

#include "daemon/stack/wire/addr.h"

namespace zsock::net {

class Groups {
 public:
  enum class Change : std::uint8_t { none, first, last, full };
  static constexpr std::size_t kLimit = 1024;

  /// first: the group is new here and must be reported. full: no room.
  Change join(const wire::IpAddress& group);
  /// last: nobody is left. none: others remain, or it was never joined.
  Change leave(const wire::IpAddress& group);
  [[nodiscard]] bool contains(const wire::IpAddress& group) const;
  /// Does any joined group map to this Ethernet address?
  [[nodiscard]] bool accepts(const wire::MacAddr& mac) const;
  [[nodiscard]] std::vector<wire::IpAddress> all(wire::Family family) const;

 private:
  struct Membership {
    wire::IpAddress group{};
    std::size_t members = 0;
  };
  std::vector<Membership>::iterator place(const wire::IpAddress& group);
  void rebuild_filter();

  std::vector<Membership> memberships_;  ///< sorted by group
  std::vector<wire::MacAddr> filter_;    ///< sorted
};

}  // namespace zsock::net
