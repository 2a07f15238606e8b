// Time: RFC 9293 3.8.3, 3.8.4, 3.8.6.1, 3.10.8; which timers follow from the state of things.
#include <algorithm>

#include "daemon/stack/tcp/connection.h"

namespace zsock::tcp {

namespace {

constexpr std::uint8_t kMaxBackoff = 20;  ///< the maximal RTO is reached long before
constexpr std::uint32_t kNoLimit = 0xffff'ffffU;

/// For Timers::hold.
std::optional<Instant> when(bool wanted, Instant at) {
  return wanted ? std::optional{at} : std::nullopt;
}

}  // namespace

std::optional<Instant> Connection::deadline() const {
  const auto first = timers_.earliest();
  if (!pacer_ || !pacer_->awaited() || state_ == State::closed) return first;
  return first ? std::min(*first, pacer_->next()) : pacer_->next();
}

void Connection::on_deadline(Instant now) {
  if (state_ == State::closed) return;
  if (timers_.take(Timer::fin_wait_2, now)) return end(SockError::none, Farewell::silent);
  if (timers_.take(Timer::user_timeout, now)) {
    ++counters_->tcp_user_timeouts;
    return time_out();
  }
  if (timers_.take(Timer::delayed_ack, now)) receiver_.ack_now();
  if (timers_.take(Timer::cork, now)) sender_.push_corked();
  if (timers_.take(Timer::reordering, now)) sender_.on_reordering_timeout(now);
  if (timers_.take(Timer::tail_probe, now)) {
    sender_.on_tail_probe_timeout();
    timers_.stop(Timer::retransmit);  // RFC 8985 7.3: the RTO counts from the probe
  }
  if (timers_.take(Timer::retransmit, now)) on_retransmit_timer();
  if (timers_.take(Timer::persist, now)) on_persist_timer(now);
  if (timers_.take(Timer::keepalive, now)) on_keepalive_timer(now);
  settle(now);
}

std::uint32_t Connection::retransmit_limit() const {
  if (state_ == State::syn_sent) return options_.syn_retries.value_or(config_->syn_retries);
  if (state_ == State::syn_received) return config_->syn_ack_retries;
  if (orphan_) return config_->orphan_retries;
  // RFC 9293 3.8.3: the application's own limit replaces R2.
  return options_.user_timeout.value_or(Duration::zero()) > Duration::zero() ? kNoLimit
                                                                             : config_->retries_r2;
}

void Connection::on_retransmit_timer() {
  // The device has not even taken the last retransmission: that is no sign of loss.
  if (sender_.retransmission_waits()) return;
  if (sender_.timeouts() >= retransmit_limit()) return time_out();
  sender_.on_retransmit_timeout();
  if (!sender_.syn_acknowledged()) ++syn_retransmits_;
  if (sender_.timeouts() >= config_->retries_r1) events_ |= event::kAdviseRoute;
}

void Connection::on_persist_timer(Instant /*now*/) {
  // RFC 9293 3.8.6.1: for ever, while the peer answers. RFC 6429: not for an orphan.
  if (unanswered_probes_ >= retransmit_limit()) return time_out();
  if (orphan_ && persist_backoff_ >= config_->orphan_retries) {
    return end(SockError::none, Farewell::reset);
  }
  sender_.on_persist_timeout();
  if (sender_.window() == 0 && unanswered_probes_ < 255) ++unanswered_probes_;
  if (persist_backoff_ < kMaxBackoff) ++persist_backoff_;
}

void Connection::on_keepalive_timer(Instant now) {
  const Duration idle = options_.keepalive_idle.value_or(config_->keepalive_idle);
  if (sender_.flight() > 0 || sender_.unsent() > 0) {
    return timers_.start(Timer::keepalive, now + idle);  // RFC 9293 3.8.4: only when idle
  }
  if (unanswered_keepalives_ == 0 && now < last_heard_ + idle) {
    return timers_.start(Timer::keepalive, last_heard_ + idle);
  }
  if (unanswered_keepalives_ >= options_.keepalive_probes.value_or(config_->keepalive_probes)) {
    ++counters_->tcp_keepalive_drops;
    const SockError error = soft_error_ == SockError::none ? SockError::timed_out : soft_error_;
    return end(error, Farewell::reset);
  }
  ++unanswered_keepalives_;
  keepalive_due_ = true;
  timers_.start(Timer::keepalive,
                now + options_.keepalive_interval.value_or(config_->keepalive_interval));
}

void Connection::time_out() {
  end(soft_error_ == SockError::none ? SockError::timed_out : soft_error_, Farewell::silent);
}

void Connection::settle(Instant now) {
  if (state_ == State::closed) return;
  const bool stalled = sender_.window_blocks();
  const bool awaits_ack = sender_.flight() > 0 && !stalled;
  const Duration rto = sender_.rtt().rto();
  timers_.hold(Timer::retransmit, when(awaits_ack, now + rto));
  if (pacer_) pacer_->await(must_wait(sender_.plan(0), now));
  settle_recovery();
  if (!stalled) persist_backoff_ = unanswered_probes_ = 0;
  const Duration patience = std::min(rto * (std::int64_t{1} << persist_backoff_), config_->max_rto);
  timers_.hold(Timer::persist, when(stalled, now + patience));
  timers_.hold(Timer::delayed_ack, when(receiver_.ack_waits(), now + receiver_.ack_delay()));
  timers_.hold(Timer::cork, when(sender_.cork_holds(), now + config_->cork_timeout));
  const Duration limit = options_.user_timeout.value_or(Duration::zero());
  timers_.hold(Timer::user_timeout,
               when(limit > Duration::zero() && (awaits_ack || stalled), now + limit));
  const Duration wait = options_.fin_wait_2.value_or(config_->fin_wait_2_orphan);
  timers_.hold(Timer::fin_wait_2, when(orphan_ && state_ == State::fin_wait_2,
                                       now + std::max(wait, Duration::zero())));
  settle_keepalive(now);
}

/// RFC 8985: these two move with every segment sent or acknowledged.
void Connection::settle_recovery() {
  timers_.stop(Timer::reordering);
  timers_.stop(Timer::tail_probe);
  if (!timers_.running(Timer::retransmit)) return;
  timers_.hold(Timer::reordering, sender_.reordering_deadline());
  if (pacer_ && pacer_->awaited()) return;  // what waits for its time will do as a probe
  timers_.hold(Timer::tail_probe, sender_.tail_probe_deadline());
  // 7.2: never later than the RTO.
  if (timers_.running(Timer::tail_probe)) {
    timers_.start(Timer::tail_probe,
                  std::min(timers_.at(Timer::tail_probe), timers_.at(Timer::retransmit)));
  }
}

void Connection::settle_keepalive(Instant now) {
  const bool wanted = options_.keep_alive && is_synchronized(state_) && state_ != State::time_wait;
  if (!wanted) {
    timers_.stop(Timer::keepalive);
    keepalive_due_ = false;
    return;
  }
  const Duration idle = options_.keepalive_idle.value_or(config_->keepalive_idle);
  timers_.hold(Timer::keepalive, std::max(last_heard_ + idle, now));
}

}  // namespace zsock::tcp
