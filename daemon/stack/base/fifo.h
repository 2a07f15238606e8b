#pragma once
/// \file
/// Fifo: a queue that stops allocating once it has been as long as it gets. (A std::deque
/// allocates for every few dozen elements that pass through it.)

#include <cstddef>
#include <utility>
#include <vector>

#include "daemon/stack/base/check.h"

namespace zsock {

template <class T>
class Fifo {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// REQUIRES: !empty()
  [[nodiscard]] T& front() {
    ZSOCK_CHECK(!empty());
    return slots_[first_];
  }
  void push_back(T value) {
    if (size_ == slots_.size()) grow();
    slots_[(first_ + size_) & (slots_.size() - 1)] = std::move(value);
    ++size_;
  }
  /// REQUIRES: !empty()
  void pop_front() {
    ZSOCK_CHECK(!empty());
    slots_[first_] = T{};
    first_ = (first_ + 1) & (slots_.size() - 1);
    --size_;
  }

 private:
  void grow() {
    std::vector<T> larger(slots_.empty() ? 16 : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) {
      larger[i] = std::move(slots_[(first_ + i) & (slots_.size() - 1)]);
    }
    slots_ = std::move(larger);
    first_ = 0;
  }

  std::vector<T> slots_;  ///< as many as a power of two
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace zsock
