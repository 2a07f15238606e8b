#include "daemon/stack/tcp/hystart.h"

#include <algorithm>

namespace zsock::tcp {

namespace {
using namespace std::chrono_literals;     // NOLINT(google-build-using-namespace): literals only
constexpr Duration kMinThreshold = 4ms;   ///< MIN_RTT_THRESH
constexpr Duration kMaxThreshold = 16ms;  ///< MAX_RTT_THRESH
constexpr std::int64_t kRttDivisor = 8;   ///< MIN_RTT_DIVISOR
}  // namespace

void HyStart::begin_round(std::uint64_t next) {
  round_end_ = next;
  last_minimum_ = minimum_;
  minimum_.reset();
  samples_ = 0;
}

void HyStart::observe(const AckSample& ack) {
  if (ack.una >= round_end_) {
    if (baseline_) ++conservative_rounds_;
    begin_round(ack.next);
  }
  if (!ack.rtt) return;
  minimum_ = std::min(*ack.rtt, minimum_.value_or(Duration::max()));
  if (++samples_ < kSamples) return;
  if (baseline_) {
    // RFC 9406 4.2: the growth was a mere fluctuation, slow start goes on.
    if (*minimum_ < *baseline_) {
      baseline_.reset();
      conservative_rounds_ = 0;
    }
    return;
  }
  if (!last_minimum_) return;
  const Duration threshold = std::clamp(*last_minimum_ / kRttDivisor, kMinThreshold, kMaxThreshold);
  if (*minimum_ >= *last_minimum_ + threshold) baseline_ = minimum_;
}

std::uint32_t HyStart::growth(std::uint32_t acked, std::uint32_t segment) const {
  const std::uint32_t full = std::min(acked, kBurst * segment);
  return baseline_ ? full / kGrowthDivisor : full;
}

}  // namespace zsock::tcp
