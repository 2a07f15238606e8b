#include "daemon/stack/tcp/pacer.h"

#include <algorithm>

namespace zsock::tcp {

namespace {

constexpr std::uint64_t kMicroseconds = 1'000'000;  ///< in a second
constexpr std::uint64_t kSlowStart = 200;           ///< percent of the window per round trip
constexpr std::uint64_t kAvoidance = 120;
constexpr std::uint64_t kPieces = 1000;  ///< in a second
constexpr std::uint64_t kLeastSegments = 2;
constexpr std::uint64_t kMostRate = std::uint64_t{1} << 43U;  ///< times a microsecond: 64 bits hold

}  // namespace

void Pacer::set_limit(std::uint64_t rate) {
  limit_ = rate == kUnlimited ? 0 : std::min(rate, kMostRate);
}

std::uint64_t Pacer::rate(const Path& path) const {
  if (path.smoothed <= Duration::zero()) return limit_;
  const std::uint64_t percent = path.window < path.threshold ? kSlowStart : kAvoidance;
  const std::uint64_t wanted = std::uint64_t{path.window} * percent * (kMicroseconds / 100) /
                               static_cast<std::uint64_t>(path.smoothed.count());
  return std::clamp<std::uint64_t>(wanted, 1, limit_);
}

std::size_t Pacer::piece(const Path& path) const {
  return std::max(rate(path) / kPieces, kLeastSegments * path.segment);
}

void Pacer::sent(std::size_t octets, const Path& path, Instant now) {
  const std::uint64_t speed = rate(path);
  rest_ += octets * kMicroseconds;
  const Duration time{static_cast<std::int64_t>(rest_ / speed)};
  rest_ %= speed;
  const Duration late = std::max(now - next_, Duration::zero());
  next_ = std::max(next_, now) + time - std::min(time / 2, late);
}

}  // namespace zsock::tcp
