#pragma once
/// \file
/// What one look at a socket gave.

#include <sys/types.h>

#include <limits>

namespace zsock::lib {

/// An answer for the caller, octets or the negative errno, or nothing yet. One word: a
/// std::optional is two, which calls would pass to each other through memory.
class Step {
 public:
  constexpr Step() = default;
  constexpr Step(ssize_t answer) : answer_(answer) {}  // NOLINT: an answer is a step
  constexpr explicit operator bool() const { return answer_ != kNothing; }
  constexpr ssize_t operator*() const { return answer_; }

 private:
  static constexpr ssize_t kNothing = std::numeric_limits<ssize_t>::min();
  ssize_t answer_ = kNothing;
};

}  // namespace zsock::lib
