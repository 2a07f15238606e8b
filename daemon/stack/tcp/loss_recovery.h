#pragma once
/// \file
/// What is lost, and what has left the network? Without SACK the witnesses are duplicate ACKs (RFC
/// 5681 3.2, RFC 6582), which also allow limited transmit (RFC 3042), and timeouts (RFC 6298 5.4).
/// With it, SackRecovery knows.
/// Counts in the sender's offsets: una is the first unacknowledged one, next the first unsent one.

#include <cstdint>
#include <memory>
#include <optional>

#include "daemon/stack/base/range_set.h"
#include "daemon/stack/tcp/sack_recovery.h"

namespace zsock::tcp {

class LossRecovery {
 public:
  using Phase = SackRecovery::Phase;
  enum class Verdict : std::uint8_t {
    none,
    loss,       ///< fast recovery has begun: pending() goes out at once
    partial,    ///< RFC 6582 3.2 step 3: the next hole goes out at once
    recovered,  ///< fast recovery is over
  };

  /// The peer acknowledges selectively. REQUIRES: nothing but the SYN has been sent.
  void enable_sack() { selective_ = std::make_unique<SackRecovery>(); }
  /// Null: it does not.
  [[nodiscard]] SackRecovery* selective() { return selective_.get(); }
  [[nodiscard]] const SackRecovery* selective() const { return selective_.get(); }

  /// New text, or a FIN; a SYN counts for nothing.
  void sent(Range range, Instant now);
  void sent_again(Range range, Instant now);
  /// RFC 5681 2: a duplicate ACK has arrived. \param segment  SMSS
  Verdict on_duplicate(std::uint64_t una, std::uint64_t next, std::uint32_t segment);
  /// una has moved there from `before`.
  Verdict on_ack(std::uint64_t before, std::uint64_t una, std::uint32_t segment);
  /// What is outstanding is known to be lost, for another reason than congestion: all of it waits
  /// for retransmission.
  void presume_all_lost(std::uint64_t una, std::uint64_t next);
  /// The same, because the retransmission timer has expired: perhaps too soon.
  void on_timeout(std::uint64_t una, std::uint64_t next);
  /// The handshake is over, and text up to `next` is out, last sent at `sent`: with SACK it is
  /// judged from now on like all other.
  void hand_over(std::uint64_t next, Instant sent);
  /// Everything before `end` has been sent again.
  void retransmitted(std::uint64_t end);

  /// Lost and not yet sent again; empty when begin == end. \param most  more is not asked for
  [[nodiscard]] Range pending(std::uint64_t most = ~std::uint64_t{0}) const;
  [[nodiscard]] bool has_pending() const;
  /// RFC 5682 3: it waits, new text goes first.
  [[nodiscard]] bool holds_back() const { return selective_ && selective_->holds_back(); }
  /// Is the first octet outstanding among it?
  [[nodiscard]] bool first_pending(std::uint64_t una) const;
  [[nodiscard]] Phase phase() const { return selective_ ? selective_->phase() : phase_; }
  /// Octets believed to be in the network: outstanding, neither departed nor lost.
  [[nodiscard]] std::uint64_t in_network(std::uint64_t una, std::uint64_t next) const;
  [[nodiscard]] std::uint64_t sacked() const {
    return selective_ ? selective_->board().octets(Scoreboard::Fate::sacked) : 0;
  }
  [[nodiscard]] std::uint32_t reorderings() const {
    return selective_ ? selective_->reorderings() : 0;
  }
  [[nodiscard]] std::uint32_t duplicates_reported() const {
    return selective_ ? selective_->duplicates_reported() : 0;
  }
  [[nodiscard]] std::uint64_t lost() const {
    return pending_.length() +
           (selective_ ? selective_->board().octets(Scoreboard::Fate::lost) : 0);
  }
  /// cwnd, where fast recovery decides it (RFC 9937).
  [[nodiscard]] std::optional<std::uint64_t> window() const;
  /// Octets outstanding at the first duplicate ACK: without what limited transmit added since (RFC
  /// 5681 3.2 step 2).
  [[nodiscard]] std::uint32_t flight_at_loss() const { return flight_at_loss_; }

  void check_invariants(std::uint64_t una, std::uint64_t next) const;

 private:
  static constexpr std::uint32_t kDuplicateThreshold = 3;  ///< RFC 5681 3.2

  std::unique_ptr<SackRecovery> selective_{};
  Range pending_{};
  std::uint64_t recover_ = 0;  ///< RFC 6582 3.2: una at the end of the recovery
  /// Octets that duplicate ACKs say have left the network: what RFC 6582 adds to cwnd.
  std::uint64_t departed_ = 0;
  std::uint32_t duplicates_ = 0;
  std::uint32_t flight_at_loss_ = 0;
  Phase phase_ = Phase::open;
};

}  // namespace zsock::tcp
