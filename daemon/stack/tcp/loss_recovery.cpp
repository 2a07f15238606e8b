#include "daemon/stack/tcp/loss_recovery.h"

#include <algorithm>

#include "daemon/stack/base/check.h"

namespace zsock::tcp {

LossRecovery::Verdict LossRecovery::on_duplicate(std::uint64_t una, std::uint64_t next,
                                                 std::uint32_t segment) {
  if (phase_ == Phase::loss) return Verdict::none;  // RFC 6582 3.2: below recover
  const std::uint64_t outstanding = next - una;
  if (duplicates_ == 0) flight_at_loss_ = static_cast<std::uint32_t>(outstanding);
  ++duplicates_;
  if (phase_ == Phase::recovery || duplicates_ < kDuplicateThreshold) {
    departed_ = std::min(departed_ + segment, outstanding);  // RFC 5681 3.2 step 4; RFC 3042
    return Verdict::none;
  }
  if (duplicates_ > kDuplicateThreshold || una <= recover_) return Verdict::none;
  phase_ = Phase::recovery;
  recover_ = next;
  departed_ = std::min(departed_ + segment, outstanding);  // RFC 5681 3.2 step 3: three segments
  pending_ = {una, una + std::min<std::uint64_t>(segment, outstanding)};
  return Verdict::loss;
}

LossRecovery::Verdict LossRecovery::on_ack(std::uint64_t before, std::uint64_t una,
                                           std::uint32_t segment) {
  duplicates_ = 0;
  if (phase_ == Phase::recovery && una < recover_) {
    // RFC 6582 3.2 step 3, partial ACK: deflate by what was acknowledged, add one segment back.
    const std::uint64_t acked = una - before;
    const std::uint64_t deflate = acked >= segment ? acked - segment : acked;
    departed_ -= std::min(departed_, deflate);
    pending_ = {una, std::min(una + segment, recover_)};
    return Verdict::partial;
  }
  departed_ = 0;
  pending_.begin = std::max(pending_.begin, una);
  if (pending_.begin >= pending_.end) pending_ = {};
  if (una < recover_) return Verdict::none;
  const Phase before_phase = phase_;
  phase_ = Phase::open;
  return before_phase == Phase::recovery ? Verdict::recovered : Verdict::none;
}

void LossRecovery::presume_all_lost(std::uint64_t una, std::uint64_t next) {
  phase_ = Phase::loss;
  duplicates_ = 0;
  departed_ = 0;
  pending_ = {una, next};
  if (una != 0) recover_ = next;  // a lost SYN says nothing about the data
}

void LossRecovery::retransmitted(std::uint64_t end) {
  pending_.begin = std::min(end, pending_.end);
  if (pending_.begin == pending_.end) pending_ = {};
}

std::uint64_t LossRecovery::in_network(std::uint64_t una, std::uint64_t next) const {
  const std::uint64_t gone = departed_ + pending_.length();
  return next - una - std::min(next - una, gone);
}

void LossRecovery::check_invariants(std::uint64_t una, std::uint64_t next) const {
  if (!has_pending()) return;
  ZSOCK_CHECK(una <= pending_.begin && pending_.begin < pending_.end && pending_.end <= next);
}

}  // namespace zsock::tcp
