#pragma once
/// \file
/// The caller's buffers and the rings in shared memory.

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "libzsock/race_notes.h"

namespace zsock::lib {

/// Walks over the pieces of memory that a call was given.
class Cursor {
 public:
  explicit Cursor(std::span<const iovec> pieces) : pieces_(pieces) {
    for (const iovec& piece : pieces) remaining_ += piece.iov_len;
  }
  [[nodiscard]] std::size_t remaining() const { return remaining_; }

  /// The next piece of at most limit octets; moves past it. Empty only when nothing remains.
  std::span<std::byte> take(std::size_t limit) {
    while (!pieces_.empty() && offset_ == pieces_.front().iov_len) {
      pieces_ = pieces_.subspan(1);
      offset_ = 0;
    }
    if (pieces_.empty()) return {};
    const iovec& piece = pieces_.front();
    const std::size_t octets = std::min(limit, piece.iov_len - offset_);
    std::byte* start = static_cast<std::byte*>(piece.iov_base) + offset_;
    offset_ += octets;
    remaining_ -= octets;
    return {start, octets};
  }

 private:
  std::span<const iovec> pieces_;
  std::size_t offset_ = 0;
  std::size_t remaining_ = 0;
};

/// A stretch of a ring: two pieces where it wraps, else the second is empty.
using Pieces = std::array<iovec, 2>;

/// A ring: the octet at position p lies at p modulo the capacity, a power of two.
class RingView {
 public:
  RingView() = default;
  explicit RingView(std::span<std::byte> memory) : memory_(memory) {}

  [[nodiscard]] std::size_t capacity() const { return memory_.size(); }
  [[nodiscard]] bool empty() const { return memory_.empty(); }

  /// Ring to caller: the next `octets` of the cursor.
  void read(std::uint64_t position, Cursor& to, std::size_t octets) const {
    while (octets > 0) {
      const std::span<std::byte> target = to.take(std::min(octets, contiguous(position)));
      if (target.empty()) return;
      about_ring(heard, at(position), target.size());
      std::memcpy(target.data(), at(position), target.size());
      about_ring(told, at(position), target.size());
      position += target.size();
      octets -= target.size();
    }
  }
  /// Caller to ring.
  void write(std::uint64_t position, Cursor& from, std::size_t octets) const {
    while (octets > 0) {
      const std::span<std::byte> source = from.take(std::min(octets, contiguous(position)));
      if (source.empty()) return;
      about_ring(heard, at(position), source.size());
      std::memcpy(at(position), source.data(), source.size());
      about_ring(told, at(position), source.size());
      position += source.size();
      octets -= source.size();
    }
  }
  /// Where so many octets from `position` lie. REQUIRES: no more than the capacity.
  [[nodiscard]] Pieces pieces(std::uint64_t position, std::size_t octets) const {
    const std::size_t first = std::min(octets, contiguous(position));
    return {iovec{at(position), first}, iovec{memory_.data(), octets - first}};
  }
  /// A value of a trivially copyable type, wherever it wraps.
  template <class T>
  [[nodiscard]] T load(std::uint64_t position) const {
    T value{};
    iovec piece{&value, sizeof(T)};
    Cursor cursor(std::span(&piece, 1));
    read(position, cursor, sizeof(T));
    return value;
  }
  template <class T>
  void store(std::uint64_t position, T value) const {
    iovec piece{&value, sizeof(T)};
    Cursor cursor(std::span(&piece, 1));
    write(position, cursor, sizeof(T));
  }

 private:
  [[nodiscard]] std::size_t offset(std::uint64_t position) const {
    return static_cast<std::size_t>(position) & (memory_.size() - 1);
  }
  [[nodiscard]] std::byte* at(std::uint64_t position) const {
    return memory_.data() + offset(position);
  }
  [[nodiscard]] std::size_t contiguous(std::uint64_t position) const {
    return memory_.size() - offset(position);
  }

  std::span<std::byte> memory_;
};

}  // namespace zsock::lib
