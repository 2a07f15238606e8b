/** \file Mutexes; they do not nest. */
#ifndef ZSOCK_SIMBA_SYNC_MUTEX_H_
#define ZSOCK_SIMBA_SYNC_MUTEX_H_

#include <pthread.h>

#include "../kernel/types.h"

#pragma GCC visibility push(default)

struct mutex_t {
  int is_locked;
  pthread_cond_t changed;
};

int mutex_module_init(void) SIMBA_SYMBOL(mutex_module_init);
int mutex_init(struct mutex_t* self_p) SIMBA_SYMBOL(mutex_init);
int mutex_lock(struct mutex_t* self_p) SIMBA_SYMBOL(mutex_lock);
int mutex_unlock(struct mutex_t* self_p) SIMBA_SYMBOL(mutex_unlock);
/** With the system lock held. */
int mutex_lock_isr(struct mutex_t* self_p) SIMBA_SYMBOL(mutex_lock_isr);
int mutex_unlock_isr(struct mutex_t* self_p) SIMBA_SYMBOL(mutex_unlock_isr);

#pragma GCC visibility pop

#endif /* ZSOCK_SIMBA_SYNC_MUTEX_H_ */
