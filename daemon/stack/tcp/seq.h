#pragma once
/// \file
/// Sequence numbers (RFC 9293 3.4): arithmetic modulo 2^32, comparison only by distance.

#include <cstdint>

namespace zsock::tcp {

class Seq {
 public:
  constexpr Seq() = default;
  constexpr explicit Seq(std::uint32_t value) : value_(value) {}
  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }

  [[nodiscard]] constexpr bool before(Seq other) const { return *this - other < 0; }
  [[nodiscard]] constexpr bool after(Seq other) const { return *this - other > 0; }
  [[nodiscard]] constexpr bool before_or_at(Seq other) const { return !after(other); }
  [[nodiscard]] constexpr bool after_or_at(Seq other) const { return !before(other); }

  friend constexpr Seq operator+(Seq seq, std::uint32_t octets) { return Seq{seq.value_ + octets}; }
  friend constexpr Seq operator-(Seq seq, std::uint32_t octets) { return Seq{seq.value_ - octets}; }
  /// Signed distance from `right` to `left`; meaningful when they lie within 2^31 of each other.
  friend constexpr std::int32_t operator-(Seq left, Seq right) {
    return static_cast<std::int32_t>(left.value_ - right.value_);
  }
  constexpr Seq& operator+=(std::uint32_t octets) { return *this = *this + octets; }
  friend constexpr bool operator==(Seq, Seq) = default;

 private:
  std::uint32_t value_ = 0;
};

/// Octets from `from` to `to`. REQUIRES: !to.before(from).
[[nodiscard]] constexpr std::uint32_t distance(Seq from, Seq to) {
  return to.value() - from.value();
}

}  // namespace zsock::tcp
