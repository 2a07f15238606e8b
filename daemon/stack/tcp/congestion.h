#pragma once
/// \file
/// How much may be in flight? The interface of a congestion control: octets only, no sequence
/// numbers. What is lost is judged elsewhere (LossRecovery).

#include <cstdint>

#include "daemon/stack/base/time.h"

namespace zsock::tcp {

class Congestion {
 public:
  Congestion() = default;
  Congestion(const Congestion&) = default;
  Congestion& operator=(const Congestion&) = default;
  virtual ~Congestion() = default;

  /// New octets were acknowledged outside of fast recovery, by a flight that filled the window.
  virtual void on_ack(std::uint32_t acked, Instant now) = 0;
  /// Fast recovery begins. \param in_flight  octets outstanding when the loss was noticed first
  virtual void on_loss(std::uint32_t in_flight, Instant now) = 0;
  /// Fast recovery is over. \param in_flight  octets still outstanding
  virtual void on_recovered(std::uint32_t in_flight) = 0;

  enum class Timeout : std::uint8_t { first, repeated };  ///< of the same segment
  virtual void on_timeout(std::uint32_t in_flight, Timeout timeout, Instant now) = 0;
  /// Nothing was sent for longer than one RTO (RFC 5681 4.1).
  virtual void after_idle() = 0;
  /// The handshake lost more than one SYN (RFC 6928 2).
  virtual void start_small() = 0;
  /// SMSS became known or changed; before anything is sent the initial window follows it.
  virtual void set_segment_size(std::uint32_t octets) = 0;

  [[nodiscard]] virtual std::uint32_t window() const = 0;                ///< cwnd
  [[nodiscard]] virtual std::uint32_t slow_start_threshold() const = 0;  ///< ssthresh
};

}  // namespace zsock::tcp
