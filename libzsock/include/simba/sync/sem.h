/** \file Semaphores; they count what is taken. */
#ifndef ZSOCK_SIMBA_SYNC_SEM_H_
#define ZSOCK_SIMBA_SYNC_SEM_H_

#include <pthread.h>

#include "../kernel/time.h"
#include "../kernel/types.h"

#pragma GCC visibility push(default)

struct sem_t {
  int count;
  int count_max;
  pthread_cond_t changed;
};

#define SEM_INIT_DECL(name, taken, max) \
  struct sem_t name = {(taken), (max), PTHREAD_COND_INITIALIZER}

int sem_module_init(void) SIMBA_SYMBOL(sem_module_init);
/** `count` of `count_max` are taken. */
int sem_init(struct sem_t* self_p, int count, int count_max) SIMBA_SYMBOL(sem_init);
/** \return 0; -ETIMEDOUT */
int sem_take(struct sem_t* self_p, struct time_t* timeout_p) SIMBA_SYMBOL(sem_take);
/** Giving more than is taken is fine. */
int sem_give(struct sem_t* self_p, int count) SIMBA_SYMBOL(sem_give);
int sem_give_isr(struct sem_t* self_p, int count) SIMBA_SYMBOL(sem_give_isr);

#pragma GCC visibility pop

#endif /* ZSOCK_SIMBA_SYNC_SEM_H_ */
