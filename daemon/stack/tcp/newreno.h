#pragma once
/// \file
/// Slow start and congestion avoidance (RFC 5681 3.1) with byte counting (RFC 3465, L = 2) and an
/// initial window of ten segments (RFC 6928); the window's part of NewReno (RFC 6582).

#include "daemon/stack/tcp/config.h"
#include "daemon/stack/tcp/congestion.h"

namespace zsock::tcp {

class NewReno final : public Congestion {
 public:
  /// \param config  outlives the object
  explicit NewReno(const Config& config);

  void on_ack(std::uint32_t acked, Instant now) override;
  void on_loss(std::uint32_t in_flight, Instant now) override;
  void on_recovered(std::uint32_t in_flight) override;
  void on_timeout(std::uint32_t in_flight, Timeout timeout, Instant now) override;
  void after_idle() override;
  void start_small() override;
  void set_segment_size(std::uint32_t octets) override;

  [[nodiscard]] std::uint32_t window() const override { return window_; }
  [[nodiscard]] std::uint32_t slow_start_threshold() const override { return threshold_; }

 private:
  [[nodiscard]] std::uint32_t initial_window() const;
  void grow(std::uint32_t octets);

  const Config* config_;
  std::uint32_t segment_size_ = 536;       ///< SMSS
  std::uint32_t window_ = 0;               ///< cwnd
  std::uint32_t threshold_ = 0x7fff'ffff;  ///< ssthresh: arbitrarily high at first
  std::uint32_t acked_ = 0;                ///< bytes_acked of RFC 3465 2.1
  std::uint8_t byte_limit_ = 2;            ///< L of RFC 3465 2.2; 1 after a timeout (2.3)
  bool started_ = false;                   ///< the window is no longer the initial one
};

}  // namespace zsock::tcp
