#include "daemon/stack/tcp/rtt.h"

namespace zsock::tcp {

void Rtt::sample(Duration round_trip) {
  const Duration r = std::max(round_trip, Duration{1});
  least_ = least_ == Duration::zero() ? r : std::min(least_, r);
  if (smoothed_ == Duration::zero()) {
    smoothed_ = r;
    variation_ = r / 2;
  } else {
    const Duration error = r > smoothed_ ? r - smoothed_ : smoothed_ - r;
    variation_ += (error - variation_) / 4;  // beta = 1/4
    smoothed_ += (r - smoothed_) / 8;        // alpha = 1/8
  }
  const Duration rto = smoothed_ + std::max(kGranularity, 4 * variation_);
  rto_ = std::clamp(rto, config_->min_rto, config_->max_rto);
}

void Rtt::back_off() {
  rto_ = std::min(2 * rto_, config_->max_rto);
}

void Rtt::restart(Duration rto) {
  smoothed_ = variation_ = Duration::zero();
  rto_ = std::min(rto, config_->max_rto);
}

}  // namespace zsock::tcp
