#pragma once
/// \file
/// CUBIC (RFC 9438): the window is a cubic function of the time since the last congestion event.
/// Octets and milliseconds in 64-bit integers.

#include <cstdint>
#include <optional>

#include "daemon/stack/tcp/congestion_types.h"
#include "daemon/stack/tcp/congestion_window.h"
#include "daemon/stack/tcp/hystart.h"

namespace zsock::tcp {

class Cubic {
 public:
  void on_ack(CongestionWindow& window, const AckSample& ack);
  void on_loss(CongestionWindow& window, std::uint32_t in_flight);
  void on_timeout(CongestionWindow& window, std::uint32_t in_flight);
  /// RFC 9438 5.8: time without growth does not count.
  void after_idle() { paused_ = true; }

 private:
  void start_slowly(CongestionWindow& window, const AckSample& ack);
  void start_epoch(const CongestionWindow& window, Instant now);
  void avoid_congestion(CongestionWindow& window, const AckSample& ack);
  void note_congestion(const CongestionWindow& window);
  /// W_cubic, octets. \param elapsed  since the epoch began
  [[nodiscard]] std::uint64_t cubic_window(Duration elapsed, std::uint32_t segment) const;
  /// W_est, after `acked` more octets.
  std::uint64_t reno_window(const CongestionWindow& window, std::uint64_t acked);

  HyStart hystart_{};
  std::optional<Instant> epoch_{};   ///< t = 0; nothing before congestion avoidance
  Instant grown_at_{};               ///< when congestion avoidance last saw a filled window
  std::uint64_t maximum_ = 0;        ///< W_max; 0: no congestion event yet
  std::uint64_t prior_ = 0;          ///< cwnd_prior
  std::uint64_t estimate_ = 0;       ///< W_est
  std::uint64_t estimate_part_ = 0;  ///< what W_est has yet to grow, times cwnd times 17
  std::uint64_t growth_part_ = 0;    ///< what cwnd has yet to grow, times cwnd
  std::int64_t plateau_ms_ = 0;      ///< K
  bool paused_ = false;              ///< the window was not filled since grown_at_
};

}  // namespace zsock::tcp
