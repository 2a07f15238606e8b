#pragma once
/// \file
/// HyStart++ (RFC 9406): the initial slow start ends when the round trip grows, before packets are
/// lost.

#include <cstdint>
#include <optional>

#include "daemon/stack/tcp/congestion_types.h"

namespace zsock::tcp {

class HyStart {
 public:
  /// RFC 9406 4.2: keeps rounds and looks at their round-trip times. For every acknowledgment.
  void observe(const AckSample& ack);
  /// By how much the window may grow for it, after observe(). \param segment  SMSS
  [[nodiscard]] std::uint32_t growth(std::uint32_t acked, std::uint32_t segment) const;
  /// Conservative slow start has lasted its rounds: congestion avoidance begins.
  [[nodiscard]] bool finished() const { return conservative_rounds_ >= kConservativeRounds; }
  [[nodiscard]] bool conservative() const { return baseline_.has_value(); }

 private:
  static constexpr std::uint32_t kSamples = 8;             ///< N_RTT_SAMPLE
  static constexpr std::uint32_t kGrowthDivisor = 4;       ///< CSS_GROWTH_DIVISOR
  static constexpr std::uint32_t kConservativeRounds = 5;  ///< CSS_ROUNDS
  static constexpr std::uint32_t kBurst = 8;               ///< L without pacing

  void begin_round(std::uint64_t next);

  std::uint64_t round_end_ = 0;             ///< windowEnd: the round ends with this acknowledged
  std::optional<Duration> last_minimum_{};  ///< lastRoundMinRTT
  std::optional<Duration> minimum_{};       ///< currentRoundMinRTT
  std::optional<Duration> baseline_{};      ///< cssBaselineMinRtt, in conservative slow start
  std::uint32_t samples_ = 0;               ///< rttSampleCount
  std::uint32_t conservative_rounds_ = 0;
};

}  // namespace zsock::tcp
