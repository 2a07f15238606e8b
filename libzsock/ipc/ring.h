#pragma once
/// \file
/// Words in memory shared with a process that may be hostile. Atomics of shared memory live here
/// and only here.

#include <atomic>
#include <cstdint>

namespace zsock::ipc {

/// A word of shared memory. Reading it is an explicit act that yields one copy; decisions are made
/// on the copy.
template <class T>
class Untrusted {
 public:
  static_assert(std::atomic<T>::is_always_lock_free);
  /// One acquire load. Whatever was stored before the value was published is visible after.
  [[nodiscard]] T snapshot() const { return word_.load(std::memory_order_acquire); }
  /// One release store.
  void publish(T value) { word_.store(value, std::memory_order_release); }
  /// For words on which both sides decide who acts: sequentially consistent.
  [[nodiscard]] T snapshot_ordered() const { return word_.load(std::memory_order_seq_cst); }
  void publish_ordered(T value) { word_.store(value, std::memory_order_seq_cst); }
  T exchange(T value) { return word_.exchange(value, std::memory_order_seq_cst); }
  T add(T value) { return word_.fetch_add(value, std::memory_order_seq_cst); }
  T set_bits(T bits) { return word_.fetch_or(bits, std::memory_order_seq_cst); }
  bool replace(T expected, T desired) {
    return word_.compare_exchange_strong(expected, desired, std::memory_order_seq_cst);
  }

 private:
  std::atomic<T> word_;
};

}  // namespace zsock::ipc
