#pragma once
/// \file
/// Waiting, the core of all kernel objects: one lock for all of them, as a target with one
/// processor has it, and queues of threads. Who changes an object hands what it has directly to the
/// thread that it wakes. Waiting is a cancellation point (k_thread_abort()).

#include <zephyr/kernel.h>

#include <cstdint>

namespace zsock::kernel {

inline constexpr std::int64_t kNever = INT64_MAX;

/// Nanoseconds of CLOCK_MONOTONIC.
std::int64_t now();
/// Nanoseconds since the program started.
std::int64_t uptime();
/// When this will be over.
std::int64_t deadline_of(k_timeout_t timeout);
/// Ticks of uptime at that moment.
k_ticks_t ticks_at(std::int64_t deadline);
/// Ticks until then, rounded up; 0 if it is past.
k_ticks_t ticks_until(std::int64_t deadline);

/// Holds the lock. Everything below needs it, if nothing else is said.
class Lock {
 public:
  Lock();
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
};

/// Gives the lock up for a call of the program's.
class Unlocked {
 public:
  Unlocked();
  ~Unlocked();
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;
};

/// k_thread::state.
enum ThreadState { ended, waiting_to_start, running };

/// The calling thread. Needs no lock.
k_thread& current();
void set_current(k_thread& thread);

/// Enters a queue, in the order of priorities. \param node  of the thread that will wait
void enter(_wait_q_t& queue, zsock_wait_node& node);
/// Does nothing if it is in none.
void leave(zsock_wait_node& node);

/// The calling thread's place in a queue, left when its block is.
class Place {
 public:
  explicit Place(_wait_q_t& queue, void* data = nullptr);
  ~Place() { leave(node_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] bool woken() const { return node_.queue == nullptr; }
  [[nodiscard]] const zsock_wait_node& node() const { return node_; }

 private:
  zsock_wait_node node_{};
};

/// Gives the lock up until the calling thread is woken, or looks so. False: time is up.
bool wait(std::int64_t deadline);

struct Woken {
  int result;  ///< what wake() said; -EAGAIN: not in time
  void* data;
};
/// Waits in a queue to be woken.
Woken pend(_wait_q_t& queue, std::int64_t deadline, void* data = nullptr);
/// The same for callers that refuse to wait with K_NO_WAIT: `refusal`.
int pend_or(_wait_q_t& queue, k_timeout_t timeout, int refusal, void* data = nullptr);

/// Takes a thread out of its queue and lets it go on.
void wake(zsock_wait_node& node, int result);
/// False: the queue is empty.
bool wake_first(_wait_q_t& queue, int result);
/// How many it were.
int wake_all(_wait_q_t& queue, int result);

/// Lets the clock's thread call `timeout.expire`, with the lock held, at `deadline`.
void start_timeout(zsock_timeout& timeout, std::int64_t deadline);
/// False: it was not waiting.
bool stop_timeout(zsock_timeout& timeout);
/// Is the calling thread the clock's?
bool on_clock_thread();

/// A thread that is none of the program's: its signals are for others.
void start_system_thread(k_thread& thread, const char* name, k_thread_entry_t entry,
                         void* parameter, int priority);

/// The program goes on after main() while there are holds.
void hold();
void release();

}  // namespace zsock::kernel
