#pragma once
/// \file
/// GroupReports: when one interface reports its groups of one family. What it says, and to whom, is
/// the affair of igmp.h and mld.h.

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::net {

class GroupReports {
 public:
  static constexpr std::size_t kMostLeft = 32;

  /// What has changed is said again soon: the first time may have been lost (RFC 9776 5.1, RFC 9777
  /// 6.1).
  void repeat(Rng& rng, Instant now);
  void joined(const wire::IpAddress& group, Rng& rng, Instant now);
  void left(const wire::IpAddress& group, Rng& rng, Instant now);
  /// A querier asks: the answer follows after a random part of `longest`, which is below an hour.
  void asked(Duration longest, Rng& rng, Instant now);
  /// Another member has reported a group of ours: queriers of older versions need no more (RFC 2236
  /// 3, RFC 2710 4).
  void told(const wire::IpAddress& group);

  [[nodiscard]] std::optional<Instant> deadline() const;
  /// True: a report is due. reported() follows it.
  [[nodiscard]] bool take_due(Instant now);
  void reported();

  [[nodiscard]] bool is_told(const wire::IpAddress& group) const {
    return std::ranges::find(told_, group) != told_.end();
  }
  [[nodiscard]] std::span<const wire::IpAddress> groups_left() const { return groups_left_; }

  Instant v1_until = Instant::min();  ///< a querier of version 1 is about
  Instant v2_until = Instant::min();  ///< a querier of version 2 is about (IGMP)

 private:
  std::uint32_t to_come_ = 0;  ///< reports
  Instant next_ = Instant::min();
  std::vector<wire::IpAddress> groups_left_{};
  std::vector<wire::IpAddress> told_{};  ///< by others, since somebody asked
};

}  // namespace zsock::net
