#pragma once
/// \file
/// RangeSet: sorted disjoint half-open ranges of octet positions. TCP keeps its out-of-order text
/// in one, reassembly its fragments.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace zsock {

/// Half-open [begin, end).
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  [[nodiscard]] std::uint64_t length() const { return end - begin; }
  friend constexpr bool operator==(const Range&, const Range&) = default;
};

/// Ranges that touch or overlap are one. Lookups cost O(log n); a change costs that and O(1)
/// amortised for each range it swallows. The owner bounds size().
class RangeSet {
 public:
  class Iterator {
   public:
    Range operator*() const { return {position_->first, position_->second}; }
    Iterator& operator++() {
      ++position_;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    friend class RangeSet;
    using Position = std::map<std::uint64_t, std::uint64_t>::const_iterator;
    explicit Iterator(Position position) : position_(position) {}
    Position position_;
  };

  /// Adds [begin, end) and returns how many of its octets were not in the set; an empty range
  /// changes nothing. REQUIRES: begin <= end.
  std::uint64_t add(std::uint64_t begin, std::uint64_t end);

  /// Removes everything before `position`.
  void erase_before(std::uint64_t position);
  void clear() { ranges_.clear(); }

  [[nodiscard]] bool contains(std::uint64_t position) const { return find(position).has_value(); }
  /// Is every octet of [begin, end) in the set? REQUIRES: begin <= end.
  [[nodiscard]] bool contains(std::uint64_t begin, std::uint64_t end) const;
  /// Is any octet of [begin, end) in the set? REQUIRES: begin <= end.
  [[nodiscard]] bool overlaps(std::uint64_t begin, std::uint64_t end) const;
  /// The range that holds `position`.
  [[nodiscard]] std::optional<Range> find(std::uint64_t position) const;
  /// The lowest range; nothing when the set is empty.
  [[nodiscard]] std::optional<Range> first() const;
  /// The highest range; nothing when the set is empty.
  [[nodiscard]] std::optional<Range> last() const;
  /// What is missing first at or after `from`; it ends where the next range begins. Nothing when no
  /// range lies beyond.
  [[nodiscard]] std::optional<Range> first_gap(std::uint64_t from) const;
  /// One beyond the highest position; nothing when the set is empty.
  [[nodiscard]] std::optional<std::uint64_t> max() const;

  [[nodiscard]] std::size_t size() const { return ranges_.size(); }  ///< ranges
  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  [[nodiscard]] std::uint64_t octets() const;  ///< sum of all lengths; O(n)

  [[nodiscard]] Iterator begin() const { return Iterator(ranges_.begin()); }
  [[nodiscard]] Iterator end() const { return Iterator(ranges_.end()); }

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  ///< begin → end
};

}  // namespace zsock
