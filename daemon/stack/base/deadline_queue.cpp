#include "daemon/stack/base/deadline_queue.h"

#include <algorithm>
#include <functional>

namespace zsock {

void DeadlineQueue::push(Instant when, std::uint32_t id) {
  heap_.push_back({when, id});
  std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
}

std::optional<Deadline> DeadlineQueue::peek() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front();
}

std::optional<Deadline> DeadlineQueue::pop_due(Instant now) {
  if (heap_.empty() || heap_.front().when > now) return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
  const Deadline due = heap_.back();
  heap_.pop_back();
  return due;
}

bool PendingDeadlines::must_push(Instant due) {
  if (count_ > 0 && pending_[count_ - 1] <= due) return false;
  if (count_ == kMost) {
    std::shift_left(pending_.begin(), pending_.end(), 1);
    --count_;
  }
  pending_[count_++] = due;
  return true;
}

bool PendingDeadlines::come_up(Instant when) {
  if (!is_next(when)) return false;
  --count_;
  return true;
}

}  // namespace zsock
