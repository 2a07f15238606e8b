#include "daemon/stack/tcp/newreno.h"

#include <algorithm>

namespace zsock::tcp {

namespace {
constexpr std::uint32_t kLargestWindow = 1U << 30U;  ///< RFC 7323 2.3: no window is larger
}

NewReno::NewReno(const Config& config) : config_(&config) {
  window_ = initial_window();
}

std::uint32_t NewReno::initial_window() const {
  // RFC 6928 2: min(10 SMSS, max(2 SMSS, 14600)).
  return std::min(config_->initial_window_segments * segment_size_,
                  std::max(2 * segment_size_, 14600U));
}

void NewReno::grow(std::uint32_t octets) {
  window_ = std::min(window_ + octets, kLargestWindow);
}

void NewReno::on_ack(std::uint32_t acked, Instant /*now*/) {
  started_ = true;
  if (window_ < threshold_) {
    grow(std::min(acked, byte_limit_ * segment_size_));  // RFC 3465 2.2
    if (window_ >= threshold_) byte_limit_ = 2;
    return;
  }
  acked_ = std::min(acked_ + acked, kLargestWindow);
  if (acked_ < window_) return;
  acked_ -= window_;  // RFC 3465 2.1: one segment per window acknowledged
  grow(segment_size_);
}

void NewReno::on_loss(std::uint32_t in_flight, Instant /*now*/) {
  started_ = true;
  threshold_ = std::max(in_flight / 2, 2 * segment_size_);  // RFC 5681 equation 4
  window_ = threshold_;
  acked_ = 0;
}

void NewReno::on_recovered(std::uint32_t in_flight) {
  // RFC 6582 3.2 step 3, option 1: no burst when little is left in flight.
  window_ = std::min(threshold_, std::max(in_flight, segment_size_) + segment_size_);
}

void NewReno::on_timeout(std::uint32_t in_flight, Timeout timeout, Instant /*now*/) {
  started_ = true;
  if (timeout == Timeout::first) threshold_ = std::max(in_flight / 2, 2 * segment_size_);
  window_ = segment_size_;  // RFC 5681 3.1: the loss window
  acked_ = 0;
  byte_limit_ = 1;
}

void NewReno::after_idle() {
  window_ = std::min(window_, initial_window());
}

void NewReno::start_small() {
  started_ = true;
  window_ = segment_size_;
}

void NewReno::set_segment_size(std::uint32_t octets) {
  segment_size_ = octets;
  if (!started_) window_ = initial_window();
  window_ = std::max(window_, segment_size_);
  threshold_ = std::max(threshold_, 2 * segment_size_);
}

}  // namespace zsock::tcp
