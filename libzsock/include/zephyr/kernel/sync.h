/** \file Mutexes, condition variables, semaphores, events. */
#ifndef ZEPHYR_KERNEL_SYNC_H_
#define ZEPHYR_KERNEL_SYNC_H_

#include <limits.h>
#include <zephyr/kernel/wait_q.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** May be locked again by the thread that has it. */
struct k_mutex {
  _wait_q_t wait_q;
  struct k_thread* owner;
  uint32_t lock_count;
};

#define Z_MUTEX_INITIALIZER \
  { {NULL}, NULL, 0 }
#define K_MUTEX_DEFINE(name) struct k_mutex name = Z_MUTEX_INITIALIZER

/** \return 0 */
int k_mutex_init(struct k_mutex* mutex);
/** \return 0; -EBUSY: taken (K_NO_WAIT); -EAGAIN: not in time */
int k_mutex_lock(struct k_mutex* mutex, k_timeout_t timeout);
/** The next thread that waits has it at once. \return 0; -EINVAL: not locked; -EPERM: not yours */
int k_mutex_unlock(struct k_mutex* mutex);

struct k_condvar {
  _wait_q_t wait_q;
};

#define K_CONDVAR_DEFINE(name) struct k_condvar name = {{NULL}}

/** \return 0 */
int k_condvar_init(struct k_condvar* condvar);
/** Wakes one thread. \return 0 */
int k_condvar_signal(struct k_condvar* condvar);
/** Wakes all. \return how many */
int k_condvar_broadcast(struct k_condvar* condvar);
/** Gives the mutex up, waits, and has it again on return. \return 0; -EAGAIN: not in time */
int k_condvar_wait(struct k_condvar* condvar, struct k_mutex* mutex, k_timeout_t timeout);

struct k_sem {
  _wait_q_t wait_q;
  _wait_q_t pollers;
  unsigned int count;
  unsigned int limit;
};

#define K_SEM_MAX_LIMIT UINT_MAX
#define K_SEM_DEFINE(name, initial, limit_) \
  struct k_sem name = {{NULL}, {NULL}, (initial), (limit_)}

/** \return 0; -EINVAL: a limit of 0, or below the count */
int k_sem_init(struct k_sem* sem, unsigned int initial_count, unsigned int limit);
/** \return 0; -EBUSY: none there (K_NO_WAIT); -EAGAIN: not in time, or reset */
int k_sem_take(struct k_sem* sem, k_timeout_t timeout);
/** Does nothing at the limit. */
void k_sem_give(struct k_sem* sem);
/** The count becomes 0; whoever waits gets -EAGAIN. */
void k_sem_reset(struct k_sem* sem);
unsigned int k_sem_count_get(struct k_sem* sem);

struct k_event {
  _wait_q_t wait_q;
  uint32_t events;
};

#define K_EVENT_DEFINE(name) struct k_event name = {{NULL}, 0}

void k_event_init(struct k_event* event);
/** Adds events. \return which of them were there before */
uint32_t k_event_post(struct k_event* event, uint32_t events);
/** These, and no others. \return which were there before */
uint32_t k_event_set(struct k_event* event, uint32_t events);
/** As k_event_set(), of those in the mask. */
uint32_t k_event_set_masked(struct k_event* event, uint32_t events, uint32_t mask);
/** Takes events away. \return which of them were there before */
uint32_t k_event_clear(struct k_event* event, uint32_t events);
uint32_t k_event_test(struct k_event* event, uint32_t mask);
/** Waits for one of them. \param reset  no events first. \return those that came; 0: not in time */
uint32_t k_event_wait(struct k_event* event, uint32_t events, bool reset, k_timeout_t timeout);
/** Waits for all of them. */
uint32_t k_event_wait_all(struct k_event* event, uint32_t events, bool reset, k_timeout_t timeout);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_KERNEL_SYNC_H_ */
