#pragma once
/// \file
/// How much may be in flight? The one interface of all congestion controls; which of them judges is
/// a value. What is lost is judged elsewhere (LossRecovery).

#include <optional>
#include <variant>

#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/congestion_window.h"
#include "daemon/stack/tcp/cubic.h"
#include "daemon/stack/tcp/newreno.h"

namespace zsock::tcp {

class Congestion {
 public:
  /// \param config  outlives the object
  explicit Congestion(const Config& config);

  /// From now on this one judges; the window stays as it is.
  void choose(CongestionControl control);
  [[nodiscard]] CongestionControl chosen() const;

  /// Something new was acknowledged outside of fast recovery.
  void on_ack(const AckSample& ack);
  /// Fast recovery begins. \param in_flight  octets outstanding when the loss was noticed first;
  /// what exceeds the window has left the network, seen by duplicate ACKs only
  void on_loss(std::uint32_t in_flight);
  /// Fast recovery is over. \param in_flight  octets still outstanding
  void on_recovered(std::uint32_t in_flight) { window_.leave_recovery(in_flight); }

  enum class Timeout : std::uint8_t { first, repeated };  ///< of the same segment
  void on_timeout(std::uint32_t in_flight, Timeout timeout);
  /// A loss was none: the window, and what has led to it, are as they were (RFC 9438 4.9). What has
  /// grown larger since stays.
  void restore(const Congestion& before);
  /// Nothing was sent for longer than one RTO (RFC 5681 4.1).
  void after_idle();
  /// The handshake lost more than one SYN (RFC 6928 2).
  void start_small() { window_.start_small(); }
  /// SMSS became known or changed; before anything is sent the initial window follows it.
  void set_segment_size(std::uint32_t octets) { window_.set_segment(octets); }

  [[nodiscard]] std::uint32_t window() const { return window_.size(); }  ///< cwnd
  [[nodiscard]] std::uint32_t slow_start_threshold() const {             ///< ssthresh
    return window_.threshold();
  }

 private:
  CongestionWindow window_;
  std::variant<Cubic, NewReno> control_{};
};

}  // namespace zsock::tcp
