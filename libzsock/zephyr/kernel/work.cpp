/// \file
/// Work queues.

#include <utility>

#include "libzsock/zephyr/kernel/wait.h"

using namespace zsock::kernel;  // NOLINT(google-build-using-namespace): the edge to C

k_work_q k_sys_work_q{};

namespace {

/// k_work_q::flags.
enum : uint32_t { started = 1, plugged = 2, draining = 4, stopping = 8 };

bool has(uint32_t flags, uint32_t wanted) {
  return (flags & wanted) != 0;
}

k_work** place_of(k_work_q& queue, const k_work* work) {
  k_work** place = &queue.head;
  while (*place != work) place = &(*place)->next;
  return place;
}

void remove(k_work& work) {
  if (!has(work.flags, K_WORK_QUEUED)) return;
  *place_of(*work.queue, &work) = work.next;
  work.flags &= ~uint32_t{K_WORK_QUEUED};
  release();
}

// Those who wait for one more end than this stay; pend() counts in `data`.
void tell_end(k_work& work) {
  zsock_wait_node* next = nullptr;
  for (zsock_wait_node* node = work.done.first; node != nullptr; node = next) {
    next = node->next;
    int& ends = *static_cast<int*>(node->data);
    if (--ends <= 0) wake(*node, 0);
  }
}

void run_first(k_work_q& queue) {
  k_work& work = *queue.head;
  queue.head = work.next;
  work.flags = (work.flags & ~uint32_t{K_WORK_QUEUED}) | K_WORK_RUNNING;
  queue.running = &work;
  {
    const Unlocked unlocked;
    work.handler(&work);
  }
  queue.running = nullptr;
  work.flags &= ~uint32_t{K_WORK_RUNNING};
  if (!has(work.flags, K_WORK_QUEUED)) work.flags &= ~uint32_t{K_WORK_CANCELING};
  tell_end(work);
  release();
}

void run_queue(void* parameter, void*, void*) {
  auto& queue = *static_cast<k_work_q*>(parameter);
  const Lock lock;
  for (;;) {
    if (queue.head != nullptr) {
      run_first(queue);
      continue;
    }
    queue.flags &= ~uint32_t{draining};
    wake_all(queue.drain_q, 0);
    if (has(queue.flags, stopping)) return;
    pend(queue.work_q, kNever);
  }
}

int append(k_work_q& queue, k_work& work) {
  if (&queue == &k_sys_work_q && !has(queue.flags, started)) {
    queue.flags = started;
    start_system_thread(queue.thread, "sysworkq", run_queue, &queue,
                        CONFIG_SYSTEM_WORKQUEUE_PRIORITY);
  }
  const bool chained = &current() == &queue.thread;
  if (!has(queue.flags, started)) return -ENODEV;
  if (has(queue.flags, draining) && !chained) return -EBUSY;
  if (has(queue.flags, plugged) && !has(queue.flags, draining)) return -EBUSY;
  work.next = nullptr;
  *place_of(queue, nullptr) = &work;
  work.queue = &queue;
  work.flags |= K_WORK_QUEUED;
  hold();
  wake_first(queue.work_q, 0);
  return 1;
}

int submit(k_work_q* queue, k_work& work) {
  if (has(work.flags, K_WORK_CANCELING)) return -EBUSY;
  if (has(work.flags, K_WORK_QUEUED)) return 0;
  const bool running = has(work.flags, K_WORK_RUNNING);
  if (running) queue = work.queue;  // never in two threads at the same time
  if (queue == nullptr) queue = work.queue;
  if (queue == nullptr) return -EINVAL;
  const int result = append(*queue, work);
  return result == 1 && running ? 2 : result;
}

int busy(const k_work& work) {
  return static_cast<int>(work.flags);
}

// Waits for so many ends of it.
void wait_for_ends(k_work& work, int ends) {
  pend(work.done, kNever, &ends);
}

bool flush(k_work& work) {
  const bool running = has(work.flags, K_WORK_RUNNING);
  const bool queued = has(work.flags, K_WORK_QUEUED);
  if (!running && !queued) return false;
  wait_for_ends(work, running && queued ? 2 : 1);
  return true;
}

int cancel(k_work& work) {
  remove(work);
  if (busy(work) != 0) work.flags |= K_WORK_CANCELING;
  return busy(work);
}

bool cancel_and_wait(k_work& work) {
  const bool was_busy = busy(work) != 0;
  if (was_busy && cancel(work) != 0) wait_for_ends(work, 1);
  return was_busy;
}

k_work_delayable& delayable_of(zsock_timeout* timeout) {
  return *CONTAINER_OF(timeout, k_work_delayable, timeout);
}

// True: it was scheduled.
bool unschedule(k_work_delayable& work) {
  if (!has(work.work.flags, K_WORK_DELAYED)) return false;
  work.work.flags &= ~uint32_t{K_WORK_DELAYED};
  stop_timeout(work.timeout);
  release();
  return true;
}

void expire(zsock_timeout* timeout) {
  k_work_delayable& work = delayable_of(timeout);
  hold();
  if (unschedule(work)) submit(work.queue, work.work);
  release();
}

int schedule(k_work_q* queue, k_work_delayable& work, k_timeout_t delay) {
  if (K_TIMEOUT_EQ(delay, K_NO_WAIT)) return submit(queue, work.work);
  work.work.flags |= K_WORK_DELAYED;
  work.queue = queue;
  work.timeout.expire = expire;
  hold();
  if (!K_TIMEOUT_EQ(delay, K_FOREVER)) start_timeout(work.timeout, deadline_of(delay));
  return 1;
}

}  // namespace

