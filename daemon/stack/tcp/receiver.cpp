#include "daemon/stack/tcp/receiver.h"

#include <algorithm>

#include "daemon/stack/base/check.h"

namespace zsock::tcp {

namespace {

constexpr Duration kRecentLifetime = std::chrono::hours{24 * 24};  ///< RFC 7323 5.5
constexpr std::uint16_t kDefaultSegment = 536;                     ///< RFC 9293 3.7.1
constexpr std::uint32_t kMaxDuplicatesOwed = 255;
/// A range costs about so many octets: ranges never cost more than the text they could describe.
constexpr std::size_t kRangeCost = 64;
constexpr std::size_t kMinRanges = 16;
constexpr std::size_t kMaxRanges = 4096;

/// RFC 7323 5.2: timestamps compare modulo 2^32.
bool older(std::uint32_t left, std::uint32_t right) {
  return static_cast<std::int32_t>(left - right) < 0;
}

std::uint32_t original_segments(const Segment& segment) {
  return pieces(segment.text.size(), segment.segment_size);
}

}  // namespace

Receiver::Receiver(const Config& config, Counters& counters, MutableBytes ring,
                   std::uint16_t local_mss)
    : config_(&config),
      counters_(&counters),
      ring_(ring),
      ack_delay_(config.delayed_ack),
      local_mss_(local_mss),
      full_size_(std::min(kDefaultSegment, local_mss)) {
  set_quick_acks(config.quick_acks);
}

void Receiver::synchronize(Seq irs) {
  irs_ = irs;
  next_ = acked_ = 1;
  edge_ = next_ + syn_window();
}

void Receiver::enable_timestamps(std::uint32_t recent, Instant now) {
  timestamps_ = true;
  recent_ = recent;
  recent_at_ = now;
}

// --- Segments ------------------------------------------------------------------------------------

bool Receiver::accepts(Seq sequence, std::uint32_t length) const {
  if (length == 0) return window() == 0 ? sequence == next() : in_window(sequence);
  return window() != 0 && (in_window(sequence) || in_window(sequence + (length - 1)));
}

Receiver::Age Receiver::judge_timestamp(const Segment& segment, Instant now) const {
  if (!timestamps_ || segment.has(wire::tcp_flag::kRst)) return Age::fresh;
  if (!segment.options.timestamps) return Age::missing;
  if (!older(segment.options.timestamps->value, recent_)) return Age::fresh;
  return now - recent_at_ > kRecentLifetime ? Age::fresh : Age::old;
}

void Receiver::update_recent(const Segment& segment, Instant now) {
  if (!timestamps_ || !segment.options.timestamps) return;
  const std::uint32_t value = segment.options.timestamps->value;
  if (offset(segment.seq) > static_cast<std::int64_t>(acked_)) return;
  if (older(value, recent_) && now - recent_at_ <= kRecentLifetime) return;
  recent_ = value;
  recent_at_ = now;
}

bool Receiver::brings_text(const Segment& segment) const {
  const std::int64_t end = offset(segment.seq) + static_cast<std::int64_t>(segment.text.size());
  return !segment.text.empty() && end > static_cast<std::int64_t>(next_);
}

void Receiver::take(const Segment& segment, Instant now) {
  const std::int64_t syn = segment.has(wire::tcp_flag::kSyn) ? 1 : 0;
  const std::int64_t begin = offset(segment.seq) + syn;
  const std::int64_t end = begin + static_cast<std::int64_t>(segment.text.size());
  if (segment.has(wire::tcp_flag::kFin)) take_fin(end);
  note_congestion(segment);

  // Trim both ends: what is here already, what the window or the peer's own FIN excludes.
  const std::uint64_t limit = std::min({edge_, fin_, ring_.head() + ring_.capacity() + 1});
  const auto from = std::max(begin, static_cast<std::int64_t>(next_));
  const auto to = std::min(end, static_cast<std::int64_t>(limit));
  const std::uint64_t before = next_;
  note_duplicate(begin, std::min(end, static_cast<std::int64_t>(next_)));
  if (to > from) {
    const auto text = segment.text.subspan(static_cast<std::size_t>(from - begin),
                                           static_cast<std::size_t>(to - from));
    store(static_cast<std::uint64_t>(from), text);
  }
  if (next_ == fin_) ++next_;

  if (next_ > before) {
    note_in_order(segment, next_ - before, now);
  } else if (begin > static_cast<std::int64_t>(next_) && segment.length() > 0) {
    note_out_of_order(segment);
  } else if (segment.length() > 0) {
    ack_now();  // RFC 9293 3.10.7.4: nothing new
  }
  if (to < end) ack_now();  // the peer sends more than it may: tell it the window
}

void Receiver::note_congestion(const Segment& segment) {
  if (segment.text.empty()) return;
  const auto mark =
      segment.congestion_experienced ? EcnEcho::Mark::congestion_experienced : EcnEcho::Mark::none;
  if (echo_.on_text(mark, segment.flags)) ack_now();
}

void Receiver::take_fin(std::int64_t at) {
  // The first FIN counts, if it lies in the window and contradicts nothing already taken.
  const auto end = static_cast<std::uint64_t>(std::max<std::int64_t>(at, 0));
  if (fin_ != kNothing || end < next_ || end >= edge_ || beyond_.max().value_or(0) > end) return;
  fin_ = end;
}

void Receiver::store(std::uint64_t begin, ByteView text) {
  const std::uint64_t end = begin + text.size();
  if (begin == next_ && beyond_.empty()) {
    ring_.append(text);
    next_ = end;
    return;
  }
  const std::size_t most = std::clamp(ring_.capacity() / kRangeCost, kMinRanges, kMaxRanges);
  if (begin > next_ && beyond_.size() >= most) {
    ++counters_->drop_tcp_buffer_full;
    return;
  }
  store_gaps(begin, text);
  beyond_.add(begin, end);
  report_.note_held(begin);
  if (begin == next_) advance(beyond_.find(begin)->end);
}

void Receiver::store_gaps(std::uint64_t begin, ByteView text) {
  // What arrived first stays: an overlap cannot change octets that were acknowledged or read.
  const std::uint64_t end = begin + text.size();
  std::uint64_t at = begin;
  while (at < end) {
    if (const auto held = beyond_.find(at)) {
      note_duplicate(static_cast<std::int64_t>(at),
                     static_cast<std::int64_t>(std::min(held->end, end)));
      at = held->end;
      continue;
    }
    const auto gap = beyond_.first_gap(at);
    const std::uint64_t gap_end = gap ? std::min(gap->end, end) : end;
    ring_.write_at(at - 1, text.subspan(static_cast<std::size_t>(at - begin),
                                        static_cast<std::size_t>(gap_end - at)));
    at = gap_end;
  }
}

void Receiver::advance(std::uint64_t end) {
  const bool moved = ring_.advance_tail(end - 1);
  ZSOCK_CHECK(moved);
  next_ = end;
  beyond_.erase_before(end);
  ack_now();  // RFC 5681 4.2: a gap was filled, wholly or in part
}

void Receiver::note_in_order(const Segment& segment, std::uint64_t octets, Instant now) {
  duplicates_owed_ = 0;
  // Text that keeps coming just before the ACK would go is worth waiting for a little longer.
  const Duration gap = now - text_at_;
  text_at_ = now;
  if (gap < ack_delay_) {
    const Duration wait = ack_delay_ / 2 + std::max(gap, config_->delayed_ack / 2);
    ack_delay_ = std::min(wait, config_->max_delayed_ack);
  }

  const std::size_t size = segment.segment_size != 0 ? segment.segment_size : segment.text.size();
  full_size_ =
      std::max(full_size_, static_cast<std::uint16_t>(std::min<std::size_t>(size, local_mss_)));
  unacked_ += static_cast<std::uint32_t>(octets);
  // RFC 9293 3.8.6.3: at least every second full segment; a FIN at once.
  if (quick_acks_ > 0 || fin_taken() || unacked_ >= 2U * full_size_) {
    const std::uint32_t segments = original_segments(segment);
    quick_acks_ =
        static_cast<std::uint16_t>(quick_acks_ - std::min<std::uint32_t>(quick_acks_, segments));
    ack_now();
  } else if (need_ == Need::none) {
    need_ = Need::delayed;
  }
}

void Receiver::note_out_of_order(const Segment& segment) {
  ++counters_->tcp_out_of_order;
  const std::uint32_t segments = original_segments(segment);
  out_of_order_ += segments;
  duplicates_owed_ =
      static_cast<std::uint8_t>(std::min(duplicates_owed_ + segments, kMaxDuplicatesOwed));
}

void Receiver::note_old(const Segment& segment) {
  const std::int64_t begin = offset(segment.seq) + (segment.has(wire::tcp_flag::kSyn) ? 1 : 0);
  const std::int64_t end = begin + static_cast<std::int64_t>(segment.text.size());
  if (end <= static_cast<std::int64_t>(next_)) note_duplicate(begin, end);
}

void Receiver::note_duplicate(std::int64_t begin, std::int64_t end) {
  begin = std::max<std::int64_t>(begin, 1);  // the SYN is no text
  if (!sack_ || begin >= end) return;
  report_.note_duplicate({static_cast<std::uint64_t>(begin), static_cast<std::uint64_t>(end)});
}

bool Receiver::take_urgent(Seq sequence, std::uint16_t urgent) {
  const std::int64_t end = offset(sequence) + urgent;
  if (end < 2 || static_cast<std::uint64_t>(end) <= urgent_end_) return false;
  if (static_cast<std::uint64_t>(end) < ring_.head() + 2) return false;  // read already
  urgent_end_ = static_cast<std::uint64_t>(end);
  return true;
}

// --- The reader ----------------------------------------------------------------------------------

bool Receiver::consumed(std::uint64_t head) {
  if (!ring_.advance_head(head)) return false;
  if (window_update_due()) ack_now();
  return true;
}

void Receiver::move_ring(MutableBytes memory) {
  const std::uint64_t held = beyond_.max().value_or(0);
  ring_.move_to(memory, std::max(ring_.tail(), held == 0 ? 0 : held - 1));
  if (window_update_due()) ack_now();
}

std::uint64_t Receiver::open_window() const {
  const std::uint64_t end = ring_.head() + ring_.capacity() + 1;
  const std::uint64_t size = std::min(end - std::min(end, next_), std::uint64_t{0xffff} << scale_);
  return (size >> scale_) << scale_;
}

std::uint64_t Receiver::worthwhile_growth() const {
  return std::min<std::uint64_t>(ring_.capacity() / 2, local_mss_);
}

/// The peer learns of growth with every ACK. One for its own sake must double the window, or give
/// back an eighth of the ring: a sender that fills the window would be held to half of it else.
std::uint64_t Receiver::update_growth() const {
  const std::uint64_t much = std::min<std::uint64_t>(window(), ring_.capacity() / 8);
  return std::max(worthwhile_growth(), much);
}

bool Receiver::window_update_due() const {
  if (next_ == 0 || fin_taken()) return false;
  return open_window() >= window() + update_growth();
}

std::uint64_t Receiver::window_update_position() const {
  if (next_ == 0 || fin_taken()) return kNothing;
  const std::uint64_t unit = std::uint64_t{1} << scale_;
  const std::uint64_t needed = window() + update_growth() + unit - 1;
  const std::uint64_t head = next_ - 1 + ((needed >> scale_) << scale_);
  return head - std::min<std::uint64_t>(head, ring_.capacity());
}

std::optional<std::uint64_t> Receiver::urgent_mark() const {
  if (urgent_end_ < ring_.head() + 2) return std::nullopt;
  return urgent_end_ - 2;
}

// --- Acknowledgments -----------------------------------------------------------------------------

void Receiver::set_quick_acks(std::uint32_t segments) {
  quick_acks_ = static_cast<std::uint16_t>(std::min(segments, 0xffffU));
  if (segments > 0 && ack_waits()) ack_now();
}

std::uint16_t Receiver::syn_window() const {
  return static_cast<std::uint16_t>(std::min<std::size_t>(ring_.capacity(), 0xffff));
}

std::uint16_t Receiver::acknowledge(Carrier carrier) {
  need_ = Need::none;
  unacked_ = 0;
  acked_ = next_;
  if (carrier == Carrier::bare && duplicates_owed_ > 0) --duplicates_owed_;

  const std::uint64_t open = open_window();
  if (open >= window() + worthwhile_growth()) edge_ = next_ + open;  // RFC 9293 3.8.6.2.2
  // Rounding must not draw the edge back (RFC 7323 2.4): up, where the ring has the room.
  const std::uint64_t unit = std::uint64_t{1} << scale_;
  const std::uint64_t up = (window() + unit - 1) & ~(unit - 1);
  const std::uint64_t offered = up <= open ? up : (window() & ~(unit - 1));
  edge_ = std::max(edge_, next_ + offered);
  advertised_ = static_cast<std::uint16_t>(std::min<std::uint64_t>(offered >> scale_, 0xffff));
  return advertised_;
}

void Receiver::fill_sack(wire::TcpOptions& options, std::size_t octets) {
  constexpr std::size_t kOverhead = 4;  // kind, length, two NOPs
  constexpr std::size_t kBlock = 8;
  if (!sack_ || octets < kOverhead + kBlock) return;
  const auto blocks =
      report_.take(beyond_, std::min((octets - kOverhead) / kBlock, SackReport::kMaxBlocks));
  for (const Range block : blocks.span()) {
    options.sack[options.sack_count++] = {seq(block.begin).value(), seq(block.end).value()};
  }
}

void Receiver::check_invariants() const {
  if (next_ == 0) return;
  ZSOCK_CHECK(next_ <= edge_ || fin_taken());  // INV-2
  ZSOCK_CHECK(ring_.tail() + 1 + (fin_taken() ? 1 : 0) == next_);
  ZSOCK_CHECK(acked_ <= next_);
  for (const Range range : beyond_) {  // INV-3
    ZSOCK_CHECK(range.begin > next_ && range.begin < range.end && range.end <= edge_);
    ZSOCK_CHECK(range.end <= fin_);
  }
}

}  // namespace zsock::tcp
