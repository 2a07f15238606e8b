/** \file Semaphores for threads with and without a kernel's rights, which is one here. */
#ifndef ZEPHYR_SYS_SEM_H_
#define ZEPHYR_SYS_SEM_H_

#include <zephyr/kernel.h>

struct sys_sem {
  struct k_sem kernel_sem;
};
#define SYS_SEM_DEFINE(name, initial, limit_) \
  struct sys_sem name = {{{NULL}, {NULL}, (initial), (limit_)}}

/** \return 0; -EINVAL: a limit of 0, or below the count */
static inline int sys_sem_init(struct sys_sem* sem, unsigned int initial, unsigned int limit) {
  return k_sem_init(&sem->kernel_sem, initial, limit);
}
/** \return 0; -EAGAIN: it is at its limit */
static inline int sys_sem_give(struct sys_sem* sem) {
  if (k_sem_count_get(&sem->kernel_sem) == sem->kernel_sem.limit) {
    return -EAGAIN;
  }
  k_sem_give(&sem->kernel_sem);
  return 0;
}
/** \return 0; -ETIMEDOUT: not in time */
static inline int sys_sem_take(struct sys_sem* sem, k_timeout_t timeout) {
  return k_sem_take(&sem->kernel_sem, timeout) == 0 ? 0 : -ETIMEDOUT;
}
static inline unsigned int sys_sem_count_get(struct sys_sem* sem) {
  return k_sem_count_get(&sem->kernel_sem);
}

#endif /* ZEPHYR_SYS_SEM_H_ */
