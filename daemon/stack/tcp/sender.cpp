#include "daemon/stack/tcp/sender.h"

#include <algorithm>

#include "daemon/stack/base/check.h"

namespace zsock::tcp {

Sender::Sender(const Config& config, Counters& counters, MutableBytes ring, Seq iss)
    : config_(&config),
      counters_(&counters),
      ring_(ring),
      rtt_(config),
      congestion_(config),
      iss_(iss) {}

void Sender::set_limits(const Limits& limits) {
  limits_ = limits;
  update_segment_size();
}

void Sender::set_path(const PathMss& path) {
  path_.start(path);
  update_segment_size();
}

void Sender::set_options(const SocketOptions& options) {
  no_delay_ = options.no_delay;
  cork_ = options.cork || options.more;
  max_segment_option_ = options.max_segment.value_or(0);
  congestion_.choose(options.congestion.value_or(config_->congestion));
  update_segment_size();
}

std::uint16_t Sender::segment_size_on(std::uint16_t path_mss) const {
  // RFC 9293 3.7.1: the smaller of what the peer and the path take, less the options. Values that
  // would make every octet a segment are not believed.
  std::uint16_t size = std::min(limits_.peer_mss, path_mss);
  if (max_segment_option_ != 0) size = std::min(size, max_segment_option_);
  size = std::max(size, config_->min_peer_mss);
  return static_cast<std::uint16_t>(size - std::min(limits_.option_octets, size));
}

void Sender::update_segment_size() {
  segment_size_ = segment_size_on(path_.mss());
  congestion_.set_segment_size(segment_size_);
}

void Sender::on_path_mss(std::uint16_t path_mss) {
  const std::uint16_t before = segment_size_;
  if (!path_.lower(path_mss)) return;
  update_segment_size();
  // What is outstanding was dropped for its size, not for congestion.
  if (segment_size_ < before && una_ > 0 && flight() > 0) loss_.presume_all_lost(una_, next_);
}

void Sender::assume_syn_sent(std::optional<Instant> at) {
  opened_ = true;
  next_ = 1;
  if (!at) return;
  timed_end_ = next_;
  timed_at_ = *at;
}

void Sender::resend_syn() {
  if (next_ > 0 && una_ == 0) loss_.presume_all_lost(una_, next_);
}

bool Sender::written(std::uint64_t tail) {
  return ring_.advance_tail(tail);
}

void Sender::send_urgent(std::uint64_t position) {
  urgent_end_ = std::max(urgent_end_, std::min(position + 1, ring_.head() + ring_.capacity()) + 1);
}

// --- What the peer says --------------------------------------------------------------------------

Sender::AckRange Sender::judge(Seq ack) const {
  const std::int64_t delta = ack - una();
  if (delta > static_cast<std::int64_t>(flight())) return AckRange::unsent;
  const std::uint64_t oldest = std::min<std::uint64_t>(max_window_, una_ == 0 ? 0 : una_ - 1);
  return -delta > static_cast<std::int64_t>(oldest) ? AckRange::too_old : AckRange::acceptable;
}

Sender::Progress Sender::on_ack(const Ack& ack, Instant now) {
  const std::int64_t delta = ack.ack - una();
  if (delta < 0) return Progress::none;
  if (meter_) meter_->passed(waits_for(), now);
  const std::uint64_t offset = una_ + static_cast<std::uint64_t>(delta);
  const std::uint32_t window_before = window_;
  const std::uint64_t in_flight = in_network();
  update_window(ack);
  if (window_ > 0) probe_due_ = false;
  const bool duplicate = offset == una_ && ack.bare && window_ == window_before && window_ > 0 &&
                         una_ > 0 && flight() > 0;
  if (duplicate) ++counters_->tcp_duplicate_acks_in;
  // Fast Open: the SYN is acknowledged, and text has gone out already. What the peer has not taken
  // of the SYN's goes again at once: that is no loss.
  const bool early = una_ == 0 && offset > 0 && next_ > 1;
  const bool again = early && (syn_text_ != 0 || loss_.has_pending());
  if (early) loss_.hand_over(next_, last_text_);
  if (loss_.selective() != nullptr && (una_ > 0 || early)) {
    Ack judged = ack;
    judged.duplicate = duplicate;
    follow_selective_ack(offset, judged, now);
  } else if (offset > una_) {
    follow_ack(offset, ack, now);
  } else if (duplicate) {
    on_duplicate();
  }
  if (again && flight() > 0) loss_.presume_all_lost(una_, next_);
  if (ack.congestion_echo) on_congestion_echo(in_flight);
  // The probe, or what lay beyond a shrunk window, was not taken: begin again at UNA.
  if (window_before == 0 && window_ > 0 && una_ > 0 && flight() > 0) {
    loss_.presume_all_lost(una_, next_);
  }
  if (delta == 0) return Progress::none;
  if (meter_) meter_->on_delivered(delivered(), unsent_text() == 0, rtt_.least(), now);
  return Progress::some;
}

void Sender::learn_window(Seq seq, std::uint16_t window) {
  window_ = max_window_ = window;
  wl1_ = seq;
  wl2_ = iss_;
  window_known_ = true;
}

void Sender::update_window(const Ack& ack) {
  // RFC 9293 3.10.7.4: not from old segments.
  const bool newer = wl1_.before(ack.seq) || (wl1_ == ack.seq && wl2_.before_or_at(ack.ack));
  if (window_known_ && !newer) return;
  window_ = std::uint32_t{ack.window} << (ack.syn ? 0U : limits_.window_scale);
  max_window_ = std::max(max_window_, window_);
  wl1_ = ack.seq;
  wl2_ = ack.ack;
  window_known_ = true;
}

std::optional<Duration> Sender::advance(std::uint64_t offset, const Ack& ack, Instant now) {
  una_ = offset;
  const bool moved = ring_.advance_head(std::min(offset, text_end()) - 1);
  ZSOCK_CHECK(moved);
  timeouts_ = 0;
  if (path_.on_ack(una_, now)) update_segment_size();
  return sample_rtt(ack, now);
}

std::optional<Duration> Sender::sample_rtt(const Ack& ack, Instant now) {
  // One measurement per round trip; where a retransmission makes it ambiguous, the echoed timestamp
  // tells (RFC 6298 3, RFC 7323 4.1).
  if (timed_end_ != kNothing) {
    if (una_ < timed_end_) return ack.echoed_delay;
    const Duration measured = now - timed_at_;
    rtt_.sample(measured);
    timed_end_ = kNothing;
    return measured;
  }
  if (ack.echoed_delay) rtt_.sample(*ack.echoed_delay);
  return ack.echoed_delay;
}

// --- Time ----------------------------------------------------------------------------------------

void Sender::on_persist_timeout() {
  if (window_ == 0) {
    probe_due_ = true;
  } else {
    push_until_ = window_edge();  // RFC 9293 3.8.6.2.1 (4): the override timeout
  }
}

void Sender::after_handshake(std::uint32_t syn_retransmits) {
  if (syn_retransmits > 0) rtt_.restart(config_->initial_rto_after_syn_loss);
  if (syn_retransmits > 1) congestion_.start_small();
}

// --- Output --------------------------------------------------------------------------------------

std::uint64_t Sender::usable() const {
  return window_edge() > next_ ? window_edge() - next_ : 0;
}

std::uint64_t Sender::room() const {
  const std::uint64_t window = loss_.window().value_or(congestion_.window());
  return window - std::min(window, in_network());
}

std::size_t Sender::frame_text(std::size_t max_text) const {
  // The urgent pointer counts from each segment's own sequence number: such are not merged.
  if (max_text < segment_size_ || urgent_end_ > una_) return segment_size_;
  return max_text - max_text % segment_size_;
}

Sender::Plan Sender::plan(std::size_t max_text) const {
  if (una_ == 0) {
    const bool due = opened_ && (next_ == 0 || loss_.first_pending(0));
    return due ? plan_syn() : plan_early(max_text);
  }
  if (window_ == 0) return plan_probe();
  if (tail_probe_due()) return plan_tail_probe();
  if (loss_.has_pending() && !loss_.holds_back()) return plan_retransmission(max_text);
  const Plan path_probe = plan_path_probe();
  return path_probe.kind != Plan::Kind::none ? path_probe : plan_new(max_text);
}

// --- Fast Open (RFC 7413) ------------------------------------------------------------------------

Sender::Plan Sender::plan_syn() const {
  Plan plan{.kind = Plan::Kind::syn};
  if (next_ > 0 || syn_text_ == 0) return plan;  // 4.1.3.1: sent again it goes alone
  plan.octets = static_cast<std::uint32_t>(std::min<std::uint64_t>(text_end() - 1, syn_text_));
  return plan.octets > 0 ? plan : Plan{};
}

bool Sender::syn_waits() const {
  return opened_ && plan_syn().kind == Plan::Kind::none;
}

/// What follows the SYN-ACK: as many octets as the SYN's window and the first congestion window
/// take, once. No FIN: the connection is not established.
Sender::Plan Sender::plan_early(std::size_t max_text) const {
  if (!early_ || next_ == 0 || loss_.has_pending()) return {};
  Plan plan = plan_new(max_text);
  plan.fin = false;
  return plan.octets > 0 ? plan : Plan{};
}

Sender::Plan Sender::plan_probe() const {
  if (!probe_due_ || una_ == end()) return {};
  const bool text = una_ < text_end();
  return {.kind = Plan::Kind::probe, .fin = !text, .begin = una_, .octets = text ? 1U : 0U};
}

/// RFC 4821 7.5: one segment that is larger than usual, when there is text for it and room.
Sender::Plan Sender::plan_path_probe() const {
  if (path_probe_ == 0) return {};
  const std::uint64_t octets = segment_size_on(path_probe_);
  const std::uint64_t text = next_ < text_end() ? text_end() - next_ : 0;
  if (octets <= segment_size_ || std::min({text, usable(), room()}) < octets) return {};
  return {
      .kind = Plan::Kind::path_probe, .begin = next_, .octets = static_cast<std::uint32_t>(octets)};
}

Sender::Plan Sender::plan_retransmission(std::size_t max_text) const {
  const Range pending = loss_.pending(frame_text(max_text));
  const std::uint64_t begin = pending.begin;
  const std::uint64_t limit = std::min(pending.end, edge_for_sent());
  if (begin >= limit) return {};
  std::uint64_t octets = segment_size_;  // RFC 6582: one segment, whatever the window
  if (loss_.phase() != LossRecovery::Phase::recovery || loss_.selective() != nullptr) {
    const std::uint64_t needed = std::min<std::uint64_t>(limit - begin, segment_size_);
    if (room() < needed && in_network() > 0) return {};
    octets = std::max<std::uint64_t>(room() - room() % segment_size_, segment_size_);
  }
  octets = std::min<std::uint64_t>({octets, frame_text(max_text), limit - begin});
  if (begin + octets > text_end()) --octets;  // the FIN, which pending() counts
  return {.kind = Plan::Kind::text,
          .fin = limit > text_end() && begin + octets == text_end(),
          .begin = begin,
          .octets = static_cast<std::uint32_t>(octets)};
}

Sender::Plan Sender::plan_new(std::size_t max_text) const {
  const std::uint64_t text = next_ < text_end() ? text_end() - next_ : 0;
  std::uint64_t octets = 0;
  if (text > 0) {
    const std::uint64_t limit = std::min({text, usable(), room()});
    // A cut frame would repeat CWR in each of its segments.
    const std::uint64_t frame = ecn_.cwr_due() ? segment_size_ : frame_text(max_text);
    octets = std::min(limit - limit % segment_size_, frame);
    if (limit == text && text <= frame && may_send_last_part()) {
      octets = text;
    } else if (limit < segment_size_ && limit == usable() && limit < text &&
               (limit >= max_window_ / 2 || next_ < push_until_)) {
      octets = limit;  // RFC 9293 3.8.6.2.1 (3), (4)
    }
    if (octets == 0) return {};
  }
  const bool fin = finished_ && next_ + octets == text_end() && usable() > octets;
  if (octets == 0 && !fin) return {};
  return {.kind = Plan::Kind::text,
          .fin = fin,
          .begin = next_,
          .octets = static_cast<std::uint32_t>(octets)};
}

bool Sender::may_send_last_part() const {
  if (finished_ || urgent_end_ > next_ || push_until_ >= text_end()) return true;
  if (cork_) return false;
  // RFC 9293 3.7.4 with Minshall's change: only a small segment outstanding holds the next one.
  return no_delay_ || small_end_ <= una_;
}

void Sender::prepare(Instant now) {
  if (octets_sent() > 0 && flight() == 0 && now - last_text_ > rtt_.rto()) congestion_.after_idle();
  path_probe_ = path_.candidate(now).value_or(0);
}

void Sender::emit(const Plan& plan, SegmentOut& segment, Instant now) {
  segment.seq = seq(plan.begin);
  const bool syn = plan.kind == Plan::Kind::syn;
  segment.max_segment = syn ? std::uint16_t{0} : segment_size_;
  if (syn) segment.flags |= wire::tcp_flag::kSyn;
  if (plan.fin) segment.flags |= wire::tcp_flag::kFin;
  if (plan.octets > 0) {
    const std::uint64_t first = std::max<std::uint64_t>(plan.begin, 1);  // behind the SYN
    segment.text = ring_.peek(first - 1, plan.octets);
    // RFC 9293 3.9.1.2: PSH on the last buffered segment.
    if (first + plan.octets == text_end()) segment.flags |= wire::tcp_flag::kPsh;
  }
  if (urgent_end_ > plan.begin && plan.begin > 0) {
    segment.flags |= wire::tcp_flag::kUrg;
    segment.urgent =
        static_cast<std::uint16_t>(std::min<std::uint64_t>(urgent_end_ - plan.begin, 0xffff));
  }
  const std::uint64_t control = (syn ? 1U : 0U) + (plan.fin ? 1U : 0U);
  const std::uint64_t end = plan.begin + plan.octets + control;
  if (plan.kind == Plan::Kind::probe) {
    ++counters_->tcp_window_probes;
    probe_due_ = false;
    timed_end_ = kNothing;
    note_probe({plan.begin, end}, now);
  } else if (plan.kind == Plan::Kind::path_probe) {
    segment.max_segment = static_cast<std::uint16_t>(plan.octets);
    path_.probe_sent(path_probe_, {plan.begin, end});
    path_probe_ = 0;
    sent_first(plan, end, now);
  } else if (plan.begin < next_) {
    sent_again(plan, end, now);
  } else {
    if (plan.octets > 0 && !syn) mark(segment);
    sent_first(plan, end, now);
  }
  if (plan.octets > 0) last_text_ = now;
  if (in_network() + segment_size_ > congestion_.window()) filled_until_ = next_;
}

/// RFC 3168 6.1.2, 6.1.4 to 6.1.6: new text alone is ECN-capable, and tells of a smaller window.
void Sender::mark(SegmentOut& segment) {
  segment.ecn_capable = ecn_.enabled();
  if (!ecn_.cwr_due()) return;
  segment.flags |= wire::tcp_flag::kCwr;
  ecn_.cwr_sent();
}

void Sender::note_probe(Range range, Instant now) {
  const Range first{std::max(range.begin, next_), range.end};
  if (range.begin < next_) loss_.sent_again({range.begin, std::min(range.end, next_)}, now);
  if (first.begin < first.end) loss_.sent(first, now);
  next_ = std::max(next_, range.end);
}

void Sender::sent_again(const Plan& plan, std::uint64_t end, Instant now) {
  const std::uint32_t segments = pieces(plan.octets, segment_size_);
  counters_->tcp_retransmits += segments;
  retransmits_ += segments;
  octets_sent_again_ += plan.octets;
  timed_end_ = kNothing;  // Karn
  loss_.sent_again({plan.begin, end}, now);
  path_.on_sent_again({plan.begin, end}, now);
  note_tail_probe(TailProbe::Content::retransmission);
}

void Sender::sent_first(const Plan& plan, std::uint64_t end, Instant now) {
  if (plan.octets > 0 && flight() == 0) {
    if (!meter_) meter_ = std::make_unique<SendMeter>();
    meter_->passed(SendMeter::Wait::text, now);
    meter_->start_round(delivered(), now);
  }
  loss_.sent({plan.begin, end}, now);
  next_ = end;
  note_tail_probe(TailProbe::Content::new_text);
  const bool full = plan.octets % segment_size_ == 0 || plan.kind == Plan::Kind::path_probe;
  if (!full) small_end_ = end;
  if (timed_end_ == kNothing) {
    timed_end_ = plan.kind == Plan::Kind::syn ? 1 : end;  // its text may be refused
    timed_at_ = now;
  }
}

Seq Sender::sequence() const {
  return una_ > 0 ? seq(std::min(edge_for_sent(), next_)) : next();
}

/// Up to where the peer takes what has been sent. RFC 7323 2.4: a scaled window is rounded down, so
/// its edge may seem to move back by less than a unit, and the peer may have what lies beyond.
std::uint64_t Sender::edge_for_sent() const {
  const bool rounded = next_ < window_edge() + (std::uint64_t{1} << limits_.window_scale);
  return rounded ? std::max(next_, window_edge()) : window_edge();
}

void Sender::check_invariants() const {
  ZSOCK_CHECK(una_ <= next_ && next_ <= end());  // INV-1
  ZSOCK_CHECK(una_ == 0 || ring_.head() + 1 == std::min(una_, text_end()));
  ZSOCK_CHECK(flight() <= std::max<std::uint64_t>({max_window_, syn_text_, 1}) + 1);
  ZSOCK_CHECK(congestion_.window() >= segment_size_);  // INV-8
  ZSOCK_CHECK(congestion_.slow_start_threshold() >= 2U * segment_size_);
  ZSOCK_CHECK(rtt_.rto() <= config_->max_rto);
  loss_.check_invariants(una_, next_);
}

}  // namespace zsock::tcp
