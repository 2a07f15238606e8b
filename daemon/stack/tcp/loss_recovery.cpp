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

void LossRecovery::sent(Range range, Instant now) {
  if (selective_ && range.begin > 0) selective_->sent(range, now);
}

void LossRecovery::sent_again(Range range, Instant now) {
  if (selective_ && range.begin > 0) return selective_->sent_again(range, now);
  retransmitted(range.end);
}

void LossRecovery::presume_all_lost(std::uint64_t una, std::uint64_t next) {
  if (selective_ && una > 0) return selective_->presume_all_lost();
  phase_ = Phase::loss;
  duplicates_ = 0;
  departed_ = 0;
  pending_ = {una, next};
  if (una != 0) recover_ = next;  // a lost SYN says nothing about the data
}

void LossRecovery::hand_over(std::uint64_t next, Instant sent) {
  if (!selective_) return;
  pending_ = {};
  // The text of a SYN went out before there was an agreement.
  if (selective_->next() < next) selective_->sent({selective_->next(), next}, sent);
}

void LossRecovery::on_timeout(std::uint64_t una, std::uint64_t next) {
  if (selective_ && una > 0) return selective_->on_timeout();
  presume_all_lost(una, next);
}

void LossRecovery::retransmitted(std::uint64_t end) {
  pending_.begin = std::min(end, pending_.end);
  if (pending_.begin == pending_.end) pending_ = {};
}

Range LossRecovery::pending(std::uint64_t most) const {
  const bool base = !selective_ || pending_.begin != pending_.end;
  return base ? pending_ : selective_->board().lost(most);
}

bool LossRecovery::has_pending() const {
  return pending_.begin != pending_.end || (selective_ && selective_->board().any_lost());
}

bool LossRecovery::first_pending(std::uint64_t una) const {
  if (pending_.begin != pending_.end) return pending_.begin == una;
  return selective_ && selective_->board().first_is(Scoreboard::Fate::lost);
}

std::uint64_t LossRecovery::in_network(std::uint64_t una, std::uint64_t next) const {
  if (selective_ && una > 0) return selective_->in_network();
  const std::uint64_t gone = departed_ + pending_.length();
  return next - una - std::min(next - una, gone);
}

std::optional<std::uint64_t> LossRecovery::window() const {
  if (!selective_ || selective_->phase() != Phase::recovery) return std::nullopt;
  return selective_->window();
}

void LossRecovery::check_invariants(std::uint64_t una, std::uint64_t next) const {
  if (selective_ && una > 0) return selective_->check_invariants(una, next);
  if (!has_pending()) return;
  ZSOCK_CHECK(una <= pending_.begin && pending_.begin < pending_.end && pending_.end <= next);
}

}  // namespace zsock::tcp
