#pragma once
/// \file
/// ByteRing: a byte queue over memory that somebody else owns, perhaps shared with a hostile
/// process. The indices are private to the holder: only payload bytes are ever read from or written
/// to the memory.

#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/stack/base/bytes.h"

namespace zsock {

/// Positions are free-running octet counts: head <= tail <= head + capacity. The octet at position
/// p lies at p modulo capacity.
class ByteRing {
 public:
  ByteRing() = default;
  /// \param memory  stays valid as long as the ring is used; its size is zero or a power of two
  explicit ByteRing(MutableBytes memory);

  [[nodiscard]] std::uint64_t head() const { return head_; }
  [[nodiscard]] std::uint64_t tail() const { return tail_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(tail_ - head_); }
  [[nodiscard]] std::size_t room() const { return capacity_ - size(); }

  /// From now on the ring lies there: positions stay, octets from the head up to `end`, which may
  /// be beyond the tail, are copied. REQUIRES: memory.size() is a power of two and at least
  /// capacity(), end <= head() + capacity().
  void move_to(MutableBytes memory, std::uint64_t end);

  /// Copies `bytes` to `position`, which may lie beyond the tail (out-of-order data).
  /// REQUIRES: head() <= position and position + bytes.size() <= head() + capacity().
  void write_at(std::uint64_t position, ByteView bytes);

  /// Copies `bytes` to the tail and moves the tail. REQUIRES: bytes.size() <= room().
  void append(ByteView bytes);

  /// Moves the tail forward, making what lies there part of the queue. False, and nothing happens,
  /// when the position is behind the tail or beyond the capacity (a hostile producer's index).
  [[nodiscard]] bool advance_tail(std::uint64_t position);

  /// Moves the head forward, dropping what lies before it. False, and nothing happens, when the
  /// position is behind the head or beyond the tail (a hostile consumer's index).
  [[nodiscard]] bool advance_head(std::uint64_t position);

  /// The `length` octets from `position` as one or two spans (the second is empty unless they
  /// wrap). REQUIRES: head() <= position and position + length <= tail().
  [[nodiscard]] std::array<ByteView, 2> peek(std::uint64_t position, std::size_t length) const;

  /// Copies out.size() octets from `position`, once. REQUIRES: as peek.
  void read_at(std::uint64_t position, MutableBytes out) const;

 private:
  std::byte* memory_ = nullptr;
  std::size_t capacity_ = 0;
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
};

}  // namespace zsock
