#pragma once
/// \file
/// Time as a parameter: the stack has no clock. Instants count microseconds from an arbitrary
/// start.

#include <chrono>
#include <cstdint>

namespace zsock {

using Duration = std::chrono::duration<std::int64_t, std::micro>;

/// The stack's time line. It has no now(): whoever calls the stack owns the clock.
struct StackClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<StackClock>;
  static constexpr bool is_steady = true;  // NOLINT(readability-identifier-naming)
};

using Instant = StackClock::time_point;

}  // namespace zsock