void k_work_init(k_work* work, k_work_handler_t handler) {
  *work = Z_WORK_INITIALIZER(handler);
}

int k_work_busy_get(const k_work* work) {
  const Lock lock;
  return busy(*work);
}

int k_work_submit_to_queue(k_work_q* queue, k_work* work) {
  const Lock lock;
  return submit(queue, *work);
}

int k_work_submit(k_work* work) {
  return k_work_submit_to_queue(&k_sys_work_q, work);
}

bool k_work_flush(k_work* work, k_work_sync*) {
  const Lock lock;
  return flush(*work);
}

int k_work_cancel(k_work* work) {
  const Lock lock;
  return cancel(*work);
}

bool k_work_cancel_sync(k_work* work, k_work_sync*) {
  const Lock lock;
  return cancel_and_wait(*work);
}

void k_work_queue_init(k_work_q* queue) {
  *queue = {};
}

void k_work_queue_start(k_work_q* queue, k_thread_stack_t*, size_t, int priority,
                        const k_work_queue_config* config) {
  const Lock lock;
  *queue = {};
  queue->flags = started;
  const bool named = config != nullptr && config->name != nullptr;
  start_system_thread(queue->thread, named ? config->name : "workq", run_queue, queue, priority);
}

int k_work_queue_drain(k_work_q* queue, bool plug) {
  const Lock lock;
  if (plug) queue->flags |= plugged;
  if (queue->head == nullptr && queue->running == nullptr) return 0;
  queue->flags |= draining;
  pend(queue->drain_q, kNever);
  return 1;
}

int k_work_queue_unplug(k_work_q* queue) {
  const Lock lock;
  if (!has(queue->flags, plugged)) return -EALREADY;
  queue->flags &= ~uint32_t{plugged};
  return 0;
}

int k_work_queue_stop(k_work_q* queue, k_timeout_t timeout) {
  {
    const Lock lock;
    if (!has(queue->flags, started)) return -EALREADY;
    if (!has(queue->flags, plugged)) return -EBUSY;
    queue->flags |= stopping;
    wake_all(queue->work_q, 0);
  }
  if (k_thread_join(&queue->thread, timeout) != 0) return -ETIMEDOUT;
  const Lock lock;
  queue->flags = 0;
  return 0;
}

void k_work_init_delayable(k_work_delayable* work, k_work_handler_t handler) {
  *work = Z_WORK_DELAYABLE_INITIALIZER(handler);
}

int k_work_delayable_busy_get(const k_work_delayable* work) {
  return k_work_busy_get(&work->work);
}

k_ticks_t k_work_delayable_expires_get(const k_work_delayable* work) {
  const Lock lock;
  return work->timeout.waiting ? ticks_at(work->timeout.deadline) : k_uptime_ticks();
}

k_ticks_t k_work_delayable_remaining_get(const k_work_delayable* work) {
  const Lock lock;
  return work->timeout.waiting ? ticks_until(work->timeout.deadline) : 0;
}

int k_work_schedule_for_queue(k_work_q* queue, k_work_delayable* work, k_timeout_t delay) {
  const Lock lock;
  if ((busy(work->work) & ~K_WORK_RUNNING) != 0) return 0;
  return schedule(queue, *work, delay);
}

int k_work_schedule(k_work_delayable* work, k_timeout_t delay) {
  return k_work_schedule_for_queue(&k_sys_work_q, work, delay);
}

int k_work_reschedule_for_queue(k_work_q* queue, k_work_delayable* work, k_timeout_t delay) {
  const Lock lock;
  unschedule(*work);
  return schedule(queue, *work, delay);
}

int k_work_reschedule(k_work_delayable* work, k_timeout_t delay) {
  return k_work_reschedule_for_queue(&k_sys_work_q, work, delay);
}

bool k_work_flush_delayable(k_work_delayable* work, k_work_sync*) {
  const Lock lock;
  if (busy(work->work) == 0) return false;
  if (unschedule(*work)) submit(work->queue, work->work);
  return flush(work->work);
}

int k_work_cancel_delayable(k_work_delayable* work) {
  const Lock lock;
  unschedule(*work);
  return cancel(work->work);
}

bool k_work_cancel_delayable_sync(k_work_delayable* work, k_work_sync*) {
  const Lock lock;
  const bool scheduled = unschedule(*work);
  return cancel_and_wait(work->work) || scheduled;
}
