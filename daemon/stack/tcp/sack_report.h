#pragma once
/// \file
/// Which SACK blocks does the next acknowledgment carry? (RFC 2018 4, RFC 2883 4.) The text itself,
/// and where it lies, is the receiver's.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "daemon/stack/base/range_set.h"

namespace zsock::tcp {

/// Counts in the receiver's offsets.
class SackReport {
 public:
  static constexpr std::size_t kMaxBlocks = 4;  ///< what the option space takes (RFC 2018 3)

  /// Text has arrived out of order and is held: its range is reported first from now on.
  void note_held(std::uint64_t position);
  /// This text had arrived before: reported once, before all else (RFC 2883 4).
  void note_duplicate(Range range) { duplicate_ = range; }
  [[nodiscard]] bool duplicate_waits() const { return duplicate_.begin != duplicate_.end; }

  struct Blocks {
    std::array<Range, kMaxBlocks> ranges{};
    std::size_t count = 0;
    [[nodiscard]] std::span<const Range> span() const { return std::span{ranges}.first(count); }
  };
  /// The blocks for an acknowledgment about to be sent, which may be lost: all but the duplicate
  /// are told again and again. \param held  what lies beyond the acknowledged
  Blocks take(const RangeSet& held, std::size_t most);

 private:
  /// One position in each range told of, the latest first; ranges may have grown together, or gone.
  std::array<std::uint64_t, kMaxBlocks> recent_{};
  Range duplicate_{};
};

}  // namespace zsock::tcp
