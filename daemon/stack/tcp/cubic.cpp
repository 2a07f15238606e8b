#include "daemon/stack/tcp/cubic.h"

#include <algorithm>

namespace zsock::tcp {

namespace {

// RFC 9438 4.6: beta is 0.7; 4.7: fast convergence keeps (1 + beta) / 2.
constexpr std::uint64_t kBetaPercent = 70;
constexpr std::uint64_t kConvergencePercent = 85;
// RFC 9438 4.3: alpha is 3 (1 - beta) / (1 + beta) = 9 / 17.
constexpr std::uint64_t kAlphaNumerator = 9;
constexpr std::uint64_t kAlphaDenominator = 17;
/// Longer epochs do not let the window grow faster: the cube still fits.
constexpr std::int64_t kLongestMs = 1'000'000;

std::int64_t to_ms(Duration time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

/// The largest integer whose cube is not larger. REQUIRES: value < 2^63
std::uint64_t cube_root(std::uint64_t value) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = 1U << 20U; bit != 0; bit >>= 1U) {
    const std::uint64_t candidate = root | bit;
    if (candidate * candidate * candidate <= value) root = candidate;
  }
  return root;
}

std::uint32_t beta_of(std::uint32_t octets) {
  return static_cast<std::uint32_t>(octets * kBetaPercent / 100);
}

}  // namespace

void Cubic::on_ack(CongestionWindow& window, const AckSample& ack) {
  if (window.in_initial_slow_start()) hystart_.observe(ack);
  if (ack.flight == AckSample::Flight::limited) {
    paused_ = true;
    return;
  }
  if (window.in_slow_start()) return start_slowly(window, ack);
  if (!epoch_) {
    start_epoch(window, ack.now);
  } else if (paused_) {
    *epoch_ += ack.now - grown_at_;  // RFC 9438 5.8
  }
  paused_ = false;
  grown_at_ = ack.now;
  avoid_congestion(window, ack);
}

void Cubic::start_slowly(CongestionWindow& window, const AckSample& ack) {
  // RFC 9406 4.3: only the initial slow start looks at round-trip times.
  if (!window.in_initial_slow_start()) return window.slow_start(ack.acked);
  window.grow(hystart_.growth(ack.acked, window.segment()));
  if (hystart_.finished()) window.end_slow_start();
}

void Cubic::start_epoch(const CongestionWindow& window, Instant now) {
  epoch_ = now;
  estimate_ = window.size();
  estimate_part_ = growth_part_ = 0;
  plateau_ms_ = 0;
  if (maximum_ <= window.size()) {
    // RFC 9438 4.8, 4.10: after a timeout, or slow start without loss, K is 0.
    maximum_ = window.size();
    return;
  }
  // RFC 9438 4.2: K = cubic root of (W_max - cwnd_epoch) / C, with C = 0.4 segments / s^3.
  const std::uint64_t missing = maximum_ - window.size();
  constexpr std::uint64_t kCubicMs = 1'000'000'000;
  plateau_ms_ = static_cast<std::int64_t>(cube_root(missing * kCubicMs / window.segment() * 5 / 2));
}

std::uint64_t Cubic::cubic_window(Duration elapsed, std::uint32_t segment) const {
  // RFC 9438 4.2: W_cubic(t) = C (t - K)^3 + W_max.
  const std::int64_t offset = std::clamp(to_ms(elapsed) - plateau_ms_, -kLongestMs, kLongestMs);
  const auto distance = static_cast<std::uint64_t>(offset < 0 ? -offset : offset);
  const std::uint64_t cube = distance * distance * distance / 1'000'000;  // 10^-3 s^3
  const std::uint64_t octets = cube * segment * 2 / 5 / 1000;
  if (offset >= 0) return maximum_ + octets;
  return maximum_ - std::min(maximum_, octets);
}

std::uint64_t Cubic::reno_window(const CongestionWindow& window, std::uint64_t acked) {
  // RFC 9438 4.3: W_est += alpha * segments_acked / cwnd; alpha is 1 from cwnd_prior on.
  const bool caught_up = estimate_ >= prior_;
  const std::uint64_t numerator = caught_up ? kAlphaDenominator : kAlphaNumerator;
  const std::uint64_t divisor = std::uint64_t{window.size()} * kAlphaDenominator;
  estimate_part_ += acked * window.segment() * numerator;
  estimate_ += estimate_part_ / divisor;
  estimate_part_ %= divisor;
  return estimate_;
}

void Cubic::avoid_congestion(CongestionWindow& window, const AckSample& ack) {
  const std::uint64_t size = window.size();
  const std::uint64_t acked = std::min<std::uint64_t>(ack.acked, size);
  const Duration elapsed = ack.now - *epoch_;
  const std::uint64_t reno = reno_window(window, acked);
  if (cubic_window(elapsed, window.segment()) < reno) {
    if (reno > size) window.grow(static_cast<std::uint32_t>(reno - size));
    return;
  }
  // RFC 9438 4.4, 4.5: towards where the curve will be one round trip later, not beyond 1.5 cwnd.
  const std::uint64_t target =
      std::clamp(cubic_window(elapsed + ack.smoothed_rtt, window.segment()), size, size + size / 2);
  growth_part_ += (target - size) * acked;
  window.grow(static_cast<std::uint32_t>(growth_part_ / size));
  growth_part_ %= size;
}

void Cubic::note_congestion(const CongestionWindow& window) {
  // RFC 9438 4.7: a flow that did not get back to where it was leaves room for others.
  const std::uint64_t size = window.size();
  maximum_ = size < maximum_ ? size * kConvergencePercent / 100 : size;
  prior_ = size;
  epoch_.reset();
  paused_ = false;
}

void Cubic::on_loss(CongestionWindow& window, std::uint32_t in_flight) {
  note_congestion(window);
  window.set_threshold(beta_of(in_flight));
  window.fall_to_threshold();
}

void Cubic::on_timeout(CongestionWindow& window, std::uint32_t in_flight) {
  note_congestion(window);
  maximum_ = 0;  // RFC 9438 4.8: the next epoch begins on the plateau
  window.set_threshold(beta_of(in_flight));
}

}  // namespace zsock::tcp
