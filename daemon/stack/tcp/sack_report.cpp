#include "daemon/stack/tcp/sack_report.h"

#include <algorithm>

namespace zsock::tcp {

void SackReport::note_held(std::uint64_t position) {
  // To the front; where it was, or else the oldest, makes room.
  const auto last = std::find(recent_.begin(), recent_.end() - 1, position);
  std::move_backward(recent_.begin(), last, last + 1);
  recent_.front() = position;
}

SackReport::Blocks SackReport::take(const RangeSet& held, std::size_t most) {
  Blocks blocks;
  std::array<std::uint64_t, kMaxBlocks> kept{};
  std::size_t kept_count = 0;
  if (duplicate_waits() && most > 0) {
    blocks.ranges[blocks.count++] = duplicate_;
    duplicate_ = {};
  }
  const std::size_t reported = blocks.count;
  for (const std::uint64_t position : recent_) {
    const auto range = held.find(position);
    if (!range) continue;
    const auto told = blocks.span().subspan(std::min(reported, blocks.count));
    if (std::find(told.begin(), told.end(), *range) != told.end()) continue;
    kept[kept_count++] = position;
    if (blocks.count < most) blocks.ranges[blocks.count++] = *range;
  }
  recent_ = kept;
  return blocks;
}

}  // namespace zsock::tcp
