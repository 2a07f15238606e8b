#include "daemon/stack/tcp/congestion.h"

#include <algorithm>

namespace zsock::tcp {

Congestion::Congestion(const Config& config) : window_(config) {
  choose(config.congestion);
}

void Congestion::choose(CongestionControl control) {
  if (control == chosen()) return;
  if (control == CongestionControl::cubic) {
    control_ = Cubic{};
  } else {
    control_ = NewReno{};
  }
}

CongestionControl Congestion::chosen() const {
  return std::holds_alternative<Cubic>(control_) ? CongestionControl::cubic
                                                 : CongestionControl::newreno;
}

void Congestion::on_ack(const AckSample& ack) {
  window_.mark_started();
  std::visit([&](auto& control) { control.on_ack(window_, ack); }, control_);
}

void Congestion::on_loss(std::uint32_t in_flight) {
  window_.mark_started();
  in_flight = std::min(in_flight, window_.size());
  std::visit([&](auto& control) { control.on_loss(window_, in_flight); }, control_);
}

void Congestion::on_timeout(std::uint32_t in_flight, Timeout timeout) {
  window_.mark_started();
  in_flight = std::min(in_flight, window_.size());
  if (timeout == Timeout::first) {  // RFC 5681 3.1: ssthresh is not lowered again
    std::visit([&](auto& control) { control.on_timeout(window_, in_flight); }, control_);
  }
  window_.collapse();
}

void Congestion::restore(const Congestion& before) {
  if (before.chosen() == chosen()) control_ = before.control_;
  window_.restore(before.window_);
}

void Congestion::after_idle() {
  window_.restart();
  std::visit([](auto& control) { control.after_idle(); }, control_);
}

}  // namespace zsock::tcp
