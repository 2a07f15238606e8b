#pragma once
/// \file
/// What is lost, and what has left the network? Without SACK the witnesses are duplicate ACKs (RFC
/// 5681 3.2, RFC 6582), which also allow limited transmit (RFC 3042), and timeouts (RFC 6298 5.4).
/// Counts in the sender's offsets: una is the first unacknowledged one, next the first unsent one.

#include <cstdint>

#include "daemon/stack/base/range_set.h"

namespace zsock::tcp {

class LossRecovery {
 public:
  enum class Phase : std::uint8_t {
    open,      ///< nothing is known to be lost
    recovery,  ///< fast recovery, until everything sent before it is acknowledged
    loss,      ///< everything outstanding is presumed lost and sent again in slow start
  };
  enum class Verdict : std::uint8_t {
    none,
    loss,       ///< fast recovery has begun: pending() goes out at once
    partial,    ///< RFC 6582 3.2 step 3: the next hole goes out at once
    recovered,  ///< fast recovery is over
  };

  /// RFC 5681 2: a duplicate ACK has arrived. \param segment  SMSS
  Verdict on_duplicate(std::uint64_t una, std::uint64_t next, std::uint32_t segment);
  /// una has moved there from `before`.
  Verdict on_ack(std::uint64_t before, std::uint64_t una, std::uint32_t segment);
  /// The retransmission timer has expired, or what is outstanding is known to be lost for another
  /// reason than congestion: all of it waits for retransmission.
  void presume_all_lost(std::uint64_t una, std::uint64_t next);
  /// Everything before `end` has been sent again.
  void retransmitted(std::uint64_t end);

  /// Lost and not yet sent again; empty when begin == end.
  [[nodiscard]] Range pending() const { return pending_; }
  [[nodiscard]] bool has_pending() const { return pending_.begin != pending_.end; }
  [[nodiscard]] Phase phase() const { return phase_; }
  /// Octets believed to be in the network: outstanding, neither departed nor lost.
  [[nodiscard]] std::uint64_t in_network(std::uint64_t una, std::uint64_t next) const;
  /// Octets outstanding at the first duplicate ACK: without what limited transmit added since (RFC
  /// 5681 3.2 step 2).
  [[nodiscard]] std::uint32_t flight_at_loss() const { return flight_at_loss_; }

  void check_invariants(std::uint64_t una, std::uint64_t next) const;

 private:
  static constexpr std::uint32_t kDuplicateThreshold = 3;  ///< RFC 5681 3.2

  Range pending_{};
  std::uint64_t recover_ = 0;  ///< RFC 6582 3.2: una at the end of the recovery
  /// Octets that duplicate ACKs say have left the network: what RFC 6582 adds to cwnd.
  std::uint64_t departed_ = 0;
  std::uint32_t duplicates_ = 0;
  std::uint32_t flight_at_loss_ = 0;
  Phase phase_ = Phase::open;
};

}  // namespace zsock::tcp
