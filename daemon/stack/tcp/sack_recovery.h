#pragma once
/// \file
/// What is lost, of a peer that acknowledges selectively: the scoreboard (RFC 2018), judged by time
/// (RFC 8985); and how fast it is repaired (RFC 9937).

#include <cstdint>
#include <optional>
#include <span>

#include "daemon/stack/tcp/congestion.h"
#include "daemon/stack/tcp/prr.h"
#include "daemon/stack/tcp/rack.h"
#include "daemon/stack/tcp/scoreboard.h"
#include "daemon/stack/tcp/spurious.h"

namespace zsock::tcp {

/// Counts in the sender's offsets, from the first octet of text on.
class SackRecovery {
 public:
  enum class Phase : std::uint8_t {
    open,      ///< nothing is known to be lost
    recovery,  ///< fast recovery, until everything sent before it is acknowledged
    loss,      ///< after a timeout, likewise
  };
  /// What the sender knows: SMSS, SRTT.
  struct Path {
    std::uint32_t segment = 0;
    Duration smoothed{};
    bool new_text = false;  ///< there is some to send, and the peer has room for it
  };
  struct Ack {
    std::uint64_t una = 0;
    std::span<const Range> blocks{};  ///< as the peer states them
    std::optional<Instant> echoed{};  ///< when the segment it answers was sent, to the millisecond
    bool duplicate = false;           ///< RFC 5681 2
  };
  /// What has come of it; more than one may be true.
  struct Outcome {
    bool recovered = false;  ///< fast recovery is over
    bool loss = false;       ///< fast recovery has begun
    bool repaired = false;   ///< a tail probe has replaced a lost segment
    /// That recovery, or timeout, was needless: the window is as it was before.
    Spurious::Cause undone = Spurious::Cause::none;
    std::uint64_t delivered = 0;
    Prr::Safety safety = Prr::Safety::unsafe;
  };

  // --- What is sent and answered -----------------------------------------------------------------
  void sent(Range range, Instant now);
  void sent_again(Range range, Instant now);
  Outcome on_ack(const Ack& ack, const Path& path, Instant now);
  /// To be called after on_ack and on_reordering_timeout, when the congestion control knows too.
  /// \param threshold  ssthresh
  void regulate(const Outcome& outcome, std::uint64_t threshold, std::uint32_t segment);

  // --- Time --------------------------------------------------------------------------------------
  /// Everything outstanding waits for retransmission; but not what the peer holds, unless it has
  /// been seen to throw away such (RFC 2018 8).
  void presume_all_lost();
  void on_timeout();  ///< the same, because the retransmission timer has expired
  /// RFC 5682 3: new text goes first.
  [[nodiscard]] bool holds_back() const { return spurious_.holds_back(); }
  /// The congestion control before the episode, kept for the sender, who restores it.
  void remember(const Congestion& congestion) { before_ = congestion; }
  /// REQUIRES: a recovery or timeout has just been found needless.
  [[nodiscard]] const Congestion& remembered() const { return *before_; }
  /// The window has shrunk for another reason: there is no way back.
  void forbid_undo() { spurious_.abandon(); }
  [[nodiscard]] std::uint32_t reorderings() const { return rack_.reorderings(); }
  [[nodiscard]] std::uint32_t duplicates_reported() const { return duplicates_reported_; }
  void forget_sacked() { board_.lose_all(Scoreboard::Sacked::forget); }
  /// RFC 8985 6.2: what is not delivered by then is lost.
  [[nodiscard]] std::optional<Instant> reordering_deadline() const { return reordering_due_; }
  Outcome on_reordering_timeout(const Path& path, Instant now);
  /// RFC 8985 7.2: when to probe the tail.
  [[nodiscard]] std::optional<Instant> probe_deadline(const Path& path) const;
  void on_probe_timeout() { probe_due_ = true; }
  [[nodiscard]] bool probe_due() const { return probe_due_ && phase_ == Phase::open; }
  void probe_sent(TailProbe::Content content);

  // --- State -------------------------------------------------------------------------------------
  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] const Scoreboard& board() const { return board_; }
  [[nodiscard]] std::uint64_t next() const { return next_; }  ///< one beyond what was sent
  [[nodiscard]] std::uint64_t in_network() const {
    return board_.octets(Scoreboard::Fate::in_flight);
  }
  /// Octets outstanding when recovery began, without those known to be delivered.
  [[nodiscard]] std::uint64_t flight_at_loss() const { return flight_at_loss_; }
  /// cwnd while fast recovery lasts.
  [[nodiscard]] std::uint64_t window() const { return prr_.window(); }

  void check_invariants(std::uint64_t una, std::uint64_t next) const;

 private:
  [[nodiscard]] std::uint64_t undelivered() const {
    return in_network() + board_.octets(Scoreboard::Fate::lost);
  }
  std::uint64_t take_blocks(std::span<const Range> blocks);
  bool judge_probe(const Ack& ack, bool duplicate_report, bool progress);
  void judge_episode(Outcome& outcome, const Ack& ack, bool duplicate_report, bool progress,
                     bool new_text);
  [[nodiscard]] bool originals_delivered() const;
  [[nodiscard]] std::uint64_t detect_losses(const Path& path, Instant now);
  void begin_recovery(std::uint64_t flight);

  Scoreboard board_{};
  Rack rack_{};
  TailProbe probe_{};
  Prr prr_{};
  Spurious spurious_{};
  std::optional<Congestion> before_{};
  std::uint64_t una_ = 1;
  std::uint64_t next_ = 1;
  std::uint64_t recover_ = 0;  ///< UNA at the end of the recovery
  std::uint64_t flight_at_loss_ = 0;
  std::uint32_t duplicates_reported_ = 0;
  Instant probe_base_{};  ///< the PTO counts from here
  std::optional<Instant> reordering_due_{};
  Phase phase_ = Phase::open;
  bool probe_due_ = false;
};

}  // namespace zsock::tcp
