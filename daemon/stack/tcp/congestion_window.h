#pragma once
/// \file
/// The congestion window and the slow start threshold, with what every congestion control does to
/// them alike: initial window (RFC 6928), slow start (RFC 5681 3.1, RFC 3465), loss window, idle
/// restart (RFC 5681 4.1).

#include <algorithm>

#include "daemon/stack/tcp/config.h"

namespace zsock::tcp {

class CongestionWindow {
 public:
  /// \param config  outlives the object
  explicit CongestionWindow(const Config& config);

  [[nodiscard]] std::uint32_t size() const { return size_; }            ///< cwnd, octets
  [[nodiscard]] std::uint32_t threshold() const { return threshold_; }  ///< ssthresh, octets
  [[nodiscard]] std::uint32_t segment() const { return segment_; }      ///< SMSS
  [[nodiscard]] bool in_slow_start() const { return size_ < threshold_; }
  /// Nothing was ever lost, and nobody has ended slow start: ssthresh is arbitrarily high.
  [[nodiscard]] bool in_initial_slow_start() const { return threshold_ == kUnlimited; }

  void grow(std::uint32_t octets);
  /// RFC 3465 2.2: by what was acknowledged, at most L segments, never beyond the threshold. L is
  /// 2, and 1 after a timeout (2.3). REQUIRES: in_slow_start()
  void slow_start(std::uint32_t acked);
  /// Congestion avoidance begins here.
  void end_slow_start() { threshold_ = size_; }
  /// Never below two segments (RFC 5681 equation 4).
  void set_threshold(std::uint32_t octets) { threshold_ = std::max(octets, 2 * segment_); }
  void fall_to_threshold() { size_ = threshold_; }
  /// RFC 5681 3.1: the loss window.
  void collapse();
  /// RFC 6582 3.2 step 3, option 1: no burst when little is left in flight.
  void leave_recovery(std::uint32_t in_flight);
  /// RFC 5681 4.1; what was proved to be possible is remembered as the threshold (RFC 2861 3).
  void restart();
  /// RFC 6928 2.
  void start_small();
  /// Before anything is sent the initial window follows the segment size.
  void set_segment(std::uint32_t octets);
  void restore(const CongestionWindow& before);
  void mark_started() { started_ = true; }

 private:
  static constexpr std::uint32_t kUnlimited = 0x7fff'ffff;

  [[nodiscard]] std::uint32_t initial() const;

  const Config* config_;
  std::uint32_t segment_ = 536;
  std::uint32_t size_ = 0;
  std::uint32_t threshold_ = kUnlimited;
  std::uint8_t byte_limit_ = 2;  ///< L of RFC 3465
  bool started_ = false;         ///< the window is no longer the initial one
};

}  // namespace zsock::tcp
