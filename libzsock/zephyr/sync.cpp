/// \file
/// Mutexes and semaphores.

#include <zephyr/kernel.h>

#include <time.h>

#include <cerrno>
#include <cstdint>

namespace {

/// Holds the guard of a kernel object.
class Guard {
 public:
  explicit Guard(pthread_mutex_t& mutex) : mutex_(mutex) { pthread_mutex_lock(&mutex_); }
  ~Guard() { pthread_mutex_unlock(&mutex_); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  pthread_mutex_t& mutex_;
};

timespec end_of(k_timeout_t timeout) {
  constexpr std::int64_t kPerTick = NSEC_PER_SEC / CONFIG_SYS_CLOCK_TICKS_PER_SEC;
  timespec end{};
  clock_gettime(CLOCK_MONOTONIC, &end);
  const std::int64_t nanoseconds =
      end.tv_nsec + timeout.ticks % CONFIG_SYS_CLOCK_TICKS_PER_SEC * kPerTick;
  end.tv_sec += timeout.ticks / CONFIG_SYS_CLOCK_TICKS_PER_SEC + nanoseconds / NSEC_PER_SEC;
  end.tv_nsec = nanoseconds % NSEC_PER_SEC;
  return end;
}

// Waits, with the guard held, until ready() is true. Returns 0, -EBUSY or -EAGAIN.
template <typename Object, typename Ready>
int wait_until(Object& object, k_timeout_t timeout, Ready ready) {
  if (ready()) return 0;
  if (timeout.ticks == 0) return -EBUSY;
  const bool for_ever = timeout.ticks < 0;
  const timespec end = for_ever ? timespec{} : end_of(timeout);
  while (!ready()) {
    const int error =
        for_ever ? pthread_cond_wait(&object.changed, &object.guard)
                 : pthread_cond_clockwait(&object.changed, &object.guard, CLOCK_MONOTONIC, &end);
    if (error != 0 && !ready()) return -EAGAIN;
  }
  return 0;
}

}  // namespace

int k_mutex_init(k_mutex* mutex) {
  *mutex = Z_MUTEX_INITIALIZER;
  return 0;
}

int k_mutex_lock(k_mutex* mutex, k_timeout_t timeout) {
  const Guard guard(mutex->guard);
  const pthread_t self = pthread_self();
  const int status = wait_until(*mutex, timeout, [mutex, self] {
    return mutex->lock_count == 0 || pthread_equal(mutex->owner, self) != 0;
  });
  if (status != 0) return status;
  mutex->owner = self;
  ++mutex->lock_count;
  return 0;
}

int k_mutex_unlock(k_mutex* mutex) {
  const Guard guard(mutex->guard);
  if (mutex->lock_count == 0) return -EINVAL;
  if (pthread_equal(mutex->owner, pthread_self()) == 0) return -EPERM;
  if (--mutex->lock_count == 0) pthread_cond_signal(&mutex->changed);
  return 0;
}

int k_sem_init(k_sem* sem, unsigned int initial_count, unsigned int limit) {
  if (limit == 0 || initial_count > limit) return -EINVAL;
  *sem = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, initial_count, limit, 0};
  return 0;
}

int k_sem_take(k_sem* sem, k_timeout_t timeout) {
  const Guard guard(sem->guard);
  const unsigned int resets = sem->resets;
  const int status =
      wait_until(*sem, timeout, [sem, resets] { return sem->count != 0 || sem->resets != resets; });
  if (status != 0) return status;
  if (sem->resets != resets) return -EAGAIN;
  --sem->count;
  return 0;
}

void k_sem_give(k_sem* sem) {
  const Guard guard(sem->guard);
  if (sem->count < sem->limit) ++sem->count;
  pthread_cond_signal(&sem->changed);
}

void k_sem_reset(k_sem* sem) {
  const Guard guard(sem->guard);
  sem->count = 0;
  ++sem->resets;
  pthread_cond_broadcast(&sem->changed);
}

unsigned int k_sem_count_get(k_sem* sem) {
  const Guard guard(sem->guard);
  return sem->count;
}
