#include "daemon/stack/base/range_set.h"

#include <algorithm>
#include <iterator>

#include "daemon/stack/base/check.h"

namespace zsock {

std::uint64_t RangeSet::add(std::uint64_t begin, std::uint64_t end) {
  ZSOCK_CHECK(begin <= end);
  if (begin == end) return 0;
  std::uint64_t added = end - begin;
  auto next = ranges_.upper_bound(begin);
  if (next != ranges_.begin() && std::prev(next)->second >= begin) --next;
  // From here on `next` is the first range that touches or overlaps the new one, or lies beyond it.
  while (next != ranges_.end() && next->first <= end) {
    const std::uint64_t low = std::max(begin, next->first);
    const std::uint64_t high = std::min(end, next->second);
    // A range swallowed earlier has widened [begin, end) by octets that cannot be in this one.
    if (low < high) added -= high - low;
    begin = std::min(begin, next->first);
    end = std::max(end, next->second);
    next = ranges_.erase(next);
  }
  ranges_.emplace_hint(next, begin, end);
  return added;
}

void RangeSet::erase_before(std::uint64_t position) {
  auto it = ranges_.begin();
  while (it != ranges_.end() && it->second <= position) it = ranges_.erase(it);
  if (it == ranges_.end() || it->first >= position) return;
  const std::uint64_t end = it->second;
  ranges_.emplace_hint(ranges_.erase(it), position, end);
}

bool RangeSet::contains(std::uint64_t begin, std::uint64_t end) const {
  ZSOCK_CHECK(begin <= end);
  if (begin == end) return true;
  const auto range = find(begin);
  return range && range->end >= end;
}

bool RangeSet::overlaps(std::uint64_t begin, std::uint64_t end) const {
  ZSOCK_CHECK(begin <= end);
  if (begin == end) return false;
  const auto next = ranges_.lower_bound(end);
  return next != ranges_.begin() && std::prev(next)->second > begin;
}

std::optional<Range> RangeSet::find(std::uint64_t position) const {
  const auto next = ranges_.upper_bound(position);
  if (next == ranges_.begin()) return std::nullopt;
  const auto& [begin, end] = *std::prev(next);
  if (position >= end) return std::nullopt;
  return Range{begin, end};
}

std::optional<Range> RangeSet::first() const {
  if (ranges_.empty()) return std::nullopt;
  return Range{ranges_.begin()->first, ranges_.begin()->second};
}

std::optional<Range> RangeSet::last() const {
  if (ranges_.empty()) return std::nullopt;
  return Range{ranges_.rbegin()->first, ranges_.rbegin()->second};
}

std::optional<Range> RangeSet::first_gap(std::uint64_t from) const {
  if (const auto range = find(from)) from = range->end;
  const auto next = ranges_.lower_bound(from);
  if (next == ranges_.end()) return std::nullopt;
  return Range{from, next->first};
}

std::optional<std::uint64_t> RangeSet::max() const {
  if (ranges_.empty()) return std::nullopt;
  return ranges_.rbegin()->second;
}

std::uint64_t RangeSet::octets() const {
  std::uint64_t sum = 0;
  for (const auto& [begin, end] : ranges_) sum += end - begin;
  return sum;
}

}  // namespace zsock
