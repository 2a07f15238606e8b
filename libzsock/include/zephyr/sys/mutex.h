/** \file Mutexes for threads with and without a kernel's rights, which is one here. */
#ifndef ZEPHYR_SYS_MUTEX_H_
#define ZEPHYR_SYS_MUTEX_H_

#include <zephyr/kernel.h>

struct sys_mutex {
  struct k_mutex kernel_mutex;
};
#define SYS_MUTEX_DEFINE(name) struct sys_mutex name = {Z_MUTEX_INITIALIZER}

static inline void sys_mutex_init(struct sys_mutex* mutex) {
  (void)k_mutex_init(&mutex->kernel_mutex);
}
/** \return 0; -EBUSY: taken (K_NO_WAIT); -EAGAIN: not in time */
static inline int sys_mutex_lock(struct sys_mutex* mutex, k_timeout_t timeout) {
  return k_mutex_lock(&mutex->kernel_mutex, timeout);
}
/** \return 0; -EINVAL: not locked; -EPERM: not yours */
static inline int sys_mutex_unlock(struct sys_mutex* mutex) {
  return k_mutex_unlock(&mutex->kernel_mutex);
}

#endif /* ZEPHYR_SYS_MUTEX_H_ */
