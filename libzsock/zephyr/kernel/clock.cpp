/// \file
/// The clock's thread, which does what is to be done at a time; timers.

#include <algorithm>
#include <utility>

#include "libzsock/zephyr/kernel/wait.h"

using namespace zsock::kernel;  // NOLINT(google-build-using-namespace): the edge to C

namespace {

zsock_timeout* first = nullptr;  // in the order of deadlines
k_thread clock_thread{};
bool started = false;
k_timer* calling = nullptr;        // whose function is running
_wait_q_t waiting_for_call_end{};  // until it is not

void run_clock(void*, void*, void*) {
  const Lock lock;
  for (;;) {
    if (first == nullptr || first->deadline > now()) {
      wait(first == nullptr ? kNever : first->deadline);
      continue;
    }
    zsock_timeout& due = *first;
    first = due.next;
    due.waiting = false;
    due.expire(&due);
  }
}

}  // namespace

namespace zsock::kernel {

void start_timeout(zsock_timeout& timeout, std::int64_t deadline) {
  if (!std::exchange(started, true)) {
    start_system_thread(clock_thread, "zsock_clock", run_clock, nullptr, K_HIGHEST_THREAD_PRIO);
  }
  timeout.deadline = deadline;
  timeout.waiting = true;
  zsock_timeout** place = &first;
  while (*place != nullptr && (*place)->deadline <= deadline) place = &(*place)->next;
  timeout.next = *place;
  *place = &timeout;
  if (first == &timeout) pthread_cond_signal(&clock_thread.wake);
}

bool stop_timeout(zsock_timeout& timeout) {
  if (!timeout.waiting) return false;
  zsock_timeout** place = &first;
  while (*place != &timeout) place = &(*place)->next;
  *place = timeout.next;
  timeout.waiting = false;
  return true;
}

bool on_clock_thread() {
  return &current() == &clock_thread;
}

}  // namespace zsock::kernel

namespace {

k_timer& timer_of(zsock_timeout* timeout) {
  return *CONTAINER_OF(timeout, k_timer, timeout);
}

// After this `timer` may be gone.
void call(k_timer& timer, k_timer_expiry_t function) {
  if (function == nullptr) return;
  calling = &timer;
  {
    const Unlocked unlocked;
    function(&timer);
  }
  calling = nullptr;
  wake_all(waiting_for_call_end, 0);
}

void expire(zsock_timeout* timeout) {
  k_timer& timer = timer_of(timeout);
  ++timer.status;
  wake_all(timer.wait_q, 0);
  hold();  // not the program's end before the function's
  if (timer.period != 0) {
    start_timeout(timer.timeout, std::max(timer.timeout.deadline + timer.period, now()));
  } else {
    release();
  }
  call(timer, timer.expiry_fn);
  release();
}

// The program goes on while the timer runs.
bool stop(k_timer& timer) {
  if (!stop_timeout(timer.timeout)) return false;
  release();
  return true;
}

std::int64_t period_of(k_timeout_t period) {
  if (period.ticks <= 0) return 0;
  return period.ticks * (std::int64_t{NSEC_PER_SEC} / CONFIG_SYS_CLOCK_TICKS_PER_SEC);
}

uint32_t take_status(k_timer& timer) {
  return std::exchange(timer.status, 0);
}

}  // namespace

void k_timer_init(k_timer* timer, k_timer_expiry_t expiry_fn, k_timer_stop_t stop_fn) {
  *timer = Z_TIMER_INITIALIZER(expiry_fn, stop_fn);
}

void k_timer_start(k_timer* timer, k_timeout_t duration, k_timeout_t period) {
  if (K_TIMEOUT_EQ(duration, K_FOREVER)) return;
  const Lock lock;
  stop(*timer);
  timer->timeout.expire = expire;
  timer->period = period_of(period);
  timer->status = 0;
  hold();
  start_timeout(timer->timeout, deadline_of(duration));
}

void k_timer_stop(k_timer* timer) {
  k_timer_stop_t stopped = nullptr;
  {
    const Lock lock;
    if (stop(*timer)) {
      stopped = timer->stop_fn;
      wake_all(timer->wait_q, 0);
    }
    while (calling == timer && !on_clock_thread()) pend(waiting_for_call_end, kNever);
  }
  if (stopped != nullptr) stopped(timer);
}

uint32_t k_timer_status_get(k_timer* timer) {
  const Lock lock;
  return take_status(*timer);
}

uint32_t k_timer_status_sync(k_timer* timer) {
  const Lock lock;
  if (timer->status == 0 && timer->timeout.waiting) pend(timer->wait_q, kNever);
  return take_status(*timer);
}

k_ticks_t k_timer_expires_ticks(const k_timer* timer) {
  const Lock lock;
  return timer->timeout.waiting ? ticks_at(timer->timeout.deadline) : k_uptime_ticks();
}

k_ticks_t k_timer_remaining_ticks(const k_timer* timer) {
  const Lock lock;
  return timer->timeout.waiting ? ticks_until(timer->timeout.deadline) : 0;
}

uint32_t k_timer_remaining_get(k_timer* timer) {
  return k_ticks_to_ms_floor32(static_cast<uint64_t>(k_timer_remaining_ticks(timer)));
}

void k_timer_user_data_set(k_timer* timer, void* user_data) {
  timer->user_data = user_data;
}

void* k_timer_user_data_get(const k_timer* timer) {
  return timer->user_data;
}
