#pragma once
/// \file
/// The robust, process-shared mutexes in an AppSlot. A holder's death leaves the indices as they
/// were last published, which is always a consistent state.

#include <pthread.h>

#include <cerrno>
#include <cstddef>
#include <span>

#include "libzsock/ipc/layout.h"
#include "libzsock/race_notes.h"

namespace zsock::lib {

/// Makes both mutexes of a slot that was just given to this process.
void make_locks(ipc::AppSlot& slot);

/// Holds a mutex until the end of its scope.
class SharedLock {
 public:
  explicit SharedLock(std::span<unsigned char, ipc::kLockOctets> memory)
      : mutex_(static_cast<pthread_mutex_t*>(static_cast<void*>(memory.data()))) {
    const int result = ::pthread_mutex_lock(mutex_);
    held_ = result == 0 || (result == EOWNERDEAD && ::pthread_mutex_consistent(mutex_) == 0);
  }
  ~SharedLock() {
    if (held_) ::pthread_mutex_unlock(mutex_);
    told(mutex_);
  }
  SharedLock(const SharedLock&) = delete;
  SharedLock& operator=(const SharedLock&) = delete;

  /// False when this very thread holds it already: a signal handler interrupted a call on the same
  /// socket.
  [[nodiscard]] bool held() const { return held_; }

 private:
  pthread_mutex_t* mutex_;
  bool held_;
};

}  // namespace zsock::lib
