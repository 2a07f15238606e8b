#pragma once
/// \file
/// Is this segment acceptable, what of its text is new, must we ACK, and what window do we offer?
/// (RFC 9293 3.10.7.4, 3.8.6.2.2, 3.8.6.3; RFC 7323 5.) Out-of-order text lies in the ring already,
/// beyond its tail.

#include <optional>

#include "daemon/stack/base/counters.h"
#include "daemon/stack/base/range_set.h"
#include "daemon/stack/base/ring_buffer.h"
#include "daemon/stack/tcp/config.h"
#include "daemon/stack/tcp/ecn.h"
#include "daemon/stack/tcp/sack_report.h"
#include "daemon/stack/tcp/segment.h"

namespace zsock::tcp {

/// Counts in 64-bit offsets from IRS: the SYN is 0, octet p of the stream is p + 1.
class Receiver {
 public:
  /// \param config, counters  outlive the receiver
  Receiver(const Config& config, Counters& counters, MutableBytes ring, std::uint16_t local_mss);

  void synchronize(Seq irs);  ///< the peer's SYN has been taken
  void set_window_scale(std::uint8_t shift) { scale_ = shift; }
  void enable_timestamps(std::uint32_t recent, Instant now);
  void enable_sack() { sack_ = true; }   ///< RFC 2018 2: both sides have sent the option
  void enable_ecn() { echo_.enable(); }  ///< RFC 3168 6.1.1: both sides have agreed

  // --- Segments ----------------------------------------------------------------------------------
  /// RFC 9293 3.10.7.4, first step: does any part of the segment lie in the window?
  /// \param length  octets of sequence space, counting SYN and FIN
  [[nodiscard]] bool accepts(Seq seq, std::uint32_t length) const;
  enum class Age : std::uint8_t { fresh, missing, old };
  /// RFC 7323 5.3 R1 (PAWS) and 3.2 (timestamps missing although agreed upon).
  [[nodiscard]] Age judge_timestamp(const Segment& segment, Instant now) const;
  /// RFC 7323 4.3: TS.Recent.
  void update_recent(const Segment& segment, Instant now);
  /// Takes text and FIN, as far as the window goes, and decides about the ACK. REQUIRES: accepts()
  void take(const Segment& segment, Instant now);
  /// Text that is not acceptable because it was acknowledged already, or none: RFC 2883 4.
  void note_old(const Segment& segment);
  /// RFC 9293 3.8.5. True: the urgent pointer has moved on.
  [[nodiscard]] bool take_urgent(Seq seq, std::uint16_t urgent);
  /// Does the segment bring text that was not there yet?
  [[nodiscard]] bool brings_text(const Segment& segment) const;

  // --- The reader --------------------------------------------------------------------------------
  [[nodiscard]] bool consumed(std::uint64_t head);
  /// A larger ring in place of this one. REQUIRES: as ByteRing::move_to.
  void move_ring(MutableBytes memory);
  [[nodiscard]] std::uint64_t window_update_position() const;
  [[nodiscard]] std::optional<std::uint64_t> urgent_mark() const;

  // --- Acknowledgments ---------------------------------------------------------------------------
  void ack_now() { need_ = Need::now; }
  /// From now on so many segments are acknowledged at once (TCP_QUICKACK).
  void set_quick_acks(std::uint32_t segments);
  [[nodiscard]] bool ack_due() const {
    return need_ == Need::now || duplicates_owed_ > 0 || report_.duplicate_waits();
  }
  /// An ACK may wait; it goes when this has passed.
  [[nodiscard]] bool ack_waits() const { return need_ == Need::delayed; }
  [[nodiscard]] Duration ack_delay() const { return ack_delay_; }
  enum class Carrier : std::uint8_t { bare, text };
  /// SEG.WND for a segment about to be sent with SEG.ACK = next(): the window is promised, the ACK
  /// done.
  [[nodiscard]] std::uint16_t acknowledge(Carrier carrier);
  /// Adds the SACK blocks of a segment about to be sent, as many as `octets` of options take.
  void fill_sack(wire::TcpOptions& options, std::size_t octets);
  /// SEG.WND of a SYN: never scaled.
  [[nodiscard]] std::uint16_t syn_window() const;

