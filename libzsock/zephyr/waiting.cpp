#include "libzsock/zephyr/waiting.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <mutex>
#include <vector>

namespace zsock::zephyr {
namespace {

constexpr int kNothing = -1;
constexpr int kAttempts = 200;  ///< one per millisecond
constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};

struct Thread;

struct Threads {
  std::mutex mutex;
  std::vector<Thread*> all;
};

// Never destroyed: threads may outlive static objects.
Threads& threads() {
  static Threads& instance = *new Threads;
  return instance;
}

/// Where the calling thread says what it waits on; nullptr before its first call. A plain pointer:
/// whether the thread's object has been made is not for every call to ask.
[[gnu::tls_model("initial-exec")]] constinit thread_local std::atomic<int>* told_at = nullptr;
std::atomic<int> unheard{kNothing};  ///< told by threads that are ending

struct Thread {
  std::atomic<int> fd{kNothing};
  pthread_t id = pthread_self();

  Thread() {
    const std::lock_guard lock(threads().mutex);
    threads().all.push_back(this);
  }
  ~Thread() {
    told_at = &unheard;
    const std::lock_guard lock(threads().mutex);
    std::erase(threads().all, this);
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
};

// A child has the forking thread only.
void before_fork() {
  threads().mutex.lock();
}
void after_fork_in_parent() {
  threads().mutex.unlock();
}
void after_fork_in_child() {
  Threads& known = threads();
  std::erase_if(known.all, [](const Thread* thread) { return thread->id != pthread_self(); });
  known.mutex.unlock();
}

std::atomic<int>& begin_to_tell() {
  thread_local Thread thread;
  static const int handlers =
      pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
  static_cast<void>(handlers);
  told_at = &thread.fd;
  return thread.fd;
}

std::atomic<int>& this_thread() {
  return told_at != nullptr ? *told_at : begin_to_tell();
}

int interrupting_signal() {
  return SIGRTMAX - 3;
}

void do_nothing(int) {}

void set_up_signal() {
  struct sigaction action {};
  action.sa_handler = do_nothing;  // no SA_RESTART: the call must fail with EINTR
  sigaction(interrupting_signal(), &action, nullptr);
}

// Signals every other thread that waits on `fd`. Returns whether there was any.
bool signal_waiters(int fd) {
  const std::lock_guard lock(threads().mutex);
  bool any = false;
  for (const Thread* thread : threads().all) {
    if (thread->fd.load() != fd || thread->id == pthread_self()) continue;
    if (!any) set_up_signal();
    any = true;
    pthread_kill(thread->id, interrupting_signal());
  }
  return any;
}

}  // namespace

// Without fences, which would cost as much as all the rest of a call: who closes the socket asks
// again and again, so a word that is seen late is late by the pause between two questions.
Waiting::Waiting(int fd) : mine_(this_thread()), before_(mine_.load(std::memory_order_relaxed)) {
  mine_.store(fd, std::memory_order_relaxed);
}

Waiting::~Waiting() {
  mine_.store(before_, std::memory_order_relaxed);
}

Interrupted interrupt_waiters(int fd) {
  if (fd < 0) return Interrupted::all;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    // Again and again: a signal that comes just before the call begins to wait is lost.
    if (!signal_waiters(fd)) return Interrupted::all;
    nanosleep(&kPause, nullptr);
  }
  return Interrupted::not_all;
}

}  // namespace zsock::zephyr
