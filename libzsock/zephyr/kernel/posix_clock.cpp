/// \file
/// CLOCK_REALTIME of firmware that uses POSIX's names (zsock/posix): what it sets is its own time,
/// kept as a distance from the host's. Deadlines that it gives are moved back by that.

#include <pthread.h>
#include <semaphore.h>
#include <sys/time.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <set>

namespace {

constexpr std::int64_t kPerSecond = 1'000'000'000;
constexpr std::int64_t kPerMicrosecond = 1'000;
// As Linux: 30 years before the end of 64 bits of nanoseconds.
constexpr std::int64_t kEndOfTime = INT64_MAX / kPerSecond - std::int64_t{30} * 365 * 24 * 3600;

std::atomic<std::int64_t> ahead{0};  // nanoseconds, of the host's clock

std::mutex mutex;
std::set<const pthread_cond_t*> monotonic;  // conditions whose deadlines are of CLOCK_MONOTONIC

std::int64_t host_time() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * kPerSecond + now.tv_nsec;
}

std::int64_t own_time() {
  return host_time() + ahead;
}

bool is_valid(const timespec& time) {
  return time.tv_sec >= 0 && time.tv_sec < kEndOfTime && time.tv_nsec >= 0 &&
         time.tv_nsec < kPerSecond;
}

// What is no time, or later than any, stays what it is.
timespec on_host(const timespec& deadline) {
  const std::int64_t offset = ahead;
  if (offset == 0 || !is_valid(deadline)) return deadline;
  std::int64_t time = deadline.tv_sec * kPerSecond + deadline.tv_nsec;
  if (__builtin_sub_overflow(time, offset, &time)) return deadline;
  if (time < 0) return {};
  return {time / kPerSecond, time % kPerSecond};
}

int set_time(const timespec& now) {
  if (!is_valid(now)) {
    errno = EINVAL;
    return -1;
  }
  ahead = now.tv_sec * kPerSecond + now.tv_nsec - host_time();
  return 0;
}

bool is_monotonic(const pthread_cond_t* condition) {
  const std::lock_guard lock(mutex);
  return monotonic.contains(condition);
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {
time_t zsock_posix_time(time_t* seconds);
int zsock_posix_clock_gettime(clockid_t clock, timespec* now);
int zsock_posix_clock_settime(clockid_t clock, const timespec* now);
int zsock_posix_clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left);
int zsock_posix_gettimeofday(timeval* now, void* zone);
int zsock_posix_settimeofday(const timeval* now, const struct timezone* zone);
int zsock_posix_sem_timedwait(sem_t* semaphore, const timespec* deadline);
int zsock_posix_mutex_timedlock(pthread_mutex_t* locked, const timespec* deadline);
int zsock_posix_cond_init(pthread_cond_t* condition, const pthread_condattr_t* attributes);
int zsock_posix_cond_destroy(pthread_cond_t* condition);
int zsock_posix_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* locked,
                               const timespec* deadline);
}
#pragma GCC visibility pop

time_t zsock_posix_time(time_t* seconds) {
  const time_t now = own_time() / kPerSecond;
  if (seconds != nullptr) *seconds = now;
  return now;
}

int zsock_posix_clock_gettime(clockid_t clock, timespec* now) {
  if (clock != CLOCK_REALTIME || ahead == 0) return clock_gettime(clock, now);
  const std::int64_t time = own_time();
  *now = {time / kPerSecond, time % kPerSecond};
  return 0;
}

int zsock_posix_clock_settime(clockid_t clock, const timespec* now) {
  if (clock == CLOCK_REALTIME) return set_time(*now);
  errno = EINVAL;
  return -1;
}

int zsock_posix_clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  const bool deadline = clock == CLOCK_REALTIME && (flags & TIMER_ABSTIME) != 0;
  const timespec moved = deadline ? on_host(*time) : *time;
  return clock_nanosleep(clock, flags, &moved, left);
}

int zsock_posix_gettimeofday(timeval* now, void* /*zone*/) {
  const std::int64_t time = own_time();
  *now = {time / kPerSecond, time % kPerSecond / kPerMicrosecond};
  return 0;
}

int zsock_posix_settimeofday(const timeval* now, const struct timezone* /*zone*/) {
  return now == nullptr ? 0 : set_time({now->tv_sec, now->tv_usec * kPerMicrosecond});
}

int zsock_posix_sem_timedwait(sem_t* semaphore, const timespec* deadline) {
  const timespec moved = on_host(*deadline);
  return sem_timedwait(semaphore, &moved);
}

int zsock_posix_mutex_timedlock(pthread_mutex_t* locked, const timespec* deadline) {
  const timespec moved = on_host(*deadline);
  return pthread_mutex_timedlock(locked, &moved);
}

int zsock_posix_cond_init(pthread_cond_t* condition, const pthread_condattr_t* attributes) {
  clockid_t clock = CLOCK_REALTIME;
  if (attributes != nullptr) pthread_condattr_getclock(attributes, &clock);
  {
    const std::lock_guard lock(mutex);
    monotonic.erase(condition);
    if (clock != CLOCK_REALTIME) monotonic.insert(condition);
  }
  return pthread_cond_init(condition, attributes);
}

int zsock_posix_cond_destroy(pthread_cond_t* condition) {
  {
    const std::lock_guard lock(mutex);
    monotonic.erase(condition);
  }
  return pthread_cond_destroy(condition);
}

int zsock_posix_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* locked,
                               const timespec* deadline) {
  const timespec moved = ahead == 0 || is_monotonic(condition) ? *deadline : on_host(*deadline);
  return pthread_cond_timedwait(condition, locked, &moved);
}
