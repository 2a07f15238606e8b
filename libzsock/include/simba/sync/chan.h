/** \file Channels: sockets, queues, events and the console are read, written and polled alike. */
#ifndef ZSOCK_SIMBA_SYNC_CHAN_H_
#define ZSOCK_SIMBA_SYNC_CHAN_H_

#include "../kernel/thrd.h"
#include "../kernel/types.h"

#define CHAN_CONTROL_LOG_BEGIN 1
#define CHAN_CONTROL_LOG_END 2
#define CHAN_CONTROL_PRINTF_BEGIN 3
#define CHAN_CONTROL_PRINTF_END 4
#define CHAN_CONTROL_NON_BLOCKING_READ 5
#define CHAN_CONTROL_BLOCKING_READ 6

#pragma GCC visibility push(default)

typedef ssize_t (*chan_read_fn_t)(void* self_p, void* buf_p, size_t size);
typedef ssize_t (*chan_write_fn_t)(void* self_p, const void* buf_p, size_t size);
typedef int (*chan_control_fn_t)(void* self_p, int operation);
/** \return 1 to write, 0 to discard */
typedef int (*chan_write_filter_fn_t)(void* self_p, const void* buf_p, size_t size);
typedef size_t (*chan_size_fn_t)(void* self_p);

struct chan_list_t {
  struct chan_t** chans_pp;
  size_t max;
  size_t len;
};

struct chan_t {
  chan_read_fn_t read;
  chan_write_fn_t write;
  chan_size_fn_t size;
  chan_control_fn_t control;
  chan_write_filter_fn_t write_filter_cb;
  chan_write_fn_t write_isr;
  chan_write_filter_fn_t write_filter_isr_cb;
  /** The thread that polls the channel, and in which list. */
  struct thrd_t* reader_p;
  struct chan_list_t* list_p;
  /** The host's descriptor that is readable when the channel is; NULL if it has none. */
  int (*descriptor)(void* self_p);
};

int chan_module_init(void) SIMBA_SYMBOL(chan_module_init);
/** NULL callbacks are the null channel's. */
int chan_init(struct chan_t* self_p, chan_read_fn_t read, chan_write_fn_t write,
              chan_size_fn_t size) SIMBA_SYMBOL(chan_init);
int chan_set_write_cb(struct chan_t* self_p, chan_write_fn_t write_cb)
    SIMBA_SYMBOL(chan_set_write_cb);
int chan_set_write_isr_cb(struct chan_t* self_p, chan_write_fn_t write_isr_cb)
    SIMBA_SYMBOL(chan_set_write_isr_cb);
int chan_set_write_filter_cb(struct chan_t* self_p, chan_write_filter_fn_t write_filter_cb)
    SIMBA_SYMBOL(chan_set_write_filter_cb);
int chan_set_write_filter_isr_cb(struct chan_t* self_p, chan_write_filter_fn_t write_filter_isr_cb)
    SIMBA_SYMBOL(chan_set_write_filter_isr_cb);
int chan_set_control_cb(struct chan_t* self_p, chan_control_fn_t control_cb)
    SIMBA_SYMBOL(chan_set_control_cb);

/** \return octets read, or a negative error */
ssize_t chan_read(void* self_p, void* buf_p, size_t size) SIMBA_SYMBOL(chan_read);
/** \return octets written, or a negative error */
ssize_t chan_write(void* self_p, const void* buf_p, size_t size) SIMBA_SYMBOL(chan_write);
/** \return the octet, or a negative error */
int chan_getc(void* self_p) SIMBA_SYMBOL(chan_getc);
int chan_putc(void* self_p, int character) SIMBA_SYMBOL(chan_putc);
/** \return 0 if there is nothing to read */
size_t chan_size(void* self_p) SIMBA_SYMBOL(chan_size);
int chan_control(void* self_p, int operation) SIMBA_SYMBOL(chan_control);
/** With the system lock held. */
ssize_t chan_write_isr(void* self_p, const void* buf_p, size_t size) SIMBA_SYMBOL(chan_write_isr);
int chan_is_polled_isr(struct chan_t* self_p) SIMBA_SYMBOL(chan_is_polled_isr);

/** `workspace_p` has room for size / sizeof(struct chan_t*) channels. */
int chan_list_init(struct chan_list_t* list_p, void* workspace_p, size_t size)
    SIMBA_SYMBOL(chan_list_init);
int chan_list_destroy(struct chan_list_t* list_p) SIMBA_SYMBOL(chan_list_destroy);
/** \return 0; -ENOMEM: full */
int chan_list_add(struct chan_list_t* list_p, void* chan_p) SIMBA_SYMBOL(chan_list_add);
/** \return 0; -ENOENT: not in the list */
int chan_list_remove(struct chan_list_t* list_p, void* chan_p) SIMBA_SYMBOL(chan_list_remove);
/** \return a channel that can be read, NULL after the time given; NULL as the time: for ever */
void* chan_list_poll(struct chan_list_t* list_p, struct time_t* timeout_p)
    SIMBA_SYMBOL(chan_list_poll);
void* chan_poll(void* chan_p, struct time_t* timeout_p) SIMBA_SYMBOL(chan_poll);

/** Takes everything, gives nothing. */
void* chan_null(void) SIMBA_SYMBOL(chan_null);
ssize_t chan_read_null(void* self_p, void* buf_p, size_t size) SIMBA_SYMBOL(chan_read_null);
ssize_t chan_write_null(void* self_p, const void* buf_p, size_t size) SIMBA_SYMBOL(chan_write_null);
size_t chan_size_null(void* self_p) SIMBA_SYMBOL(chan_size_null);
int chan_control_null(void* self_p, int operation) SIMBA_SYMBOL(chan_control_null);

#pragma GCC visibility pop

#endif /* ZSOCK_SIMBA_SYNC_CHAN_H_ */
