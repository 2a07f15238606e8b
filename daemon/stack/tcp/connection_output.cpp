// What goes out: text, acknowledgments, probes, resets, in this order of importance (RFC 9293 3.8).
#include <algorithm>

#include "daemon/stack/tcp/connection.h"

namespace zsock::tcp {

std::uint32_t Connection::clock(Instant now) const {
  const auto ticks = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return static_cast<std::uint32_t>(ticks.count()) + timestamp_offset_;
}

bool Connection::has_output(Instant now) const {
  if (reset_) return true;
  if (state_ == State::closed) return false;
  if (receiver_.ack_due() || keepalive_due_) return true;
  const Sender::Plan plan = sender_.plan(0);
  return plan.kind != Sender::Plan::Kind::none && !must_wait(plan, now);
}

Pacer::Path Connection::pacing_path() const {
  const Congestion& congestion = sender_.congestion();
  return {.window = congestion.window(),
          .threshold = congestion.slow_start_threshold(),
          .segment = sender_.segment_size(),
          .smoothed = sender_.rtt().smoothed()};
}

bool Connection::must_wait(const Sender::Plan& plan, Instant now) const {
  return pacer_ && plan.octets > 0 && plan.kind != Sender::Plan::Kind::probe && pacer_->holds(now);
}

bool Connection::poll_segment(SegmentOut& segment, std::size_t max_text, Instant now) {
  segment = SegmentOut{};
  if (reset_) {
    emit_reset(segment, now);
    return true;
  }
  if (state_ == State::closed) return false;
  sender_.prepare(now);
  if (pacer_) max_text = std::min(max_text, pacer_->piece(pacing_path()));
  Sender::Plan plan = sender_.plan(max_text);
  if (must_wait(plan, now)) plan = {};
  if (plan.kind != Sender::Plan::Kind::none) {
    // Its answer takes another round trip: longer than the timer, set by the last progress, allows.
    if (sender_.repairs_first(plan)) timers_.stop(Timer::retransmit);
    sender_.emit(plan, segment, now);
    if (pacer_) pacer_->sent(plan.octets, pacing_path(), now);
  } else if (keepalive_due_) {
    segment.seq = sender_.next() - 1;  // RFC 9293 3.8.4: no text, already acknowledged
    ++counters_->tcp_keepalive_probes;
  } else if (receiver_.ack_due()) {
    segment.seq = sender_.sequence();
  } else {
    return false;
  }
  // Whoever waits for what is unsent to become less.
  if (options_.unsent_limit != 0 && plan.octets > 0) events_ |= event::kWritable;
  keepalive_due_ = false;
  segments_out_ += pieces(segment.text_size(), segment.max_segment);
  emit_control(segment, plan.kind, now);
  settle(now);
  return true;
}

/// RFC 3168 6.1.1. 6.1.1.1: where a SYN got no answer, a middlebox may have dropped it for its
/// flags.
void Connection::mark_syn(SegmentOut& segment) {
  if (state_ != State::syn_sent) {
    if (sender_.ecn()) segment.flags |= wire::tcp_flag::kEce;
    return;
  }
  ecn_offered_ = config_->ecn == EcnMode::active && syn_retransmits_ == 0;
  if (ecn_offered_) segment.flags |= wire::tcp_flag::kEce | wire::tcp_flag::kCwr;
}

/// RFC 7413 4.1.3.1: a SYN that is sent again has no option.
void Connection::show_cookie(SegmentOut& syn) const {
  if (passive_ || syn_retransmits_ == 0) syn.options.fast_open = fast_open_->shown;
}

void Connection::emit_control(SegmentOut& segment, Sender::Plan::Kind kind, Instant now) {
  const bool syn = kind == Sender::Plan::Kind::syn;
  const bool first = state_ == State::syn_sent;  // nothing is known of the peer
  if (syn) {
    mark_syn(segment);
    segment.options.max_segment_size = local_mss_;
    const bool scale = first ? config_->window_scaling : scaling_;
    if (scale) segment.options.window_scale = local_scale_;
    segment.options.sack_permitted = first ? config_->sack : receiver_.sack();
    if (fast_open_) show_cookie(segment);
  }
  if (first ? config_->timestamps : receiver_.timestamps()) {
    segment.options.timestamps = {.value = clock(now), .echo = receiver_.recent()};
  }
  if (first) {
    segment.window = receiver_.syn_window();
    return;
  }
  segment.flags |= wire::tcp_flag::kAck;
  segment.ack = receiver_.next();
  if (!syn && receiver_.echoes_congestion()) segment.flags |= wire::tcp_flag::kEce;
  const auto carrier =
      segment.text_size() > 0 || syn ? Receiver::Carrier::text : Receiver::Carrier::bare;
  if (!syn) {
    // Beside text only in what it leaves free of the segment: it was cut without regard to them.
    const std::size_t text = segment.text_size();
    const std::size_t free =
        text == 0 ? kMaxOptions
                  : sender_.segment_size() - std::min<std::size_t>(text, sender_.segment_size());
    receiver_.fill_sack(segment.options, std::min(free, kMaxOptions - segment.options.size()));
  }
  const std::uint16_t window = receiver_.acknowledge(carrier);
  segment.window = syn ? receiver_.syn_window() : window;
}

void Connection::emit_reset(SegmentOut& segment, Instant now) {
  segment.seq = reset_->seq;
  segment.flags = wire::tcp_flag::kRst;
  if (reset_->acknowledges) {
    segment.flags |= wire::tcp_flag::kAck;
    segment.ack = receiver_.next();
    if (receiver_.timestamps()) {
      segment.options.timestamps = {.value = clock(now), .echo = receiver_.recent()};
    }
  }
  reset_.reset();
  ++counters_->tcp_resets_out;
  if (state_ == State::closed) events_ |= event::kClosed;
}

}  // namespace zsock::tcp
