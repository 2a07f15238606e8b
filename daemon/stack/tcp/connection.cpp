#include "daemon/stack/tcp/connection.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "daemon/stack/base/check.h"

namespace zsock::tcp {

namespace {

constexpr std::uint8_t kMaxScale = 14;          ///< RFC 7323 2.3
constexpr std::uint16_t kTimestampOctets = 12;  ///< RFC 7323 A: with two NOPs
constexpr std::size_t kMaxOptions = wire::Tcp::kMaxHeaderSize - wire::Tcp::kMinHeaderSize;

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
  sender_.set_path(init.path_mss);
  set_limits();
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
  sender_.assume_syn_sent(once ? std::optional{half_open.syn_ack_sent} : std::nullopt);
  if (!options.quick_ack) receiver_.set_quick_acks(0);
  sender_.set_options(options);
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
  const std::size_t most = receive ? config_->max_receive_buffer : config_->max_send_buffer;
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

// --- Output --------------------------------------------------------------------------------------

std::uint32_t Connection::clock(Instant now) const {
  const auto ticks = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return static_cast<std::uint32_t>(ticks.count()) + timestamp_offset_;
}

bool Connection::has_output(Instant /*now*/) const {
  if (reset_) return true;
  if (state_ == State::closed) return false;
  return receiver_.ack_due() || keepalive_due_ || sender_.plan(0).kind != Sender::Plan::Kind::none;
}

bool Connection::poll_segment(SegmentOut& segment, std::size_t max_text, Instant now) {
  segment = SegmentOut{};
  if (reset_) {
    emit_reset(segment, now);
    return true;
  }
  if (state_ == State::closed) return false;
  sender_.prepare(now);
  const Sender::Plan plan = sender_.plan(max_text);
  if (plan.kind != Sender::Plan::Kind::none) {
    // Its answer takes another round trip: longer than the timer, set by the last progress, allows.
    if (sender_.repairs_first(plan)) timers_.stop(Timer::retransmit);
    sender_.emit(plan, segment, now);
  } else if (keepalive_due_) {
    segment.seq = sender_.next() - 1;  // RFC 9293 3.8.4: no text, already acknowledged
    ++counters_->tcp_keepalive_probes;
  } else if (receiver_.ack_due()) {
    segment.seq = sender_.sequence();
  } else {
    return false;
  }
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

void Connection::emit_control(SegmentOut& segment, Sender::Plan::Kind kind, Instant now) {
  const bool syn = kind == Sender::Plan::Kind::syn;
  const bool first = state_ == State::syn_sent;  // nothing is known of the peer
  if (syn) {
    mark_syn(segment);
    segment.options.max_segment_size = local_mss_;
    const bool scale = first ? config_->window_scaling : scaling_;
    if (scale) segment.options.window_scale = local_scale_;
    segment.options.sack_permitted = first ? config_->sack : receiver_.sack();
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
