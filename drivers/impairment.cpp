#include "drivers/impairment.h"

#include <algorithm>
#include <utility>

namespace zsock::drivers {

Impairment::Impairment(const FaultOptions& options, std::uint64_t seed)
    : options_(options), rng_(seed) {}

bool Impairment::happens(double probability) {
  if (probability <= 0) return false;
  constexpr double kRange = 4294967296.0;  // next_u32() is uniform in [0, 2^32)
  return static_cast<double>(rng_.next_u32()) < probability * kRange;
}

void Impairment::push(ByteView frame, Instant now) {
  if (frame.empty() || happens(options_.loss)) return;
  std::vector<std::byte> bytes(frame.begin(), frame.end());
  if (happens(options_.corrupt)) {
    const auto bit = rng_.below(static_cast<std::uint32_t>(bytes.size() * 8));
    bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
  }
  if (happens(options_.duplicate)) schedule(bytes, now);
  schedule(std::move(bytes), now);
}

void Impairment::schedule(std::vector<std::byte> frame, Instant now) {
  if (under_way_.size() >= options_.queue_frames) return;
  Instant out = now;
  if (options_.rate > 0) {
    const std::uint64_t bits = std::uint64_t{frame.size()} * 8;
    const std::chrono::nanoseconds sending(
        static_cast<std::int64_t>(bits * 1'000'000'000U / options_.rate));
    const std::chrono::nanoseconds arrival = now.time_since_epoch();
    busy_until_ = std::max(busy_until_, arrival) + sending;
    out = Instant(std::chrono::ceil<Duration>(busy_until_));
  }
  out += options_.delay;
  if (options_.jitter > Duration::zero()) {
    const auto range = static_cast<std::uint32_t>(options_.jitter.count() + 1);
    out += Duration(rng_.below(range));
  }
  if (happens(options_.reorder)) out += kReorderHold;
  under_way_.emplace(out, std::move(frame));
}

std::optional<Instant> Impairment::next_due() const {
  if (under_way_.empty()) return std::nullopt;
  return under_way_.begin()->first;
}

std::optional<ByteView> Impairment::due(Instant now) const {
  if (under_way_.empty() || under_way_.begin()->first > now) return std::nullopt;
  return ByteView(under_way_.begin()->second);
}

void Impairment::pop() {
  ZSOCK_CHECK(!under_way_.empty());
  under_way_.erase(under_way_.begin());
}

}  // namespace zsock::drivers
