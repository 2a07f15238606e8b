/** \file Short exclusion, of all threads: there are no interrupts. */
#ifndef ZEPHYR_SPINLOCK_H_
#define ZEPHYR_SPINLOCK_H_

#include <errno.h>
#include <sched.h>
#include <zephyr/types.h>

/** All zeros is free. */
struct k_spinlock {
  int taken;
};
typedef struct {
  int key;
} k_spinlock_key_t;

static inline k_spinlock_key_t k_spin_lock(struct k_spinlock* lock) {
  const k_spinlock_key_t key = {0};

  while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE) != 0) {
    sched_yield();
  }
  return key;
}
/** \return 0; -EBUSY: it is taken */
static inline int k_spin_trylock(struct k_spinlock* lock, k_spinlock_key_t* key) {
  key->key = 0;
  return __atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE) == 0 ? 0 : -EBUSY;
}
static inline void k_spin_unlock(struct k_spinlock* lock, k_spinlock_key_t key) {
  (void)key;
  __atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

#define K_SPINLOCK_BREAK continue
/** The statement or block behind it runs with the lock held. */
#define K_SPINLOCK(lock)                                                         \
  for (k_spinlock_key_t zsock_key = k_spin_lock(lock), *zsock_held = &zsock_key; \
       zsock_held != NULL; k_spin_unlock(lock, zsock_key), zsock_held = NULL)

#endif /* ZEPHYR_SPINLOCK_H_ */
