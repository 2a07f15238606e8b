/* The program's own CLOCK_REALTIME. The check takes the right to set the host's from this program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "kit.h"

#define FAR_AHEAD 4000000000LL /* in 2096 */

static long long host_seconds(void) {
  struct timespec now;

  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  return now.tv_sec;
}

static struct timespec soon(clockid_t clock) {
  struct timespec now;

  CHECK_EQ(clock_gettime(clock, &now), 0);
  now.tv_nsec += 20000000;
  if (now.tv_nsec >= 1000000000) {
    ++now.tv_sec;
    now.tv_nsec -= 1000000000;
  }
  return now;
}

static void set_and_read(long long seconds) {
  const struct timespec wanted = {seconds, 0};
  const long long host = host_seconds();
  struct timespec now;
  struct timeval day;

  CHECK_EQ(clock_settime(CLOCK_REALTIME, &wanted), 0);
  CHECK_EQ(clock_gettime(CLOCK_REALTIME, &now), 0);
  CHECK(now.tv_sec >= seconds && now.tv_sec < seconds + 60);
  CHECK_EQ(gettimeofday(&day, NULL), 0);
  CHECK(day.tv_sec >= seconds && day.tv_sec < seconds + 60);
  CHECK(time(NULL) >= seconds && time(NULL) < seconds + 60);
  CHECK(host_seconds() >= host && host_seconds() < host + 60);
}

/* Deadlines are of the same clock: none of these waits for years, or not at all. */
static void deadlines(void) {
  const int64_t start = k_uptime_get();
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t of_day = PTHREAD_COND_INITIALIZER;
  pthread_cond_t monotonic;
  pthread_condattr_t attributes;
  struct timespec at;
  sem_t semaphore;

  sem_init(&semaphore, 0, 0);
  at = soon(CLOCK_REALTIME);
  CHECK(sem_timedwait(&semaphore, &at) == -1 && errno == ETIMEDOUT);
  CHECK(k_uptime_get() >= start + 19);
  pthread_mutex_lock(&mutex);
  at = soon(CLOCK_REALTIME);
  CHECK_EQ(pthread_mutex_timedlock(&mutex, &at), ETIMEDOUT);
  CHECK(k_uptime_get() >= start + 39);
  at = soon(CLOCK_REALTIME);
  CHECK_EQ(pthread_cond_timedwait(&of_day, &mutex, &at), ETIMEDOUT);
  CHECK(k_uptime_get() >= start + 59);
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&monotonic, &attributes);
  at = soon(CLOCK_MONOTONIC);
  CHECK_EQ(pthread_cond_timedwait(&monotonic, &mutex, &at), ETIMEDOUT);
  CHECK(k_uptime_get() >= start + 79);
  pthread_cond_destroy(&monotonic);
  at = soon(CLOCK_REALTIME);
  CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &at, NULL), 0);
  CHECK(k_uptime_get() >= start + 99);
}

static void refused(void) {
  const struct timespec wrong = {5, 1000000000};
  const struct timespec early = {-1, 0};
  const struct timespec good = {5, 0};

  CHECK(clock_settime(CLOCK_REALTIME, &wrong) == -1 && errno == EINVAL);
  CHECK(clock_settime(CLOCK_REALTIME, &early) == -1 && errno == EINVAL);
  CHECK(clock_settime(CLOCK_MONOTONIC, &good) == -1 && errno == EINVAL);
}

void test_clock(void) {
  struct timeval back;

  deadlines();
  set_and_read(FAR_AHEAD);
  deadlines();
  set_and_read(1000000000);
  deadlines();
  refused();
  back.tv_sec = host_seconds();
  back.tv_usec = 0;
  CHECK_EQ(settimeofday(&back, NULL), 0);
  CHECK(time(NULL) - host_seconds() <= 1);
}
