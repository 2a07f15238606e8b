/** \file Points in time and durations. */
#ifndef ZSOCK_SIMBA_KERNEL_TIME_H_
#define ZSOCK_SIMBA_KERNEL_TIME_H_

#include "../kernel/types.h"

#pragma GCC visibility push(default)

struct time_t {
  int32_t seconds;
  int32_t nanoseconds;
};

/** The time since the program started, or since the one that time_set() gave. */
int time_get(struct time_t* now_p) SIMBA_SYMBOL(time_get);
int time_set(struct time_t* new_p) SIMBA_SYMBOL(time_set);
/** The arguments may be the same object. */
int time_add(struct time_t* res_p, struct time_t* left_p, struct time_t* right_p)
    SIMBA_SYMBOL(time_add);
int time_subtract(struct time_t* res_p, struct time_t* left_p, struct time_t* right_p)
    SIMBA_SYMBOL(time_subtract);
void time_busy_wait_us(long useconds) SIMBA_SYMBOL(time_busy_wait_us);

#pragma GCC visibility pop

#endif /* ZSOCK_SIMBA_KERNEL_TIME_H_ */
