#include "daemon/stack/tcp/sack_recovery.h"

#include <algorithm>

#include "daemon/stack/base/check.h"

namespace zsock::tcp {

namespace {

constexpr std::uint64_t kDuplicateThreshold = 3;  ///< RFC 8985 6.2 step 4: DupThresh

/// RFC 2883 4: is the first block a report of text that arrived twice?
bool reports_duplicate(const SackRecovery::Ack& ack) {
  if (ack.blocks.empty()) return false;
  const Range first = ack.blocks.front();
  if (first.begin >= first.end) return false;
  if (first.end <= ack.una) return true;
  return ack.blocks.size() > 1 && ack.blocks[1].begin <= first.begin &&
         first.end <= ack.blocks[1].end;
}

}  // namespace

// --- What is sent and answered -------------------------------------------------------------------

void SackRecovery::sent(Range range, Instant now) {
  board_.sent(range, now);
  next_ = range.end;
  probe_base_ = now;
  if (phase_ == Phase::recovery) prr_.sent(range.length());
}

void SackRecovery::sent_again(Range range, Instant now) {
  board_.sent_again(range, now);
  spurious_.sent_again(range, una_, now);
  if (phase_ == Phase::recovery) prr_.sent(range.length());
}

SackRecovery::Outcome SackRecovery::on_ack(const Ack& ack, const Path& path, Instant now) {
  Outcome outcome;
  const std::uint64_t flight = undelivered();
  const bool progress = ack.una > una_;
  una_ = ack.una;
  outcome.delivered = board_.acknowledge(una_);
  const bool duplicate_report = reports_duplicate(ack);
  outcome.delivered += take_blocks(ack.blocks.subspan(duplicate_report ? 1 : 0));
  for (const Scoreboard::Delivery& delivery : board_.deliveries()) {
    rack_.on_delivered(delivery, now, ack.echoed);
  }
  judge_episode(outcome, ack, duplicate_report, progress, path.new_text);
  board_.forget_deliveries();
  if (duplicate_report) {
    ++duplicates_reported_;
    rack_.on_duplicate_report(una_, next_);
  }
  if (outcome.delivered > 0) {
    probe_base_ = now;
    probe_due_ = false;
  }
  outcome.repaired = judge_probe(ack, duplicate_report, progress);
  if (phase_ != Phase::open && una_ >= recover_) {
    outcome.recovered = phase_ == Phase::recovery;
    phase_ = Phase::open;
    rack_.on_recovered();
    spurious_.over(next_);
  }
  const std::uint64_t lost = detect_losses(path, now);
  if (progress && lost == 0) outcome.safety = Prr::Safety::safe;
  // Text sent during the last recovery may have been lost meanwhile.
  if (phase_ == Phase::open && board_.any_lost()) {
    outcome.loss = true;
    begin_recovery(flight);
  }
  return outcome;
}

/// RFC 4015, RFC 5682, RFC 3708: a needless recovery, or timeout, ends as if it had never begun.
void SackRecovery::judge_episode(Outcome& outcome, const Ack& ack, bool duplicate_report,
                                 bool progress, bool new_text) {
  outcome.undone = spurious_.on_ack(
      {.una = una_,
       .echoed = ack.echoed,
       .duplicate = duplicate_report ? std::optional{ack.blocks.front()} : std::nullopt,
       .progress = progress,
       .missing = board_.any_lost(),
       .originals = originals_delivered(),
       .new_text = new_text});
  if (outcome.undone == Spurious::Cause::none) return;
  phase_ = Phase::open;
  board_.find_lost();
  rack_.on_spurious();
}

bool SackRecovery::originals_delivered() const {
  return std::ranges::any_of(board_.deliveries(), [this](const Scoreboard::Delivery& delivery) {
    return !delivery.again && delivery.end <= recover_;
  });
}

std::uint64_t SackRecovery::take_blocks(std::span<const Range> blocks) {
  std::uint64_t delivered = 0;
  for (const Range block : blocks) delivered += board_.sack(block);
  return delivered;
}

bool SackRecovery::judge_probe(const Ack& ack, bool duplicate_report, bool progress) {
  return probe_.on_ack({.una = ack.una,
                        .duplicate_report = duplicate_report,
                        .blocks = !ack.blocks.empty() || !ack.duplicate,
                        .progress = progress}) == TailProbe::Verdict::repaired;
}

/// RFC 8985 6.2 step 5. Returns the octets found lost.
std::uint64_t SackRecovery::detect_losses(const Path& path, Instant now) {
  reordering_due_.reset();
  const bool certain = phase_ != Phase::open || board_.octets(Scoreboard::Fate::sacked) >=
                                                    kDuplicateThreshold * path.segment;
  const Duration window =
      rack_.window(certain ? Rack::Patience::none : Rack::Patience::full, path.smoothed);
  std::uint64_t lost = 0;
  const Scoreboard::Record* record = board_.oldest();
  while (record != nullptr && record->sent <= rack_.latest()) {
    const Scoreboard::Record& candidate = *record;
    record = record->next;
    if (!rack_.sent_before(candidate)) continue;
    const Instant due = rack_.lost_at(candidate, window);
    if (due > now) {
      reordering_due_ = due;  // those behind it are later still
      break;
    }
    lost += candidate.length();
    board_.lose(candidate);
  }
  return lost;
}

void SackRecovery::begin_recovery(std::uint64_t flight) {
  phase_ = Phase::recovery;
  recover_ = next_;
  flight_at_loss_ = flight;
  spurious_.begin(Spurious::Cause::recovery, una_, next_);
  probe_.forget();
  probe_due_ = false;
  prr_.enter(flight);
}

void SackRecovery::regulate(const Outcome& outcome, std::uint64_t threshold,
                            std::uint32_t segment) {
  if (phase_ != Phase::recovery || (outcome.delivered == 0 && !outcome.loss)) return;
  prr_.on_ack({.delivered = outcome.delivered,
               .in_flight = in_network(),
               .threshold = threshold,
               .segment = segment,
               .safety = outcome.safety});
}

// --- Time ----------------------------------------------------------------------------------------

void SackRecovery::on_timeout() {
  Spurious episode = spurious_;
  if (phase_ == Phase::open) {
    episode.begin(Spurious::Cause::timeout, una_, next_);
  } else {
    episode.timed_out_again();
  }
  presume_all_lost();
  spurious_ = episode;
}

void SackRecovery::presume_all_lost() {
  // The first octet outstanding cannot be held: the peer would have acknowledged it.
  const bool reneged = board_.first_is(Scoreboard::Fate::sacked);
  board_.lose_all(reneged ? Scoreboard::Sacked::forget : Scoreboard::Sacked::keep);
  spurious_.abandon();
  phase_ = Phase::loss;
  recover_ = next_;
  reordering_due_.reset();
  probe_.forget();
  probe_due_ = false;
}

SackRecovery::Outcome SackRecovery::on_reordering_timeout(const Path& path, Instant now) {
  const std::uint64_t flight = undelivered();
  Outcome outcome;
  outcome.loss = detect_losses(path, now) > 0 && phase_ == Phase::open;
  if (outcome.loss) begin_recovery(flight);
  return outcome;
}

std::optional<Instant> SackRecovery::probe_deadline(const Path& path) const {
  const bool wanted = phase_ == Phase::open && !probe_.waits() && !probe_due_ && in_network() > 0 &&
                      board_.octets(Scoreboard::Fate::sacked) == 0;
  if (!wanted) return std::nullopt;
  const auto flight =
      in_network() <= path.segment ? TailProbe::Flight::one_segment : TailProbe::Flight::more;
  return probe_base_ + TailProbe::timeout(path.smoothed, flight);
}

void SackRecovery::probe_sent(TailProbe::Content content) {
  probe_due_ = false;
  probe_.sent(next_, content);
}

void SackRecovery::check_invariants(std::uint64_t una, std::uint64_t next) const {
  board_.check_invariants(std::max<std::uint64_t>(una, 1), next);
  ZSOCK_CHECK(una_ <= next_ && next_ == next);
  ZSOCK_CHECK(phase_ != Phase::open || !board_.any_lost());
}

}  // namespace zsock::tcp
