#include "daemon/stack/tcp/ring_tuning.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <limits>

namespace zsock::tcp {

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

/// Of timestamps: what they measure may be so much too long.
constexpr auto kTick = std::chrono::milliseconds{1};
/// Who reads in gulps reads them in one round trip, as long as they are no further apart than this.
/// Beyond, it is slow, and a larger ring would only hold more that waits.
constexpr Duration kGulps = 100ms;
constexpr double kMost = 1U << 30U;  ///< larger no ring is
/// What 16 Gbit/s bring.
constexpr std::size_t kRingPerMicrosecond = 2048;
/// On the shortest path. Two of them fill most CPUs' own caches.
constexpr std::size_t kRingAtLeast = std::size_t{1} << 20U;

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

std::size_t largest_useful_ring(Duration least) {
  if (least == Duration::zero()) return std::numeric_limits<std::size_t>::max();
  const auto path = std::chrono::floor<std::chrono::microseconds>(std::min<Duration>(least, 1s));
  const std::size_t octets = kRingPerMicrosecond * static_cast<std::size_t>(path.count());
  return std::max(kRingAtLeast, std::bit_floor(octets));
}

std::size_t RoundTrips::place_of(const wire::IpAddress& host) {
  std::size_t place = 0;
  for (const auto octet : host.octets()) place = place * 31 + octet;
  return place % kHosts;
}

void RoundTrips::learn(const wire::IpAddress& host, Duration round_trip, Instant now) {
  Entry& entry = entries_.at(place_of(host));
  if (round_trip == Duration::zero()) return;
  if (entry.host == host && entry.least < round_trip && now < entry.until) return;
  entry = {host, round_trip, now + kLifetime};
}

Duration RoundTrips::least(const wire::IpAddress& host) const {
  const Entry& entry = entries_.at(place_of(host));
  return entry.host == host ? entry.least : Duration::zero();
}

}  // namespace zsock::tcp
