#pragma once
/// \file
/// The robust, process-shared mutexes in an AppSlot. A holder's death leaves the indices as they
/// were last published, which is always a consistent state.

#include <cstddef>
#include <span>

#include "libzsock/ipc/layout.h"

namespace zsock::lib {

/// Makes both mutexes of a slot that was just given to this process.
void make_locks(ipc::AppSlot& slot);

/// Holds a mutex until the end of its scope.
class SharedLock {
 public:
  explicit SharedLock(std::span<unsigned char, ipc::kLockOctets> memory);
  ~SharedLock();
  SharedLock(const SharedLock&) = delete;
  SharedLock& operator=(const SharedLock&) = delete;

  /// False when this very thread holds it already: a signal handler interrupted a call on the same
  /// socket.
  [[nodiscard]] bool held() const { return held_; }

 private:
  std::span<unsigned char, ipc::kLockOctets> memory_;
  bool held_;
};

}  // namespace zsock::lib
