#include "daemon/stack/tcp/connection.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <limits>
#include <utility>

#include "daemon/stack/base/check.h"

namespace zsock::tcp {

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

constexpr std::uint8_t kMaxScale = 14;          ///< RFC 7323 2.3
constexpr std::uint16_t kTimestampOctets = 12;  ///< RFC 7323 A: with two NOPs

/// RFC 7323 2.3: the least shift that lets the largest window be told.
std::uint8_t scale_for(std::size_t limit) {
  std::uint8_t shift = 0;
  while (shift < kMaxScale && (limit >> shift) > 0xffff) ++shift;
  return shift;
}

LossState loss_state(const LossRecovery& loss) {
  if (loss.phase() == LossRecovery::Phase::recovery) return LossState::recovery;
  if (loss.phase() == LossRecovery::Phase::loss) return LossState::loss;
  return loss.sacked() > 0 ? LossState::disorder : LossState::open;
}

std::uint16_t announced_mss(std::uint16_t local_mss, const SocketOptions& options) {
  return std::min(local_mss, options.max_segment.value_or(local_mss));
}

}  // namespace

Connection::Connection(const Config& config, Counters& counters, const ConnectionInit& init,
                       const SocketOptions& options, Rings rings)
    : config_(&config),
      counters_(&counters),
      sender_(config, counters, rings.transmit, init.iss),
      receiver_(config, counters, rings.receive, announced_mss(init.local_mss, options)),
      throttle_(config),
      options_(options),
      timestamp_offset_(init.timestamp_offset),
      local_mss_(announced_mss(init.local_mss, options)) {
  const std::size_t limit = std::max<std::size_t>(init.receive_limit, rings.receive.size());
  local_scale_ = scale_for(limit);
  if (!options.quick_ack) receiver_.set_quick_acks(0);
  sender_.set_options(options);
  set_pacing(options.pacing_limit);
  sender_.set_path(init.path_mss);
  set_limits();
  if (!init.fast_open) return;
  fast_open_ = std::make_unique<FastOpen>(FastOpen{.shown = init.fast_open->cookie});
  const std::uint16_t size = std::min(init.fast_open->peer_mss, init.path_mss.now);
  if (init.fast_open->cookie.size > 0 && size > kMaxOptions) {
    sender_.carry_text_in_syn(static_cast<std::uint16_t>(size - kMaxOptions));
  }
}

Connection::Connection(const Config& config, Counters& counters, const HalfOpen& half_open,
                       PathMss path_mss, const SocketOptions& options, Rings rings)
    : config_(&config),
      counters_(&counters),
      sender_(config, counters, rings.transmit, half_open.iss),
      receiver_(config, counters, rings.receive, half_open.local_mss),
      throttle_(config),
      options_(options),
      last_heard_(half_open.syn_ack_sent),
      timestamp_offset_(half_open.timestamp_offset),
      local_mss_(half_open.local_mss),
      peer_mss_(std::max(half_open.peer_mss, config.min_peer_mss)),
      local_scale_(half_open.local_scale),
      peer_scale_(std::min(half_open.peer_scale, kMaxScale)),
      syn_retransmits_(half_open.retransmits),
      passive_(true),
      scaling_(half_open.window_scaling) {
  const bool once = half_open.retransmits == 0 && !half_open.from_cookie;
  if (half_open.early) {
    sender_.open();
    sender_.answer_early();
  } else {
    sender_.assume_syn_sent(once ? std::optional{half_open.syn_ack_sent} : std::nullopt);
  }
  if (!options.quick_ack) receiver_.set_quick_acks(0);
  sender_.set_options(options);
  set_pacing(options.pacing_limit);
  sender_.learn_window(half_open.irs, half_open.peer_window);
  receiver_.synchronize(half_open.irs);
  if (scaling_) receiver_.set_window_scale(local_scale_);
  if (half_open.sack) enable_sack();
  if (half_open.ecn) enable_ecn();
  if (half_open.timestamps) {
    receiver_.enable_timestamps(half_open.peer_timestamp, half_open.syn_ack_sent);
  }
  sender_.set_path(path_mss);
  set_limits();
  enter(State::syn_received);
  settle(half_open.syn_ack_sent);
}

void Connection::set_pacing(std::uint64_t limit) {
  Pacer pacer = pacer_ ? *pacer_ : Pacer{};
  pacer.set_limit(limit);
  pacer_ = pacer.on() ? std::make_unique<Pacer>(pacer) : nullptr;
}

void Connection::set_limits() {
  const std::uint16_t options = receiver_.timestamps() ? kTimestampOctets : std::uint16_t{0};
  sender_.set_limits({.peer_mss = peer_mss_,
                      .option_octets = options,
                      .window_scale = scaling_ ? peer_scale_ : std::uint8_t{0}});
}

void Connection::enable_sack() {
  receiver_.enable_sack();
  sender_.enable_sack();
}

