#pragma once
/// \file
/// Round-trip time and retransmission timeout (RFC 6298).

#include <algorithm>
#include <cstdint>

#include "daemon/stack/base/time.h"
#include "daemon/stack/tcp/config.h"

namespace zsock::tcp {

class Rtt {
 public:
  /// \param config  outlives the estimator
  explicit Rtt(const Config& config) : config_(&config), rto_(config.initial_rto) {}

  /// RFC 6298 2.2, 2.3. Never of a retransmitted segment unless timestamps tell which transmission
  /// was acknowledged (Karn: section 3). Ends the back-off (section 5, last note).
  void sample(Duration round_trip);
  /// RFC 6298 5.5: doubles the RTO, up to the maximum.
  void back_off();
  /// RFC 6298 5.7: the SYN was lost, start over from this value.
  void restart(Duration rto);

  /// With the back-off applied.
  [[nodiscard]] Duration rto() const { return rto_; }
  /// Zero before the first sample.
  [[nodiscard]] Duration smoothed() const { return smoothed_; }
  [[nodiscard]] Duration variation() const { return variation_; }
  /// The least of all samples; zero before the first.
  [[nodiscard]] Duration least() const { return least_; }

 private:
  static constexpr Duration kGranularity = 1ms;  ///< G: the tick of our timestamps

  const Config* config_;
  Duration rto_;
  Duration smoothed_{};   ///< SRTT
  Duration variation_{};  ///< RTTVAR
  Duration least_{};
};

}  // namespace zsock::tcp
