/** \file Mutexes and semaphores between threads; the threads are the host's. */
#ifndef ZEPHYR_KERNEL_SYNC_H_
#define ZEPHYR_KERNEL_SYNC_H_

#include <limits.h>
#include <pthread.h>
#include <zephyr/sys_clock.h>
#include <zephyr/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** May be locked again by the thread that has it. */
struct k_mutex {
  pthread_mutex_t guard;
  pthread_cond_t changed;
  pthread_t owner;
  uint32_t lock_count;
};

#define Z_MUTEX_INITIALIZER \
  { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 }
#define K_MUTEX_DEFINE(name) struct k_mutex name = Z_MUTEX_INITIALIZER

/** \return 0 */
int k_mutex_init(struct k_mutex* mutex);
/** \return 0; -EBUSY: taken (K_NO_WAIT); -EAGAIN: not in time */
int k_mutex_lock(struct k_mutex* mutex, k_timeout_t timeout);
/** \return 0; -EINVAL: not locked; -EPERM: another thread has it */
int k_mutex_unlock(struct k_mutex* mutex);

struct k_sem {
  pthread_mutex_t guard;
  pthread_cond_t changed;
  unsigned int count;
  unsigned int limit;
  unsigned int resets;
};

#define K_SEM_MAX_LIMIT UINT_MAX
#define K_SEM_DEFINE(name, initial, limit_) \
  struct k_sem name = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, (initial), (limit_), 0}

/** \return 0; -EINVAL: a limit of 0, or below the count */
int k_sem_init(struct k_sem* sem, unsigned int initial_count, unsigned int limit);
/** \return 0; -EBUSY: none there (K_NO_WAIT); -EAGAIN: not in time, or reset */
int k_sem_take(struct k_sem* sem, k_timeout_t timeout);
/** Does nothing at the limit. */
void k_sem_give(struct k_sem* sem);
/** The count becomes 0; whoever waits gets -EAGAIN. */
void k_sem_reset(struct k_sem* sem);
unsigned int k_sem_count_get(struct k_sem* sem);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_KERNEL_SYNC_H_ */
