/** \file Queues of octets between threads, with or without a buffer. They are channels. */
#ifndef ZSOCK_SIMBA_SYNC_QUEUE_H_
#define ZSOCK_SIMBA_SYNC_QUEUE_H_

#include <pthread.h>

#include "../sync/chan.h"

#pragma GCC visibility push(default)

struct queue_t {
  struct chan_t base;
  char* buf_p;
  size_t size;
  size_t begin; /**< of what is in the buffer */
  size_t used;
  const char* writer_p; /**< what a waiting writer still has */
  size_t writer_left;
  int writing; /**< by one thread; others wait */
  int stopped;
  pthread_cond_t changed;
};

int queue_init(struct queue_t* self_p, void* buf_p, size_t size) SIMBA_SYMBOL(queue_init);
/** Needed after queue_stop() only. */
int queue_start(struct queue_t* self_p) SIMBA_SYMBOL(queue_start);
/** Ends reads and writes that wait, and all later ones, with what they have so far. */
int queue_stop(struct queue_t* self_p) SIMBA_SYMBOL(queue_stop);
int queue_stop_isr(struct queue_t* self_p) SIMBA_SYMBOL(queue_stop_isr);
/** Waits until `size` octets are there. */
ssize_t queue_read(struct queue_t* self_p, void* buf_p, size_t size) SIMBA_SYMBOL(queue_read);
/** Waits until all octets are read or in the buffer. */
ssize_t queue_write(struct queue_t* self_p, const void* buf_p, size_t size)
    SIMBA_SYMBOL(queue_write);
/** With the system lock held. \return octets that found room */
ssize_t queue_write_isr(struct queue_t* self_p, const void* buf_p, size_t size)
    SIMBA_SYMBOL(queue_write_isr);
ssize_t queue_size(struct queue_t* self_p) SIMBA_SYMBOL(queue_size);
ssize_t queue_unused_size(struct queue_t* self_p) SIMBA_SYMBOL(queue_unused_size);
ssize_t queue_unused_size_isr(struct queue_t* self_p) SIMBA_SYMBOL(queue_unused_size_isr);

/* The channel's callbacks. */
ssize_t queue_chan_read(void* self_p, void* buf_p, size_t size) SIMBA_SYMBOL(queue_chan_read);
ssize_t queue_chan_write(void* self_p, const void* buf_p, size_t size)
    SIMBA_SYMBOL(queue_chan_write);
ssize_t queue_chan_write_isr(void* self_p, const void* buf_p, size_t size)
    SIMBA_SYMBOL(queue_chan_write_isr);
size_t queue_chan_size(void* self_p) SIMBA_SYMBOL(queue_chan_size);

#define QUEUE_INIT_DECL(name, buffer, octets)                         \
  struct queue_t name = {.base = {.read = queue_chan_read,            \
                                  .write = queue_chan_write,          \
                                  .size = queue_chan_size,            \
                                  .control = chan_control_null,       \
                                  .write_isr = queue_chan_write_isr}, \
                         .buf_p = (buffer),                           \
                         .size = (octets),                            \
                         .changed = PTHREAD_COND_INITIALIZER}

#pragma GCC visibility pop

#endif /* ZSOCK_SIMBA_SYNC_QUEUE_H_ */
