#include "libzsock/zephyr/kernel/wait.h"

#include <time.h>

#include <algorithm>

namespace zsock::kernel {
namespace {

constexpr std::int64_t kPerSecond = NSEC_PER_SEC;
constexpr std::int64_t kPerTick = NSEC_PER_SEC / CONFIG_SYS_CLOCK_TICKS_PER_SEC;

pthread_mutex_t the_lock = PTHREAD_MUTEX_INITIALIZER;
thread_local k_thread* this_thread = nullptr;

int holds = 0;
_wait_q_t waiting_for_no_holds{};

std::int64_t start_of_program() {
  static const std::int64_t start = now();
  return start;
}

// Before the constructors of a program that is linked statically.
[[gnu::constructor(101)]] void note_start() {
  start_of_program();
}

}  // namespace

std::int64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * kPerSecond + time.tv_nsec;
}

std::int64_t uptime() {
  const std::int64_t start = start_of_program();
  return now() - start;
}

std::int64_t deadline_of(k_timeout_t timeout) {
  if (timeout.ticks == K_TICKS_FOREVER) return kNever;
  const bool absolute = timeout.ticks < 0;
  const std::int64_t from = absolute ? start_of_program() : now();
  const std::int64_t ticks = absolute ? K_TICKS_FOREVER - 1 - timeout.ticks : timeout.ticks;
  return ticks > (kNever - from) / kPerTick ? kNever : from + ticks * kPerTick;
}

k_ticks_t ticks_at(std::int64_t deadline) {
  if (deadline == kNever) return K_TICKS_FOREVER;
  return (deadline - start_of_program() + kPerTick - 1) / kPerTick;
}

k_ticks_t ticks_until(std::int64_t deadline) {
  return (std::max<std::int64_t>(deadline - now(), 0) + kPerTick - 1) / kPerTick;
}

Lock::Lock() {
  pthread_mutex_lock(&the_lock);
}
Lock::~Lock() {
  pthread_mutex_unlock(&the_lock);
}
Unlocked::Unlocked() {
  pthread_mutex_unlock(&the_lock);
}
Unlocked::~Unlocked() {
  pthread_mutex_lock(&the_lock);
}

k_thread& current() {
  thread_local k_thread foreign{};  // main(), and threads of the host's calls
  if (this_thread == nullptr) {
    foreign.host = pthread_self();
    foreign.state = running;
    foreign.priority = CONFIG_MAIN_THREAD_PRIORITY;
    this_thread = &foreign;
  }
  return *this_thread;
}

void set_current(k_thread& thread) {
  this_thread = &thread;
}

/// Out of line: g++ 12 warns of the dangling pointer that ~Place does not leave.
[[gnu::noinline]] void enter(_wait_q_t& queue, zsock_wait_node& node) {
  node.queue = &queue;
  node.previous = nullptr;
  node.next = queue.first;
  while (node.next != nullptr && node.next->thread->priority <= node.thread->priority) {
    node.previous = node.next;
    node.next = node.next->next;
  }
  (node.previous != nullptr ? node.previous->next : queue.first) = &node;
  if (node.next != nullptr) node.next->previous = &node;
}

void leave(zsock_wait_node& node) {
  if (node.queue == nullptr) return;
  (node.previous != nullptr ? node.previous->next : node.queue->first) = node.next;
  if (node.next != nullptr) node.next->previous = node.previous;
  node.queue = nullptr;
}

Place::Place(_wait_q_t& queue, void* data) {
  node_.thread = &current();
  node_.data = data;
  node_.result = -EAGAIN;
  enter(queue, node_);
}

bool wait(std::int64_t deadline) {
  pthread_cond_t& condition = current().wake;
  if (deadline == kNever) return pthread_cond_wait(&condition, &the_lock) == 0;
  const timespec until{.tv_sec = deadline / kPerSecond, .tv_nsec = deadline % kPerSecond};
  return pthread_cond_clockwait(&condition, &the_lock, CLOCK_MONOTONIC, &until) == 0;
}

Woken pend(_wait_q_t& queue, std::int64_t deadline, void* data) {
  const Place place(queue, data);
  while (!place.woken() && wait(deadline)) {
  }
  return {place.node().result, place.node().data};
}

int pend_or(_wait_q_t& queue, k_timeout_t timeout, int refusal, void* data) {
  if (K_TIMEOUT_EQ(timeout, K_NO_WAIT)) return refusal;
  return pend(queue, deadline_of(timeout), data).result;
}

void wake(zsock_wait_node& node, int result) {
  leave(node);
  node.result = result;
  pthread_cond_signal(&node.thread->wake);
}

bool wake_first(_wait_q_t& queue, int result) {
  if (queue.first == nullptr) return false;
  wake(*queue.first, result);
  return true;
}

int wake_all(_wait_q_t& queue, int result) {
  int count = 0;
  while (wake_first(queue, result)) ++count;
  return count;
}

void hold() {
  ++holds;
}

void release() {
  if (--holds == 0) wake_all(waiting_for_no_holds, 0);
}

}  // namespace zsock::kernel

void zsock_wait_for_the_rest() {
  const zsock::kernel::Lock lock;
  while (zsock::kernel::holds > 0) {
    zsock::kernel::pend(zsock::kernel::waiting_for_no_holds, zsock::kernel::kNever);
  }
}
