/// \file
/// Time as firmware sees it: it begins when the program does.

#include <zephyr/kernel.h>

#include <sched.h>
#include <time.h>

#include <cerrno>
#include <cstdint>

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;

std::int64_t monotonic() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * kNanosecondsPerSecond + now.tv_nsec;
}

std::int64_t start_of_program() {
  static const std::int64_t start = monotonic();
  return start;
}

// Before the constructors of a program that is linked statically.
[[gnu::constructor(101)]] void note_start() {
  start_of_program();
}

std::int64_t uptime() {
  const std::int64_t start = start_of_program();
  return monotonic() - start;
}

void sleep_for(std::int64_t nanoseconds) {
  const std::int64_t end = monotonic() + nanoseconds;
  const timespec until{.tv_sec = end / kNanosecondsPerSecond,
                       .tv_nsec = end % kNanosecondsPerSecond};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

}  // namespace

int32_t k_sleep(k_timeout_t timeout) {
  if (timeout.ticks < 0) {
    for (;;) sleep_for(3600 * kNanosecondsPerSecond);
  }
  sleep_for(timeout.ticks * (kNanosecondsPerSecond / CONFIG_SYS_CLOCK_TICKS_PER_SEC));
  return 0;
}

int32_t k_msleep(int32_t milliseconds) {
  if (milliseconds == SYS_FOREVER_MS) return k_sleep(K_FOREVER);
  if (milliseconds > 0) sleep_for(milliseconds * kNanosecondsPerMillisecond);
  return 0;
}

int32_t k_usleep(int32_t microseconds) {
  if (microseconds == SYS_FOREVER_US) return k_sleep(K_FOREVER);
  if (microseconds > 0) sleep_for(microseconds * std::int64_t{NSEC_PER_USEC});
  return 0;
}

void k_yield() {
  sched_yield();
}

void k_busy_wait(uint32_t microseconds) {
  const std::int64_t end = monotonic() + microseconds * std::int64_t{NSEC_PER_USEC};
  while (monotonic() < end) {
  }
}

int64_t k_uptime_get() {
  return uptime() / kNanosecondsPerMillisecond;
}
uint32_t k_uptime_get_32() {
  return static_cast<uint32_t>(k_uptime_get());
}
int64_t k_uptime_seconds() {
  return uptime() / kNanosecondsPerSecond;
}
int64_t k_uptime_ticks() {
  return uptime() / (kNanosecondsPerSecond / CONFIG_SYS_CLOCK_TICKS_PER_SEC);
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
