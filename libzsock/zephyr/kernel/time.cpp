/// \file
/// Time as firmware sees it: it begins when the program does.

#include <sched.h>

#include <algorithm>
#include <cstdint>

#include "libzsock/zephyr/kernel/wait.h"

using namespace zsock::kernel;  // NOLINT(google-build-using-namespace): the edge to C

namespace {

constexpr std::int64_t kPerMicrosecond = NSEC_PER_USEC;
constexpr std::int64_t kPerMillisecond = NSEC_PER_MSEC;

// Nanoseconds left when k_wakeup() came.
std::int64_t sleep_until(std::int64_t deadline) {
  const Lock lock;
  if (pend(current().sleeping, deadline).result == -EAGAIN) return 0;
  return std::max<std::int64_t>(deadline - now(), 0);
}

}  // namespace

int32_t k_sleep(k_timeout_t timeout) {
  if (K_TIMEOUT_EQ(timeout, K_NO_WAIT)) {
    k_yield();
    return 0;
  }
  const std::int64_t left = sleep_until(deadline_of(timeout));
  if (K_TIMEOUT_EQ(timeout, K_FOREVER)) return -1;
  return static_cast<int32_t>(left / kPerMillisecond);
}

int32_t k_msleep(int32_t milliseconds) {
  return k_sleep(milliseconds == SYS_FOREVER_MS ? K_FOREVER : K_MSEC(milliseconds));
}

int32_t k_usleep(int32_t microseconds) {
  if (microseconds == SYS_FOREVER_US) return k_sleep(K_FOREVER);
  if (microseconds <= 0) return 0;
  const std::int64_t left = sleep_until(now() + microseconds * kPerMicrosecond);
  return static_cast<int32_t>(left / kPerMicrosecond);
}

void k_wakeup(k_tid_t thread) {
  const Lock lock;
  wake_all(thread->sleeping, 0);
}

void k_yield() {
  sched_yield();
}

void k_busy_wait(uint32_t microseconds) {
  const std::int64_t end = now() + microseconds * kPerMicrosecond;
  while (now() < end) {
  }
}

int64_t k_uptime_get() {
  return uptime() / kPerMillisecond;
}
uint32_t k_uptime_get_32() {
  return static_cast<uint32_t>(k_uptime_get());
}
int64_t k_uptime_seconds() {
  return uptime() / NSEC_PER_SEC;
}
int64_t k_uptime_ticks() {
  return uptime() / (NSEC_PER_SEC / CONFIG_SYS_CLOCK_TICKS_PER_SEC);
}

int64_t k_uptime_delta(int64_t* reference) {
  const int64_t now = k_uptime_get();
  const int64_t delta = now - *reference;
  *reference = now;
  return delta;
}

uint64_t k_cycle_get_64() {
  return static_cast<uint64_t>(uptime());
}
uint32_t k_cycle_get_32() {
  return static_cast<uint32_t>(k_cycle_get_64());
}
