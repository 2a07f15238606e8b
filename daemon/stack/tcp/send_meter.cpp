#include "daemon/stack/tcp/send_meter.h"

#include <algorithm>

namespace zsock::tcp {

void SendMeter::passed(Wait wait, Instant now) {
  spent_.at(static_cast<std::size_t>(wait)) += now - since_;
  since_ = now;
}

Duration SendMeter::spent(Wait wait, Instant now) const {
  const Duration before = spent_.at(static_cast<std::size_t>(wait));
  return wait == wait_ ? before + (now - since_) : before;
}

void SendMeter::start_round(std::uint64_t delivered, Instant now) {
  round_from_ = delivered;
  round_at_ = now;
  round_is_short_ = false;
}

void SendMeter::on_delivered(std::uint64_t delivered, bool idle, Duration least, Instant now) {
  round_is_short_ |= idle;
  const Duration elapsed = now - round_at_;
  if (elapsed < std::max(least, Duration{1})) return;
  constexpr std::uint64_t kSecond = 1'000'000;
  const std::uint64_t rate =
      (delivered - round_from_) * kSecond / static_cast<std::uint64_t>(elapsed.count());
  if (!round_is_short_ || rate > rate_) {
    rate_ = rate;
    rate_is_short_ = round_is_short_;
  }
  start_round(delivered, now);
}

}  // namespace zsock::tcp
