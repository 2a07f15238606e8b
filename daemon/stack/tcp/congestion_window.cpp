#include "daemon/stack/tcp/congestion_window.h"

namespace zsock::tcp {

namespace {
constexpr std::uint32_t kLargestWindow = 1U << 30U;  ///< RFC 7323 2.3: no window is larger
}

CongestionWindow::CongestionWindow(const Config& config) : config_(&config) {
  size_ = initial();
}

std::uint32_t CongestionWindow::initial() const {
  // RFC 6928 2: min(10 SMSS, max(2 SMSS, 14600)).
  return std::min(config_->initial_window_segments * segment_, std::max(2 * segment_, 14600U));
}

void CongestionWindow::grow(std::uint32_t octets) {
  size_ = std::min(size_ + std::min(octets, kLargestWindow), kLargestWindow);
}

void CongestionWindow::slow_start(std::uint32_t acked) {
  grow(std::min({acked, byte_limit_ * segment_, threshold_ - size_}));
  if (!in_slow_start()) byte_limit_ = 2;
}

void CongestionWindow::collapse() {
  size_ = segment_;
  byte_limit_ = 1;
}

void CongestionWindow::leave_recovery(std::uint32_t in_flight) {
  size_ = std::min(threshold_, std::max(in_flight, segment_) + segment_);
}

void CongestionWindow::restart() {
  if (size_ <= initial()) return;
  if (!in_initial_slow_start()) threshold_ = std::max(threshold_, size_ / 4 * 3);
  size_ = initial();
}

void CongestionWindow::restore(const CongestionWindow& before) {
  size_ = std::max(size_, before.size_);
  threshold_ = std::max(threshold_, before.threshold_);
  byte_limit_ = before.byte_limit_;
}

void CongestionWindow::start_small() {
  started_ = true;
  size_ = segment_;
}

void CongestionWindow::set_segment(std::uint32_t octets) {
  segment_ = octets;
  if (!started_) size_ = initial();
  size_ = std::max(size_, segment_);
  threshold_ = std::max(threshold_, 2 * segment_);
}

}  // namespace zsock::tcp
