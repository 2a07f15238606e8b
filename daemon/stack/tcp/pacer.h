#pragma once
/// \file
/// Pacing: text goes out in small pieces, spread over the round trip, where a socket has a highest
/// rate (SO_MAX_PACING_RATE, socket(7)). It only says when the next piece may go: the device never
/// sleeps. As in Linux, what the congestion control would send per round trip counts twice in slow
/// start and 1.2 times after it, so that the window can grow; the socket's rate is never exceeded.

#include <cstddef>
#include <cstdint>

#include "daemon/stack/base/time.h"

namespace zsock::tcp {

class Pacer {
 public:
  static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};

  /// Octets per second; kUnlimited, and 0 as in Linux: no pacing.
  void set_limit(std::uint64_t rate);
  [[nodiscard]] bool on() const { return limit_ != 0; }
  /// REQUIRES: on(), as for everything below. No text before next().
  [[nodiscard]] bool holds(Instant now) const { return now < next_; }
  [[nodiscard]] Instant next() const { return next_; }
  /// Does text wait for next()?
  void await(bool waits) { awaited_ = waits; }  // NOLINT(readability-identifier-naming)
  [[nodiscard]] bool awaited() const { return awaited_; }

  /// What the rate follows from.
  struct Path {
    std::uint32_t window = 0;     ///< cwnd, octets
    std::uint32_t threshold = 0;  ///< ssthresh, octets
    std::uint32_t segment = 0;    ///< SMSS
    Duration smoothed{};          ///< SRTT; zero: not known
  };
  /// Octets per second.
  [[nodiscard]] std::uint64_t rate(const Path& path) const;
  /// Octets to send at one go: a millisecond's worth, at least two segments.
  [[nodiscard]] std::size_t piece(const Path& path) const;
  /// Text was sent. As in Linux, a host that wakes late catches up by half a piece at most.
  void sent(std::size_t octets, const Path& path, Instant now);

 private:
  std::uint64_t limit_ = 0;  ///< octets per second; 0: off
  std::uint64_t rest_ = 0;   ///< of the last division: octets times a million
  Instant next_{};
  bool awaited_ = false;
};

}  // namespace zsock::tcp
