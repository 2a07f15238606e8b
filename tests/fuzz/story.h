#pragma once
/// \file
/// An input read as a story: a stream of small choices.

#include <cstddef>
#include <cstdint>

namespace zsock::fuzz {

/// Zeros after its end.
class Story {
 public:
  Story(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  [[nodiscard]] bool over() const { return position_ >= size_; }
  std::uint8_t u8() { return over() ? std::uint8_t{0} : data_[position_++]; }
  std::uint16_t u16() {
    const unsigned high = u8();
    return static_cast<std::uint16_t>((high << 8U) | u8());
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return (high << 16U) | u16();
  }
  bool flip() { return (u8() & 1U) != 0; }
  /// Small ones mostly, of either sign; now and then anything.
  std::uint32_t offset() {
    const std::uint8_t kind = u8();
    if (kind < 160) return 0;
    if (kind < 240) return static_cast<std::uint32_t>(static_cast<std::int8_t>(u8()));
    return u32();
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t position_ = 0;
};

}  // namespace zsock::fuzz