  // --- State -------------------------------------------------------------------------------------
  [[nodiscard]] Seq next() const { return seq(next_); }  ///< RCV.NXT
  [[nodiscard]] Seq irs() const { return irs_; }
  [[nodiscard]] std::uint32_t window() const {  ///< RCV.WND
    return static_cast<std::uint32_t>(edge_ - next_);
  }
  [[nodiscard]] bool fin_taken() const { return next_ > fin_; }
  [[nodiscard]] std::uint32_t recent() const { return recent_; }  ///< TS.Recent
  [[nodiscard]] bool timestamps() const { return timestamps_; }
  [[nodiscard]] bool sack() const { return sack_; }
  /// RFC 3168 6.1.3: ECE in every acknowledgment.
  [[nodiscard]] bool echoes_congestion() const { return echo_.active(); }
  [[nodiscard]] std::uint8_t window_scale() const { return scale_; }
  [[nodiscard]] std::uint16_t advertised() const { return advertised_; }      ///< last SEG.WND sent
  [[nodiscard]] std::uint32_t out_of_order() const { return out_of_order_; }  ///< segments
  [[nodiscard]] const ByteRing& ring() const { return ring_; }

  void check_invariants() const;

 private:
  static constexpr std::uint64_t kNothing = ~std::uint64_t{0};
  enum class Need : std::uint8_t { none, delayed, now };

  [[nodiscard]] Seq seq(std::uint64_t offset) const {
    return irs_ + static_cast<std::uint32_t>(offset);
  }
  /// May be negative, or beyond the window.
  [[nodiscard]] std::int64_t offset(Seq sequence) const {
    return static_cast<std::int64_t>(next_) + (sequence - next());
  }
  [[nodiscard]] bool in_window(Seq sequence) const { return distance(next(), sequence) < window(); }
  /// What the ring could take now, at most what the field can say.
  [[nodiscard]] std::uint64_t open_window() const;
  /// The least growth of the window worth telling (RFC 9293 3.8.6.2.2).
  [[nodiscard]] std::uint64_t worthwhile_growth() const;
  /// The least growth worth a segment of its own.
  [[nodiscard]] std::uint64_t update_growth() const;
  [[nodiscard]] bool window_update_due() const;
  void take_fin(std::int64_t at);
  void note_congestion(const Segment& segment);
  void store(std::uint64_t begin, ByteView text);
  void store_gaps(std::uint64_t begin, ByteView text);
  void advance(std::uint64_t end);
  void note_in_order(const Segment& segment, std::uint64_t octets, Instant now);
  void note_out_of_order(const Segment& segment);
  void note_duplicate(std::int64_t begin, std::int64_t end);

  const Config* config_;
  Counters* counters_;
  ByteRing ring_;
  RangeSet beyond_;  ///< offsets held beyond next_
  SackReport report_{};
  std::uint64_t next_ = 0;          ///< RCV.NXT
  std::uint64_t edge_ = 0;          ///< RCV.NXT + RCV.WND: promised, never taken back
  std::uint64_t fin_ = kNothing;    ///< where the stream ends
  std::uint64_t acked_ = 0;         ///< Last.ACK.sent
  std::uint64_t urgent_end_ = 0;    ///< RCV.UP: one beyond the last urgent octet
  Duration ack_delay_;              ///< adapts to how often text comes
  Instant text_at_{};               ///< when text came last
  Instant recent_at_{};             ///< when TS.Recent was set
  std::uint32_t recent_ = 0;        ///< TS.Recent
  std::uint32_t unacked_ = 0;       ///< octets taken since the last ACK
  std::uint32_t out_of_order_ = 0;  ///< segments beyond a gap, ever
  Seq irs_{};
  std::uint16_t quick_acks_ = 0;  ///< so many segments more are acknowledged at once
  std::uint16_t local_mss_;
  std::uint16_t full_size_;  ///< largest segment seen
  std::uint16_t advertised_ = 0;
  std::uint8_t scale_ = 0;
  bool timestamps_ = false;
  bool sack_ = false;
  Need need_ = Need::none;
  std::uint8_t duplicates_owed_ = 0;  ///< one ACK for each segment out of order (RFC 5681 4.2)
  EcnEcho echo_{};
};

}  // namespace zsock::tcp
