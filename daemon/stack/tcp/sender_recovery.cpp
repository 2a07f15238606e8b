// Loss: what acknowledgments and timers say of it, and what the congestion control is told.
#include <algorithm>
#include <array>

#include "daemon/stack/tcp/sender.h"

namespace zsock::tcp {

// --- Duplicate acknowledgments (RFC 6582) --------------------------------------------------------

void Sender::follow_ack(std::uint64_t offset, const Ack& ack, Instant now) {
  const std::uint64_t before = una_;
  const auto rtt = advance(offset, ack, now);
  const auto verdict = loss_.on_ack(before, una_, segment_size_);
  if (verdict == LossRecovery::Verdict::recovered) {
    congestion_.on_recovered(static_cast<std::uint32_t>(flight()));
  } else if (verdict == LossRecovery::Verdict::none && before > 0 && !ack.congestion_echo) {
    tell_growth(before, rtt, now);
  }
}

void Sender::tell_growth(std::uint64_t before, std::optional<Duration> rtt, Instant now) {
  using Flight = AckSample::Flight;
  congestion_.on_ack({.acked = static_cast<std::uint32_t>(una_ - before),
                      .una = una_,
                      .next = next_,
                      .rtt = rtt,
                      .smoothed_rtt = rtt_.smoothed(),
                      .flight = before < filled_until_ ? Flight::filled : Flight::limited,
                      .now = now});
}

void Sender::on_duplicate() {
  if (loss_.on_duplicate(una_, next_, segment_size_) != LossRecovery::Verdict::loss) return;
  ++counters_->tcp_fast_retransmits;
  shrink(loss_.flight_at_loss());
}

/// \param in_flight  octets in the network. Where the window was full they are no measure: the ACKs
///                   of a batch are all taken before anything follows them (RFC 9438 4.6 allows
///                   cwnd).
void Sender::shrink(std::uint64_t in_flight) {
  const std::uint64_t used = una_ < filled_until_ ? congestion_.window() : in_flight;
  congestion_.on_loss(static_cast<std::uint32_t>(used));
  ecn_.note_reduction(next_);
}

/// RFC 3168 6.1.2. \param in_flight  octets in the network before this acknowledgment
void Sender::on_congestion_echo(std::uint64_t in_flight) {
  if (!ecn_.on_echo(una_)) return;
  ++counters_->tcp_ecn_reductions;
  if (loss_.selective() != nullptr) loss_.selective()->forbid_undo();
  shrink(in_flight);
}

// --- Selective acknowledgments (RFC 8985) --------------------------------------------------------

void Sender::follow_selective_ack(std::uint64_t offset, const Ack& ack, Instant now) {
  const std::uint64_t before = una_;
  const auto whole = [this](std::uint32_t sequence) {
    const std::int64_t at = static_cast<std::int64_t>(una_) + (Seq{sequence} - una());
    return static_cast<std::uint64_t>(std::max<std::int64_t>(at, 0));
  };
  std::array<Range, 4> blocks{};
  const std::size_t count = std::min(ack.sack.size(), blocks.size());
  for (std::size_t i = 0; i < count; ++i) {
    blocks[i] = {whole(ack.sack[i].begin), whole(ack.sack[i].end)};
  }
  SackRecovery::Ack answer{
      .una = offset, .blocks = std::span{blocks}.first(count), .duplicate = ack.duplicate};
  if (ack.echoed_delay) {
    answer.echoed = std::chrono::floor<std::chrono::milliseconds>(now) - *ack.echoed_delay;
  }
  std::optional<Duration> rtt;
  if (offset > una_) rtt = advance(offset, ack, now);
  const auto outcome = loss_.selective()->on_ack(answer, path(), now);
  follow(outcome);
  const bool open = loss_.phase() != LossRecovery::Phase::recovery && !outcome.recovered;
  if (open && una_ > before && !ack.congestion_echo) tell_growth(before, rtt, now);
}

void Sender::follow(const SackRecovery::Outcome& outcome) {
  SackRecovery& selective = *loss_.selective();
  if (outcome.undone != Spurious::Cause::none) undo(outcome.undone);
  // RFC 9937 6: at the end the window is what the congestion control wanted.
  if (outcome.recovered) congestion_.on_recovered(congestion_.slow_start_threshold());
  if (outcome.repaired) {
    shrink(flight() + segment_size_);
    congestion_.on_recovered(congestion_.slow_start_threshold());
  }
  if (outcome.loss) {
    ++counters_->tcp_fast_retransmits;
    remember_window();
    shrink(selective.flight_at_loss());
  }
  selective.regulate(outcome, congestion_.slow_start_threshold(), segment_size_);
}

void Sender::remember_window() {
  if (loss_.selective() != nullptr) loss_.selective()->remember(congestion_);
}

/// RFC 4015 3, RFC 9438 4.9
void Sender::undo(Spurious::Cause cause) {
  const bool timeout = cause == Spurious::Cause::timeout;
  ++(timeout ? counters_->tcp_spurious_timeouts : counters_->tcp_spurious_recoveries);
  congestion_.restore(loss_.selective()->remembered());
}

SackRecovery::Path Sender::path() const {
  return {.segment = segment_size_,
          .smoothed = rtt_.smoothed(),
          .new_text = next_ < end() && usable() > 0};
}

// --- Time ----------------------------------------------------------------------------------------

void Sender::on_retransmit_timeout() {
  ++counters_->tcp_timeouts;
  rtt_.back_off();
  if (una_ > 0) {
    doubt_path();
    if (loss_.phase() == LossRecovery::Phase::open) remember_window();
    const auto which = timeouts_ == 0 ? Congestion::Timeout::first : Congestion::Timeout::repeated;
    congestion_.on_timeout(static_cast<std::uint32_t>(flight()), which);
    ecn_.note_reduction(next_);
  }
  if (timeouts_ < 255) ++timeouts_;
  timed_end_ = kNothing;
  loss_.on_timeout(una_, next_);
  // Not even the first octet came through a second time: trust no block any more (RFC 2018 8).
  if (timeouts_ > 1 && una_ > 0 && loss_.selective() != nullptr) loss_.selective()->forget_sacked();
}

/// RFC 4821 7.7: full segments time out again and again, and nobody says why.
void Sender::doubt_path() {
  const std::uint64_t text = std::min(next_, text_end()) - std::min(una_, text_end());
  if ((timeouts_ + 1U) % PathSearch::kTimeouts != 0 || text < segment_size_) return;
  const auto size = static_cast<std::uint16_t>(segment_size_ + limits_.option_octets);
  if (!path_.fall(size, next_)) return;
  ++counters_->tcp_path_black_holes;
  update_segment_size();
}

std::optional<Instant> Sender::reordering_deadline() const {
  return loss_.selective() != nullptr ? loss_.selective()->reordering_deadline() : std::nullopt;
}

void Sender::on_reordering_timeout(Instant now) {
  follow(loss_.selective()->on_reordering_timeout(path(), now));
}

std::optional<Instant> Sender::tail_probe_deadline() const {
  const bool possible = loss_.selective() != nullptr && una_ > 0 && flight() > 0 && window_ > 0;
  return possible ? loss_.selective()->probe_deadline(path()) : std::nullopt;
}

void Sender::on_tail_probe_timeout() {
  loss_.selective()->on_probe_timeout();
}

bool Sender::repairs_first(const Plan& plan) const {
  return loss_.selective() != nullptr && plan.kind == Plan::Kind::text && plan.begin == una_ &&
         una_ < next_;
}

bool Sender::tail_probe_due() const {
  return loss_.selective() != nullptr && loss_.selective()->probe_due() && flight() > 0;
}

/// RFC 8985 7.3: new text, if there is any and the peer takes it; else the last segment once more.
Sender::Plan Sender::plan_tail_probe() const {
  const std::uint64_t unsent_text = next_ < text_end() ? text_end() - next_ : 0;
  const std::uint64_t fresh = std::min<std::uint64_t>(unsent_text, segment_size_);
  if (fresh > 0 && usable() >= fresh) {
    return {.kind = Plan::Kind::text, .begin = next_, .octets = static_cast<std::uint32_t>(fresh)};
  }
  if (next_ > edge_for_sent()) return {};
  const std::uint64_t begin = next_ - std::min<std::uint64_t>(flight(), segment_size_);
  return {.kind = Plan::Kind::text,
          .fin = next_ > text_end(),
          .begin = begin,
          .octets = static_cast<std::uint32_t>(std::min(next_, text_end()) - begin)};
}

void Sender::note_tail_probe(TailProbe::Content content) {
  if (!tail_probe_due()) return;
  ++counters_->tcp_tail_probes;
  loss_.selective()->probe_sent(content);
}

}  // namespace zsock::tcp