void Connection::enable_ecn() {
  receiver_.enable_ecn();
  sender_.enable_ecn();
}

void Connection::enter(State state) {
  ZSOCK_CHECK(has_edge(state_, state));
  state_ = state;
  if (state == State::time_wait) events_ |= event::kTimeWait;
}

void Connection::end(SockError error, Farewell farewell) {
  if (state_ == State::syn_sent || state_ == State::syn_received) ++counters_->tcp_failed_opens;
  enter(State::closed);
  timers_.stop_all();
  error_ = error;
  if (error != SockError::none) events_ |= event::kFailed;
  if (farewell == Farewell::reset) {
    reset_ = Reset{.seq = sender_.sequence(), .acknowledges = true};
  } else {
    reset_.reset();
    events_ |= event::kClosed;
  }
}

// --- User calls ----------------------------------------------------------------------------------

void Connection::open(Instant now) {
  ++counters_->tcp_active_opens;
  enter(State::syn_sent);
  sender_.open();
  last_heard_ = now;
  settle(now);
}

void Connection::open_early(const Segment& syn, const std::optional<wire::FastOpenCookie>& given,
                            Instant now) {
  ++counters_->tcp_fast_opens_in;
  fast_open_ = std::make_unique<FastOpen>(FastOpen{.shown = given});
  Segment text = syn;
  text.seq = syn.seq + 1;
  text.flags = wire::tcp_flag::kAck;  // a FIN comes again
  if (!text.text.empty()) {
    fast_open_->text_taken = true;
    receiver_.take(text, now);
    events_ |= event::kReadable;
  }
  settle(now);
}

bool Connection::written(std::uint64_t tail, Instant now) {
  if (state_ == State::closed || sender_.finished()) return true;  // discarded: EPIPE
  if (!sender_.written(tail)) return false;
  if (const std::size_t octets = sender_.wanted_ring(); octets != 0) {
    wish(RingSide::transmit, octets);
  }
  settle(now);
  return true;
}

bool Connection::consumed(std::uint64_t head, Instant now) {
  const ByteRing& ring = receiver_.ring();
  const std::uint64_t before = ring.head();
  if (!receiver_.consumed(head)) return false;
  const auto octets = tuning_.on_read(head - before, ring.capacity(), sender_.rtt(), now);
  if (octets != 0) wish(RingSide::receive, octets);
  settle(now);
  return true;
}

void Connection::wish(RingSide side, std::size_t octets) {
  const bool receive = side == RingSide::receive;
  const std::size_t configured = receive ? config_->max_receive_buffer : config_->max_send_buffer;
  const std::size_t most = std::min(configured, largest_useful_ring(sender_.rtt().least()));
  const std::size_t size = std::min(std::bit_ceil(octets + 1), most);
  if (size <= std::max(wanted(side), ring(side).capacity())) return;
  const auto order = static_cast<std::uint8_t>(std::bit_width(size) - 1);
  (receive ? receive_order_ : transmit_order_) = order;
  events_ |= event::kCramped;
}

bool Connection::move_ring(RingSide side, MutableBytes memory, Instant now) {
  if (memory.size() <= ring(side).capacity() || !std::has_single_bit(memory.size())) return false;
  (side == RingSide::receive ? receive_order_ : transmit_order_) = 0;
  if (side == RingSide::receive) {
    receiver_.move_ring(memory);
  } else {
    sender_.move_ring(memory);
  }
  settle(now);
  return true;
}

void Connection::shutdown_send(Instant now) {
  if (state_ == State::syn_sent) return end(SockError::connection_reset, Farewell::silent);
  if (state_ == State::closed || sender_.finished()) return;
  sender_.finish();
  // RFC 9293 3.10.4: in SYN-RECEIVED the FIN waits for ESTABLISHED.
  if (state_ == State::established) enter(State::fin_wait_1);
  if (state_ == State::close_wait) enter(State::last_ack);
  settle(now);
}

void Connection::shutdown_receive() {
  receive_shut_ = true;
}

void Connection::close(Instant now) {
  orphan_ = true;
  if (state_ == State::closed || state_ == State::time_wait) return;
  if (state_ == State::syn_sent) return end(SockError::none, Farewell::silent);
  const bool unread = receiver_.ring().size() > 0;
  if (unread || options_.linger == Duration::zero()) {
    return end(SockError::none, Farewell::reset);
  }
  shutdown_send(now);
  settle(now);
}

void Connection::abort(Instant /*now*/) {
  orphan_ = true;
  switch (state_) {
    case State::closed:
      return;
    case State::syn_sent:
    case State::closing:
    case State::last_ack:
    case State::time_wait:
      return end(SockError::none, Farewell::silent);
    default:
      return end(SockError::none, Farewell::reset);
  }
}

void Connection::set_options(const SocketOptions& options, Instant now) {
  options_ = options;
  sender_.set_options(options);
  set_pacing(options.pacing_limit);
  timers_.stop(Timer::keepalive);
  timers_.stop(Timer::user_timeout);
  timers_.stop(Timer::fin_wait_2);
  unanswered_keepalives_ = 0;
  settle(now);
}

