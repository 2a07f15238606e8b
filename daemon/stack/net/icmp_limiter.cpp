#include "daemon/stack/net/icmp_limiter.h"

#include <algorithm>

namespace zsock::net {
namespace {

constexpr std::size_t kSlots = 4096;
constexpr std::uint32_t kNoise = 3;  ///< credits a refill may fall short

}  // namespace

IcmpLimiter::IcmpLimiter(const Config& config, Rng& rng)
    : interval_(config.icmp_interval_per_destination),
      per_second_(config.icmp_per_second),
      burst_(config.icmp_burst),
      rng_(&rng),
      hash_(AddressHash::draw(rng)),
      slots_(kSlots) {}

bool IcmpLimiter::allow_error(const wire::IpAddress& destination, Instant now) {
  Slot& slot = slots_[hash_({.interface = {}, .address = destination}) % kSlots];
  if (slot.used && slot.destination == destination && now - slot.last < interval_) return false;
  slot = {.destination = destination, .last = now, .used = true};
  return take(errors_, now);
}

bool IcmpLimiter::allow_reply(Instant now) {
  return take(replies_, now);
}

bool IcmpLimiter::take(Bucket& bucket, Instant now) {
  using std::chrono_literals::operator""s;
  if (!bucket.started) bucket = {.credit = burst_, .refilled = now, .started = true};
  // Refilled in lumps of a twentieth of a second, so that the noise stays noise.
  constexpr Duration kLump = std::chrono::milliseconds(50);
  const Duration passed = std::min<Duration>(now - bucket.refilled, 1s);
  if (passed >= kLump) {
    const auto earned = static_cast<std::uint32_t>(passed * per_second_ / Duration(1s));
    const std::uint32_t full = std::min(burst_, bucket.credit + earned);
    bucket.credit = full - std::min(full, rng_->below(kNoise + 1));
    bucket.refilled = now;
  }
  if (bucket.credit == 0) return false;
  --bucket.credit;
  return true;
}

}  // namespace zsock::net
