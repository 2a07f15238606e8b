#pragma once
/// \file
/// DeadlineQueue: when to look at what. A deadline is never taken back: one that no longer stands
/// comes up all the same, and its owner finds nothing to do. Timers that move with every segment
/// thus cost nothing to move.

#include <array>
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
/// pushes only what its PendingDeadlines say it must.
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

/// The entries one owner has in a queue. A new one is needed only when it would be the earliest:
/// any earlier entry leads to a fresh look when it comes up. So they form a stack, the earliest on
/// top, and a far deadline that near ones keep overtaking is still known when it is wanted again.
class PendingDeadlines {
 public:
  /// Must the owner push an entry for `due`? If so it is taken note of.
  [[nodiscard]] bool must_push(Instant due);
  /// Is an entry at that time the earliest of ours? Otherwise it is left from somebody else.
  [[nodiscard]] bool is_next(Instant when) const {
    return count_ > 0 && pending_[count_ - 1] == when;
  }
  /// An entry has come up. False: it is not the earliest of ours, and nothing is to be done.
  [[nodiscard]] bool come_up(Instant when);
  [[nodiscard]] bool empty() const { return count_ == 0; }
  void forget() { count_ = 0; }

 private:
  static constexpr std::size_t kMost =
      6;  ///< beyond it the latest is forgotten, and may stand twice
  std::array<Instant, kMost> pending_{};  ///< the earliest last
  std::size_t count_ = 0;
};

}  // namespace zsock
