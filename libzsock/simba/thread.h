#pragma once
/** \file
 * What the parts of the simba kit share: the system lock, which guards every object of the kit, and
 * waiting with simba's durations.
 */
#include <pthread.h>
#include <time.h>

#include "libzsock/include/simba/simba.h"

/** A point on CLOCK_MONOTONIC. */
struct simba_deadline {
  int never;
  struct timespec at;
};

/** NULL: never. */
struct simba_deadline simba_deadline_in(const struct time_t* timeout_p);
/** Milliseconds until then, rounded up, as poll() takes them; -1: never. */
int simba_deadline_ms(const struct simba_deadline* deadline);
/** Waits with the system lock held. \return 0, or -ETIMEDOUT */
int simba_wait(pthread_cond_t* changed, const struct simba_deadline* deadline);

/** The descriptor that is readable when thrd_resume() was called for the calling thread. */
int simba_wake_descriptor(void);
/** With the system lock held: forgets a thrd_resume() of the calling thread. */
void simba_forget_resume(void);
/** With the system lock held: a thread that polls the channel looks again. */
void simba_notify(struct chan_t* chan);
