#include "daemon/stack/tcp/ring_tuning.h"

#include <algorithm>
#include <chrono>

namespace zsock::tcp {

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

/// Of timestamps: what they measure may be so much too long.
constexpr auto kTick = std::chrono::milliseconds{1};
/// Who reads in gulps reads them in one round trip, as long as they are no further apart than this.
/// Beyond, it is slow, and a larger ring would only hold more that waits.
constexpr Duration kGulps = 100ms;
constexpr double kMost = 1U << 30U;  ///< larger no ring is

}  // namespace

void ReceiveTuning::on_text(std::chrono::milliseconds echoed) {
  const auto time = std::max(echoed - kTick, std::chrono::milliseconds{});
  least_ = std::min<std::uint32_t>(least_, static_cast<std::uint32_t>(time.count()));
}

Duration ReceiveTuning::round_trip(const Rtt& other) const {
  const std::uint32_t echoed = std::min(last_, least_);
  const Duration seen = echoed == kNone
                            ? other.smoothed()
                            : std::max<Duration>(std::chrono::milliseconds{echoed}, other.least());
  return seen == Duration::zero() ? kTick : seen;
}

std::uint32_t ReceiveTuning::per_round_trip(Duration elapsed, Duration round_trip) const {
  const Duration span = gulped_ ? std::max(round_trip, kGulps) : round_trip;
  double octets = static_cast<double>(octets_);
  if (elapsed > span) {
    octets *= static_cast<double>(span.count()) / static_cast<double>(elapsed.count());
  }
  return static_cast<std::uint32_t>(std::min(octets, kMost));
}

std::size_t ReceiveTuning::on_read(std::uint64_t octets, std::size_t capacity, const Rtt& other,
                                   Instant now) {
  if (since_ == Instant{}) since_ = now;
  octets_ += octets;
  gulped_ = gulped_ || octets > capacity / 2;
  const Duration round_trip = this->round_trip(other);
  const Duration elapsed = now - since_;
  if (elapsed < round_trip) return 0;
  const std::uint32_t read = per_round_trip(elapsed, round_trip);
  since_ = now;
  octets_ = 0;
  gulped_ = false;
  if (least_ != kNone) last_ = least_;
  least_ = kNone;
  if (read <= most_) return 0;
  most_ = read;
  return std::size_t{2} * read;  // slow start doubles it in the next round trip
}

}  // namespace zsock::tcp
