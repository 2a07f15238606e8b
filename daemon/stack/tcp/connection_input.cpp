// SEGMENT ARRIVES: RFC 9293 3.10.7, in its order, one function per step.
#include <algorithm>

#include "daemon/stack/base/check.h"
#include "daemon/stack/tcp/connection.h"

namespace zsock::tcp {

namespace {

/// RFC 9293 3.10.7.4, second step: what the application learns from a reset. In CLOSE-WAIT it has
/// seen the end of the stream already and is the only one still speaking.
SockError reset_error(State state) {
  return state == State::close_wait ? SockError::broken_pipe : SockError::connection_reset;
}

}  // namespace

void Connection::on_segment(const Segment& segment, Instant now) {
  if (state_ == State::closed) return;
  segments_in_ += pieces(segment.text.size(), segment.segment_size);
  const std::uint64_t tail = receive_tail();
  const std::uint64_t head = transmit_head();
  if (state_ == State::syn_sent) {
    on_segment_syn_sent(segment, now);
  } else if (state_ == State::syn_received && segment.has(wire::tcp_flag::kSyn) &&
             segment.seq == receiver_.irs()) {
    on_syn_again(segment, now);
  } else {
    on_segment_synchronized(segment, now);
  }
  if (receive_tail() != tail) events_ |= event::kReadable;
  if (transmit_head() != head) events_ |= event::kWritable;
  settle(now);
}

// --- SYN-SENT: 3.10.7.3 --------------------------------------------------------------------------

void Connection::on_segment_syn_sent(const Segment& segment, Instant now) {
  const bool ack = segment.has(wire::tcp_flag::kAck);
  // With text in the SYN, as much of it as the peer has taken (RFC 7413 4.2.1).
  const bool acceptable = sender_.syn_sent() && segment.ack != sender_.iss() &&
                          sender_.judge(segment.ack) == Sender::AckRange::acceptable;
  if (ack && !acceptable) {
    if (!segment.has(wire::tcp_flag::kRst)) reset_ = Reset{.seq = segment.ack};
    return;
  }
  if (segment.has(wire::tcp_flag::kRst)) {
    if (!ack) return;
    ++counters_->tcp_resets_in;
    return end(SockError::connection_refused, Farewell::silent);
  }
  if (!segment.has(wire::tcp_flag::kSyn)) return;

  last_heard_ = now;
  receiver_.synchronize(segment.seq);
  negotiate(segment.options, now);
  negotiate_ecn(segment);
  if (!ack) {
    // Simultaneous open (RFC 9293 3.5, figure 7): text in the SYN will come again.
    sender_.learn_window(segment.seq, segment.window);
    sender_.resend_syn();
    return enter(State::syn_received);
  }
  if (fast_open_) {
    fast_open_->given = segment.options.fast_open;
    fast_open_->fell_back = syn_retransmits_ > 0;
    fast_open_->text_taken = segment.ack != sender_.iss() + 1;
    if (fast_open_->text_taken) ++counters_->tcp_fast_opens_out;
  }
  apply_ack(segment, now);
  established();
  receiver_.ack_now();
  take_urgent(segment);
  take_text_and_fin(segment, now);
}

void Connection::negotiate(const wire::TcpOptions& options, Instant now) {
  peer_mss_ =
      std::max(options.max_segment_size.value_or(std::uint16_t{536}), config_->min_peer_mss);
  if (config_->window_scaling && options.window_scale) {
    scaling_ = true;
    peer_scale_ = std::min(*options.window_scale, std::uint8_t{14});  // RFC 7323 2.3
    receiver_.set_window_scale(local_scale_);
  }
  if (config_->sack && options.sack_permitted) enable_sack();
  if (config_->timestamps && options.timestamps) {
    receiver_.enable_timestamps(options.timestamps->value, now);
  }
  set_limits();
}

/// RFC 3168 6.1.1: only when no SYN of ours was without the offer, so in a simultaneous open, too.
void Connection::negotiate_ecn(const Segment& segment) {
  const bool willing =
      segment.has(wire::tcp_flag::kAck) ? agrees_to_ecn(segment.flags) : offers_ecn(segment.flags);
  if (ecn_offered_ && willing) enable_ecn();
}

void Connection::established() {
  if (passive_) ++counters_->tcp_passive_opens;
  enter(State::established);
  sender_.after_handshake(syn_retransmits_);
  events_ |= event::kConnected;
  if (sender_.finished()) enter(State::fin_wait_1);
}

void Connection::on_syn_again(const Segment& segment, Instant now) {
  // Figure 7, lines 5 and 6: the peer's SYN has been counted already; its ACK is news.
  if (!segment.has(wire::tcp_flag::kRst) && segment.has(wire::tcp_flag::kAck)) {
    Segment rest = segment;
    // Its ECE agrees to ECN and echoes nothing.
    rest.flags =
        static_cast<std::uint8_t>(rest.flags & ~(wire::tcp_flag::kSyn | wire::tcp_flag::kEce));
    rest.seq = segment.seq + 1;
    return on_segment_synchronized(rest, now);
  }
  if (!segment.has(wire::tcp_flag::kRst)) sender_.resend_syn();
}

// --- SYN-RECEIVED and all that follow: 3.10.7.4 --------------------------------------------------

void Connection::on_segment_synchronized(const Segment& segment, Instant now) {
  // The third step, security, is not part of this stack.
  if (check_sequence(segment, now) == Verdict::drop) return;
  if (check_rst(segment, now) == Verdict::drop) return;
  if (segment.has(wire::tcp_flag::kSyn) && check_syn(now) == Verdict::drop) return;
  if (check_ack(segment, now) == Verdict::drop) return;
  take_urgent(segment);
  take_text_and_fin(segment, now);
}

Connection::Verdict Connection::check_sequence(const Segment& segment, Instant now) {
  const Receiver::Age age = receiver_.judge_timestamp(segment, now);
  if (age != Receiver::Age::fresh) {
    ++counters_->tcp_paws_rejected;
    if (age == Receiver::Age::old) answer_unacceptable(segment, now);
    return Verdict::drop;
  }
  const bool rst = segment.has(wire::tcp_flag::kRst);
  if (!receiver_.accepts(segment.seq, rst ? 0 : segment.length())) {
    // A closed window takes no text, but ACK and URG count (RFC 9293 3.10.7.4).
    const bool probe = receiver_.window() == 0 && segment.seq == receiver_.next();
    if (!probe || segment.has(wire::tcp_flag::kSyn)) {
      ++counters_->drop_tcp_out_of_window;
      if (!rst) answer_unacceptable(segment, now);
      if (acknowledges_a_probe(segment)) static_cast<void>(check_ack(segment, now));
      return Verdict::drop;
    }
    receiver_.ack_now();
  }
  receiver_.update_recent(segment, now);
  last_heard_ = now;
  unanswered_keepalives_ = 0;
  unanswered_probes_ = 0;
  return Verdict::proceed;
}

/// RFC 9293 A.2: both sides have probed and taken each other's octet at once. Each now stands one
/// octet left of what the other expects, and only the ACK in such a segment can free them.
bool Connection::acknowledges_a_probe(const Segment& segment) const {
  using namespace wire::tcp_flag;  // NOLINT(google-build-using-namespace): flag names only
  return is_synchronized(state_) && (segment.flags & ~kEce) == kAck && segment.length() == 0 &&
         segment.seq + 1 == receiver_.next() && segment.ack.after(sender_.una());
}

Connection::Verdict Connection::check_rst(const Segment& segment, Instant now) {
  if (!segment.has(wire::tcp_flag::kRst)) return Verdict::proceed;
  if (segment.seq != receiver_.next()) {
    challenge(now);  // RFC 5961 3.2
    return Verdict::drop;
  }
  ++counters_->tcp_resets_in;
  if (state_ == State::time_wait) return Verdict::drop;  // RFC 1337 3 (a)
  if (state_ == State::syn_received && !early()) {
    end(passive_ ? SockError::none : SockError::connection_refused, Farewell::silent);
  } else {
    end(reset_error(state_), Farewell::silent);
  }
  return Verdict::drop;
}

Connection::Verdict Connection::check_syn(Instant now) {
  if (state_ == State::syn_received && passive_ && !early()) {
    end(SockError::none, Farewell::silent);  // back to LISTEN
  } else {
    challenge(now);  // RFC 5961 4.2
  }
  return Verdict::drop;
}

Connection::Verdict Connection::check_ack(const Segment& segment, Instant now) {
  if (!segment.has(wire::tcp_flag::kAck)) return Verdict::drop;
  const Sender::AckRange range = sender_.judge(segment.ack);
  if (state_ == State::syn_received) {
    const bool acceptable = range == Sender::AckRange::acceptable && segment.ack != sender_.una();
    if (!acceptable) {
      reset_ = Reset{.seq = segment.ack};
      return Verdict::drop;
    }
    apply_ack(segment, now);
    established();
    return Verdict::proceed;
  }
  if (range != Sender::AckRange::acceptable) {
    ++counters_->drop_tcp_invalid_ack;
    challenge(now);  // RFC 5961 5.2
    return Verdict::drop;
  }
  apply_ack(segment, now);
  return follow_fin_ack(segment);
}

void Connection::apply_ack(const Segment& segment, Instant now) {
  const bool syn = segment.has(wire::tcp_flag::kSyn);
  Sender::Ack ack{.ack = segment.ack,
                  .seq = segment.seq,
                  .window = segment.window,
                  .sack = std::span{segment.options.sack}.first(segment.options.sack_count),
                  .bare = segment.length() == 0,
                  .congestion_echo = sender_.ecn() && !syn && segment.has(wire::tcp_flag::kEce),
                  .syn = syn};
  if (receiver_.timestamps() && segment.options.timestamps) {
    const std::uint32_t delay = clock(now) - segment.options.timestamps->echo;
    if (delay < (1U << 31U)) {
      ack.echoed_delay = std::chrono::milliseconds{delay};
      if (!segment.text.empty()) tuning_.on_text(std::chrono::milliseconds{delay});
    }
  }
  if (sender_.on_ack(ack, now) == Sender::Progress::none) return;
  events_ |= event::kProgress;
  soft_error_ = SockError::none;
  timers_.stop(Timer::retransmit);  // RFC 6298 5.2, 5.3: settle() starts it anew
  timers_.stop(Timer::user_timeout);
}

Connection::Verdict Connection::follow_fin_ack(const Segment& segment) {
  if (state_ == State::time_wait) {
    if (segment.length() > 0) receiver_.ack_now();  // its FIN, or what is left of it
    return Verdict::drop;
  }
  if (!sender_.fin_acknowledged()) return Verdict::proceed;
  if (state_ == State::fin_wait_1) enter(State::fin_wait_2);
  if (state_ == State::closing) enter(State::time_wait);
  if (state_ == State::last_ack) {
    end(SockError::none, Farewell::silent);
    return Verdict::drop;
  }
  return Verdict::proceed;
}

void Connection::take_urgent(const Segment& segment) {
  if (!segment.has(wire::tcp_flag::kUrg) || !may_receive(state_)) return;
  if (receiver_.take_urgent(segment.seq, segment.urgent)) events_ |= event::kUrgent;
}

void Connection::take_text_and_fin(const Segment& segment, Instant now) {
  if (segment.length() == 0) return;
  if (!may_receive(state_)) return;  // nothing comes after the FIN
  // RFC 9293 3.6.1, RFC 1122 4.2.2.13: text that nobody will ever read is answered with a reset.
  const bool unread = orphan_ || (receive_shut_ && state_ != State::established);
  if (unread && receiver_.brings_text(segment)) {
    return end(orphan_ ? SockError::none : SockError::connection_reset, Farewell::reset);
  }
  receiver_.take(segment, now);
  if (receiver_.fin_taken()) follow_fin();
}

void Connection::follow_fin() {
  events_ |= event::kPeerClosed;
  if (state_ == State::established) enter(State::close_wait);
  if (state_ == State::fin_wait_1) enter(State::closing);
  if (state_ == State::fin_wait_2) enter(State::time_wait);
}

void Connection::answer_unacceptable(const Segment& segment, Instant now) {
  // RFC 5961 7, RFC 9293 A.2: text is no part of an ACK war, and its sender needs the answer.
  const bool text = !segment.text.empty() && !segment.has(wire::tcp_flag::kSyn);
  if (text) receiver_.note_old(segment);
  if (text || throttle_.allows_answer(now)) receiver_.ack_now();
}

void Connection::challenge(Instant now) {
  if (!throttle_.allows_challenge(now)) return;
  ++counters_->tcp_challenge_acks;
  receiver_.ack_now();
}

// --- ICMP: 3.9.2.2 -------------------------------------------------------------------------------

bool Connection::on_icmp_error(const IcmpError& error, Instant now) {
  if (state_ == State::closed) return false;
  // RFC 5927 4.1: it must speak of something outstanding.
  const bool outstanding =
      sender_.una().before_or_at(error.sequence) && error.sequence.before(sender_.next());
  if (!outstanding) {
    ++counters_->drop_icmp_ignored;
    return false;
  }
  if (error.path_mss != 0) sender_.on_path_mss(error.path_mss);
  if (error.error != SockError::none && state_ != State::syn_received) {
    const bool soft = error.error == SockError::network_unreachable ||
                      error.error == SockError::host_unreachable ||
                      error.error == SockError::protocol_error;
    if (state_ == State::syn_sent && (!soft || config_->soft_icmp_in_syn_sent_is_fatal)) {
      end(error.error, Farewell::silent);
      return true;
    }
    soft_error_ = error.error;
  }
  settle(now);
  return true;
}

void Connection::on_unreachable(SockError error, Instant /*now*/) {
  if (state_ == State::syn_sent || (state_ == State::syn_received && !passive_)) {
    return end(error, Farewell::silent);
  }
  if (state_ != State::closed) soft_error_ = error;
}

}  // namespace zsock::tcp
