#include "daemon/stack/tcp/newreno.h"

#include <algorithm>

namespace zsock::tcp {

void NewReno::on_ack(CongestionWindow& window, const AckSample& ack) {
  if (ack.flight == AckSample::Flight::limited) return;
  if (window.in_slow_start()) return window.slow_start(ack.acked);
  acked_ += std::min(ack.acked, window.size());
  if (acked_ < window.size()) return;
  acked_ -= window.size();  // RFC 3465 2.1: one segment per window acknowledged
  window.grow(window.segment());
}

void NewReno::on_loss(CongestionWindow& window, std::uint32_t in_flight) {
  window.set_threshold(in_flight / 2);  // RFC 5681 equation 4
  window.fall_to_threshold();
  acked_ = 0;
}

void NewReno::on_timeout(CongestionWindow& window, std::uint32_t in_flight) {
  window.set_threshold(in_flight / 2);
  acked_ = 0;
}

}  // namespace zsock::tcp
