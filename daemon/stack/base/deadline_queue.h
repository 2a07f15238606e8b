#pragma once
/// \file
/// DeadlineQueue: when to look at what. A deadline is never taken back: one that no longer stands
/// comes up all the same, and its owner finds nothing to do. Timers that move with every segment
/// thus cost nothing to move.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/stack/base/time.h"

namespace zsock {

struct Deadline {
  Instant when{};
  std::uint32_t id = 0;  ///< the owner's name for what is due
  friend constexpr auto operator<=>(const Deadline&, const Deadline&) = default;
};

/// A binary heap, the earliest on top; of equal instants the lowest id. To keep it small an owner
/// pushes again only when its earliest pending entry is later than its new deadline, and from the
/// stale entry when that comes up.
class DeadlineQueue {
 public:
  void push(Instant when, std::uint32_t id);
  /// The earliest entry, stale or not; nothing when the queue is empty.
  [[nodiscard]] std::optional<Deadline> peek() const;
  /// Removes and returns the earliest entry at or before `now`; nothing when there is none. Until
  /// it yields nothing, all that is due has been seen; entries pushed meanwhile take part.
  std::optional<Deadline> pop_due(Instant now);
  void clear() { heap_.clear(); }

  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  [[nodiscard]] bool empty() const { return heap_.empty(); }

 private:
  std::vector<Deadline> heap_;
};

}  // namespace zsock
