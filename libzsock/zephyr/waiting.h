#pragma once
/// \file
/// zsock_close() ends the calls of other threads that wait on the socket: they fail with EINTR.
/// Each thread says on which descriptor it is waiting; closing interrupts those by a signal whose
/// handler does nothing. It is a real-time signal (SIGRTMAX - 3) and is only set up when needed.

#include <atomic>

namespace zsock::zephyr {

/// While it lives, the calling thread may be waiting on `fd`.
class Waiting {
 public:
  explicit Waiting(int fd);
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  std::atomic<int>& mine_;
  int before_;
};

enum class Interrupted { all, not_all };

/// Interrupts every other thread that waits on `fd` and returns when none does any more, after
/// 200 ms at the latest (a thread may have blocked the signal).
Interrupted interrupt_waiters(int fd);

}  // namespace zsock::zephyr
