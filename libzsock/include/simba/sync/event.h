/** \file Event channels: 32 events that threads wait for. */
#ifndef ZSOCK_SIMBA_SYNC_EVENT_H_
#define ZSOCK_SIMBA_SYNC_EVENT_H_

#include <pthread.h>

#include "../sync/chan.h"

#pragma GCC visibility push(default)

struct event_t {
  struct chan_t base;
  uint32_t mask;
  pthread_cond_t changed;
};

int event_init(struct event_t* self_p) SIMBA_SYMBOL(event_init);
/** Waits for one of the events in the uint32_t at buf_p, which becomes those that came; they are
 * taken. `size` is 4. */
ssize_t event_read(struct event_t* self_p, void* buf_p, size_t size) SIMBA_SYMBOL(event_read);
/** \return as event_read(); -EAGAIN: none came */
ssize_t event_try_read(struct event_t* self_p, void* buf_p, size_t size)
    SIMBA_SYMBOL(event_try_read);
ssize_t event_write(struct event_t* self_p, const void* buf_p, size_t size)
    SIMBA_SYMBOL(event_write);
ssize_t event_write_isr(struct event_t* self_p, const void* buf_p, size_t size)
    SIMBA_SYMBOL(event_write_isr);
/** \return how many events wait to be read */
ssize_t event_size(struct event_t* self_p) SIMBA_SYMBOL(event_size);
/** Forgets the events of `mask`. \return 0 */
int event_clear(struct event_t* self_p, uint32_t mask) SIMBA_SYMBOL(event_clear);

#pragma GCC visibility pop

#endif /* ZSOCK_SIMBA_SYNC_EVENT_H_ */