void Connection::renew_quick_ack(Instant now) {
  receiver_.set_quick_acks(options_.quick_ack ? config_->quick_acks : 0);
  settle(now);
}

void Connection::send_urgent(std::uint64_t position) {
  sender_.send_urgent(position);
}

std::optional<std::uint64_t> Connection::urgent_mark() const {
  return receiver_.urgent_mark();
}

// --- What has become of it -----------------------------------------------------------------------

std::uint32_t Connection::take_events() {
  return std::exchange(events_, 0U);
}
State Connection::state() const {
  return state_;
}
SockError Connection::error() const {
  return error_;
}
SockError Connection::take_soft_error() {
  return std::exchange(soft_error_, SockError::none);
}
bool Connection::passive() const {
  return passive_;
}
std::uint64_t Connection::receive_tail() const {
  return receiver_.ring().tail();
}
std::uint64_t Connection::transmit_head() const {
  return sender_.ring().head();
}
std::uint64_t Connection::transmit_tail() const {
  return sender_.ring().tail();
}
std::uint64_t Connection::transmit_next() const {
  return sender_.ring().tail() - sender_.unsent_text();
}
bool Connection::fin_acknowledged() const {
  return sender_.fin_acknowledged();
}
std::uint64_t Connection::window_update_position() const {
  return receiver_.window_update_position();
}

TimeWaitInfo Connection::time_wait() const {
  return {.send_next = sender_.next(),
          .receive_next = receiver_.next(),
          .window = receiver_.advertised(),
          .timestamps = receiver_.timestamps(),
          .timestamp_offset = timestamp_offset_,
          .peer_timestamp = receiver_.recent()};
}

ConnectionInfo Connection::info() const {
  const Rtt& rtt = sender_.rtt();
  const LossRecovery& loss = sender_.loss();
  return {.state = state_,
          .rto = rtt.rto(),
          .srtt = rtt.smoothed(),
          .rttvar = rtt.variation(),
          .congestion_window = sender_.congestion().window(),
          .slow_start_threshold = sender_.congestion().slow_start_threshold(),
          .in_flight = static_cast<std::uint32_t>(sender_.flight()),
          .loss_state = loss_state(loss),
          .sacked = static_cast<std::uint32_t>(loss.sacked()),
          .lost = static_cast<std::uint32_t>(loss.lost()),
          .send_window = sender_.window(),
          .receive_window = receiver_.window(),
          .send_mss = sender_.segment_size(),
          .octets_sent = sender_.octets_sent(),
          .octets_acked = sender_.ring().head(),
          .octets_received = receiver_.ring().tail(),
          .octets_sent_again = sender_.octets_sent_again(),
          .octets_unsent = sender_.unsent(),
          .retransmits = sender_.retransmits(),
          .timeouts = sender_.timeouts(),
          .probes = unanswered_probes_,
          .segments_in = segments_in_,
          .segments_out = segments_out_,
          .announced_mss = local_mss_,
          .ack_delay = receiver_.ack_delay(),
          .least_rtt = rtt.least(),
          .text_sent = sender_.text_sent(),
          .heard = last_heard_,
          .receive_rtt = tuning_.echoed(),
          .sending = sender_.meter(),
          .out_of_order = receiver_.out_of_order(),
          .reorderings = loss.reorderings(),
          .duplicates_reported = loss.duplicates_reported(),
          .pacing_rate = pacer_ ? pacer_->rate(pacing_path()) : Pacer::kUnlimited,
          .pacing_limit = options_.pacing_limit,
          .syn_text = fast_open_ != nullptr && fast_open_->text_taken,
          .timestamps = receiver_.timestamps(),
          .sack = receiver_.sack(),
          .ecn = sender_.ecn(),
          .send_scale = peer_scale_,
          .receive_scale = receiver_.window_scale()};
}

void Connection::check_invariants() const {
  sender_.check_invariants();
  receiver_.check_invariants();
  if (state_ == State::closed) {
    ZSOCK_CHECK(!timers_.earliest());
    return;
  }
  // INV-5: whatever is outstanding or held back by the window has a timer.
  const bool awaits = sender_.flight() > 0 || sender_.window_blocks();
  ZSOCK_CHECK(!awaits || timers_.running(Timer::retransmit) || timers_.running(Timer::persist));
  ZSOCK_CHECK(!timers_.running(Timer::retransmit) || !timers_.running(Timer::persist));
  if (state_ == State::time_wait) ZSOCK_CHECK(sender_.fin_acknowledged() && receiver_.fin_taken());
  if (state_ == State::fin_wait_2) ZSOCK_CHECK(sender_.fin_acknowledged());
  if (state_ == State::close_wait || state_ == State::last_ack) ZSOCK_CHECK(receiver_.fin_taken());
}

}  // namespace zsock::tcp
