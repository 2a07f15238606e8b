/// \file
/// Mutexes, condition variables, semaphores, events.

#include "libzsock/zephyr/kernel/wait.h"

using namespace zsock::kernel;  // NOLINT(google-build-using-namespace): the edge to C

namespace {

int lock_mutex(k_mutex& mutex, k_timeout_t timeout) {
  k_thread& self = current();
  if (mutex.lock_count != 0 && mutex.owner != &self) {
    return pend_or(mutex.wait_q, timeout, -EBUSY);  // who unlocks makes us the owner
  }
  mutex.owner = &self;
  ++mutex.lock_count;
  return 0;
}

void pass_mutex_on(k_mutex& mutex) {
  zsock_wait_node* const next = mutex.wait_q.first;
  mutex.owner = next != nullptr ? next->thread : nullptr;
  mutex.lock_count = next != nullptr ? 1 : 0;
  if (next != nullptr) wake(*next, 0);
}

}  // namespace

int k_mutex_init(k_mutex* mutex) {
  *mutex = Z_MUTEX_INITIALIZER;
  return 0;
}

int k_mutex_lock(k_mutex* mutex, k_timeout_t timeout) {
  const Lock lock;
  return lock_mutex(*mutex, timeout);
}

int k_mutex_unlock(k_mutex* mutex) {
  const Lock lock;
  if (mutex->lock_count == 0) return -EINVAL;
  if (mutex->owner != &current()) return -EPERM;
  if (mutex->lock_count == 1) {
    pass_mutex_on(*mutex);
  } else {
    --mutex->lock_count;
  }
  return 0;
}

int k_condvar_init(k_condvar* condvar) {
  *condvar = {};
  return 0;
}

int k_condvar_signal(k_condvar* condvar) {
  const Lock lock;
  wake_first(condvar->wait_q, 0);
  return 0;
}

int k_condvar_broadcast(k_condvar* condvar) {
  const Lock lock;
  return wake_all(condvar->wait_q, 0);
}

int k_condvar_wait(k_condvar* condvar, k_mutex* mutex, k_timeout_t timeout) {
  const Lock lock;
  pass_mutex_on(*mutex);
  const int result = pend_or(condvar->wait_q, timeout, -EAGAIN);
  lock_mutex(*mutex, K_FOREVER);
  return result;
}

int k_sem_init(k_sem* sem, unsigned int initial_count, unsigned int limit) {
  if (limit == 0 || initial_count > limit) return -EINVAL;
  *sem = {{}, {}, initial_count, limit};
  return 0;
}

int k_sem_take(k_sem* sem, k_timeout_t timeout) {
  const Lock lock;
  if (sem->count == 0) return pend_or(sem->wait_q, timeout, -EBUSY);
  --sem->count;
  return 0;
}

void k_sem_give(k_sem* sem) {
  const Lock lock;
  if (wake_first(sem->wait_q, 0)) return;
  if (sem->count < sem->limit) ++sem->count;
  wake_all(sem->pollers, 0);
}

void k_sem_reset(k_sem* sem) {
  const Lock lock;
  sem->count = 0;
  wake_all(sem->wait_q, -EAGAIN);
}

unsigned int k_sem_count_get(k_sem* sem) {
  const Lock lock;
  return sem->count;
}

namespace {

/// What a thread waits for, and what it gets.
struct Wanted {
  uint32_t events;
  bool all;
  uint32_t got = 0;

  bool met_by(uint32_t present) {
    got = present & events;
    return all ? got == events : got != 0;
  }
};

uint32_t change(k_event& event, uint32_t events, uint32_t mask) {
  const uint32_t before = event.events & mask;
  event.events = (event.events & ~mask) | (events & mask);
  zsock_wait_node* next = nullptr;
  for (zsock_wait_node* node = event.wait_q.first; node != nullptr; node = next) {
    next = node->next;
    if (static_cast<Wanted*>(node->data)->met_by(event.events)) wake(*node, 0);
  }
  return before;
}

uint32_t wait_for(k_event& event, Wanted wanted, bool reset, k_timeout_t timeout) {
  const Lock lock;
  if (reset) event.events = 0;
  if (wanted.met_by(event.events)) return wanted.got;
  return pend_or(event.wait_q, timeout, -EAGAIN, &wanted) == 0 ? wanted.got : 0;
}

}  // namespace

void k_event_init(k_event* event) {
  *event = {};
}
uint32_t k_event_post(k_event* event, uint32_t events) {
  const Lock lock;
  return change(*event, events, events);
}
uint32_t k_event_set(k_event* event, uint32_t events) {
  const Lock lock;
  return change(*event, events, UINT32_MAX);
}
uint32_t k_event_set_masked(k_event* event, uint32_t events, uint32_t mask) {
  const Lock lock;
  return change(*event, events, mask);
}
uint32_t k_event_clear(k_event* event, uint32_t events) {
  const Lock lock;
  return change(*event, 0, events);
}
uint32_t k_event_test(k_event* event, uint32_t mask) {
  const Lock lock;
  return event->events & mask;
}
uint32_t k_event_wait(k_event* event, uint32_t events, bool reset, k_timeout_t timeout) {
  return wait_for(*event, {.events = events, .all = false}, reset, timeout);
}
uint32_t k_event_wait_all(k_event* event, uint32_t events, bool reset, k_timeout_t timeout) {
  return wait_for(*event, {.events = events, .all = true}, reset, timeout);
}
