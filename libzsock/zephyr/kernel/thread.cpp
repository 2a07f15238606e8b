/// \file
/// Threads of firmware: the host's, with a name, a start and an end that others can wait for.

#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "libzsock/zephyr/kernel/wait.h"

using namespace zsock::kernel;  // NOLINT(google-build-using-namespace): the edge to C

namespace {

constexpr size_t kLeastStack = size_t{256} * 1024;

/// The life of a thread, as its own host thread sees it; left at its end, however that comes.
class Life {
 public:
  explicit Life(k_thread& thread) : thread_(thread) { set_current(thread); }
  ~Life() {
    const Lock lock;
    if (thread_.holds) release();
    thread_.state = ended;
    wake_all(thread_.joining, 0);  // nobody touches thread_ after this
  }
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  void wait_for_start() {
    const Lock lock;
    if (thread_.start > now()) pend(thread_.sleeping, thread_.start);
    thread_.state = running;
  }

 private:
  k_thread& thread_;
};

void* run(void* parameter) {
  k_thread& thread = *static_cast<k_thread*>(parameter);
  Life life(thread);
  life.wait_for_start();
  thread.entry(thread.parameters[0], thread.parameters[1], thread.parameters[2]);
  return nullptr;
}

bool make_host_thread(k_thread& thread, size_t stack_size) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::max(stack_size, kLeastStack));
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  const int error = pthread_create(&thread.host, &attributes, run, &thread);
  pthread_attr_destroy(&attributes);
  if (error == 0) return true;
  std::fprintf(stderr, "zsock: no thread for the firmware: error %d of the host\n", error);
  return false;
}

// The host shows 15 octets.
void show_name(const k_thread& thread) {
  char name[16] = {};
  std::memcpy(name, thread.name, sizeof name - 1);
  if (name[0] != '\0') pthread_setname_np(thread.host, name);
}

int set_name(k_thread& thread, const char* name) {
  const size_t size = std::strlen(name) + 1;
  if (size > sizeof thread.name) return -EINVAL;
  std::memcpy(thread.name, name, size);
  show_name(thread);
  return 0;
}

// The program goes on from now until the thread's end.
void hold_for(k_thread& thread) {
  thread.holds = true;
  hold();
}

// With the lock held: the new thread waits for it, so that `thread.host` is known before it ends.
k_tid_t create(k_thread& thread, size_t stack_size) {
  const Lock lock;
  if (!make_host_thread(thread, stack_size)) {
    thread.state = ended;
    return nullptr;
  }
  if (thread.start != kNever) hold_for(thread);
  return &thread;
}

}  // namespace

namespace zsock::kernel {

void start_system_thread(k_thread& thread, const char* name, k_thread_entry_t entry,
                         void* parameter, int priority) {
  // The program's signals are for its own threads; the one that zsock_close() sends is not.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigdelset(&all, SIGRTMAX - 3);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread = {};
  thread.state = running;
  thread.entry = entry;
  thread.parameters[0] = parameter;
  thread.priority = priority;
  if (make_host_thread(thread, kLeastStack)) {
    set_name(thread, name);
  } else {
    thread.state = ended;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace zsock::kernel

k_tid_t k_thread_create(k_thread* thread, k_thread_stack_t*, size_t stack_size,
                        k_thread_entry_t entry, void* p1, void* p2, void* p3, int priority,
                        uint32_t, k_timeout_t delay) {
  *thread = {};
  thread->state = waiting_to_start;
  thread->priority = priority;
  thread->entry = entry;
  thread->parameters[0] = p1;
  thread->parameters[1] = p2;
  thread->parameters[2] = p3;
  thread->start = deadline_of(delay);
  return create(*thread, stack_size);
}

void zsock_thread_define(const zsock_thread_definition* definition) {
  const auto& d = *definition;
  const k_timeout_t delay = d.delay_ms < 0 ? K_FOREVER : K_MSEC(d.delay_ms);
  if (k_thread_create(d.thread, d.stack, d.stack_size, d.entry, d.parameters[0], d.parameters[1],
                      d.parameters[2], d.priority, d.options, delay) != nullptr) {
    k_thread_name_set(d.thread, d.name);
  }
}

void k_thread_start(k_tid_t thread) {
  const Lock lock;
  if (thread->state != waiting_to_start) return;
  if (thread->start == kNever) hold_for(*thread);
  thread->start = 0;
  wake_all(thread->sleeping, 0);
}

void k_thread_abort(k_tid_t thread) {
  if (thread == &current()) pthread_exit(nullptr);
  const Lock lock;
  if (thread->state == ended) return;
  pthread_cancel(thread->host);
  pend(thread->joining, kNever);
}

int k_thread_join(k_thread* thread, k_timeout_t timeout) {
  const Lock lock;
  k_thread& self = current();
  if (thread->state == ended) return 0;
  if (K_TIMEOUT_EQ(timeout, K_NO_WAIT)) return -EBUSY;
  if (thread == &self || thread->joins == &self) return -EDEADLK;
  self.joins = thread;
  const int result = pend(thread->joining, deadline_of(timeout)).result;
  self.joins = nullptr;
  return result;
}

k_tid_t k_current_get() {
  return &current();
}

int k_thread_name_set(k_tid_t thread, const char* name) {
  const Lock lock;
  k_thread& named = thread != nullptr ? *thread : current();
  return set_name(named, name);
}

const char* k_thread_name_get(k_tid_t thread) {
  return thread->name;
}

int k_thread_name_copy(k_tid_t thread, char* buffer, size_t size) {
  const Lock lock;
  const size_t needed = std::strlen(thread->name) + 1;
  if (needed > size) return -ENOSPC;
  std::memcpy(buffer, thread->name, needed);
  return 0;
}

int k_thread_priority_get(k_tid_t thread) {
  const Lock lock;
  return thread->priority;
}

void k_thread_priority_set(k_tid_t thread, int priority) {
  const Lock lock;
  thread->priority = priority;
}

void k_thread_custom_data_set(void* value) {
  current().custom_data = value;
}

void* k_thread_custom_data_get() {
  return current().custom_data;
}
