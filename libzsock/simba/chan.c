/** \file Channels and polling them. */
#include "libzsock/simba/thread.h"

#include <poll.h>

#include "libzsock/include/zsock/zsock.h"

static struct chan_t null_channel = {.read = chan_read_null,
                                     .write = chan_write_null,
                                     .size = chan_size_null,
                                     .control = chan_control_null};

ssize_t chan_read_null(void* self_p, void* buf_p, size_t size) {
  (void)self_p;
  (void)buf_p;
  (void)size;
  return -1;
}

ssize_t chan_write_null(void* self_p, const void* buf_p, size_t size) {
  (void)self_p;
  (void)buf_p;
  return (ssize_t)size;
}

size_t chan_size_null(void* self_p) {
  (void)self_p;
  return 0;
}

int chan_control_null(void* self_p, int operation) {
  (void)self_p;
  (void)operation;
  return 0;
}

void* chan_null(void) {
  return &null_channel;
}

int chan_module_init(void) {
  return 0;
}

int chan_init(struct chan_t* self_p, chan_read_fn_t read, chan_write_fn_t write,
              chan_size_fn_t size) {
  *self_p = (struct chan_t){.read = read != NULL ? read : chan_read_null,
                            .write = write != NULL ? write : chan_write_null,
                            .size = size != NULL ? size : chan_size_null,
                            .control = chan_control_null};
  self_p->write_isr = self_p->write;
  return 0;
}

int chan_set_write_cb(struct chan_t* self_p, chan_write_fn_t write_cb) {
  self_p->write = write_cb;
  return 0;
}

int chan_set_write_isr_cb(struct chan_t* self_p, chan_write_fn_t write_isr_cb) {
  self_p->write_isr = write_isr_cb;
  return 0;
}

int chan_set_write_filter_cb(struct chan_t* self_p, chan_write_filter_fn_t write_filter_cb) {
  self_p->write_filter_cb = write_filter_cb;
  return 0;
}

int chan_set_write_filter_isr_cb(struct chan_t* self_p,
                                 chan_write_filter_fn_t write_filter_isr_cb) {
  self_p->write_filter_isr_cb = write_filter_isr_cb;
  return 0;
}

int chan_set_control_cb(struct chan_t* self_p, chan_control_fn_t control_cb) {
  self_p->control = control_cb;
  return 0;
}

ssize_t chan_read(void* self_p, void* buf_p, size_t size) {
  return ((struct chan_t*)self_p)->read(self_p, buf_p, size);
}

ssize_t chan_write(void* self_p, const void* buf_p, size_t size) {
  struct chan_t* self = self_p;

  if (self->write_filter_cb != NULL && self->write_filter_cb(self_p, buf_p, size) != 1) {
    return (ssize_t)size;
  }
  return self->write(self_p, buf_p, size);
}

ssize_t chan_write_isr(void* self_p, const void* buf_p, size_t size) {
  struct chan_t* self = self_p;

  if (self->write_filter_isr_cb != NULL && self->write_filter_isr_cb(self_p, buf_p, size) != 1) {
    return (ssize_t)size;
  }
  return self->write_isr(self_p, buf_p, size);
}

int chan_getc(void* self_p) {
  uint8_t octet;
  ssize_t got = chan_read(self_p, &octet, 1);

  if (got == 1) return octet;
  return got < 0 ? (int)got : -EIO;
}

int chan_putc(void* self_p, int character) {
  uint8_t octet = (uint8_t)character;
  ssize_t put = chan_write(self_p, &octet, 1);

  if (put == 1) return octet;
  return put < 0 ? (int)put : -EIO;
}

size_t chan_size(void* self_p) {
  return ((struct chan_t*)self_p)->size(self_p);
}

int chan_control(void* self_p, int operation) {
  return ((struct chan_t*)self_p)->control(self_p, operation);
}

int chan_is_polled_isr(struct chan_t* self_p) {
  return self_p->reader_p != NULL && self_p->list_p != NULL;
}

int chan_list_init(struct chan_list_t* list_p, void* workspace_p, size_t size) {
  list_p->chans_pp = workspace_p;
  list_p->max = size / sizeof(struct chan_t*);
  list_p->len = 0;
  return 0;
}

int chan_list_destroy(struct chan_list_t* list_p) {
  list_p->len = 0;
  return 0;
}

int chan_list_add(struct chan_list_t* list_p, void* chan_p) {
  if (list_p->len == list_p->max) return -ENOMEM;
  list_p->chans_pp[list_p->len++] = chan_p;
  return 0;
}

int chan_list_remove(struct chan_list_t* list_p, void* chan_p) {
  size_t i;

  for (i = 0; i < list_p->len; i++) {
    if (list_p->chans_pp[i] == chan_p) {
      list_p->chans_pp[i] = list_p->chans_pp[--list_p->len];
      return 0;
    }
  }
  return -ENOENT;
}

/* Whoever writes to a channel of the list wakes `reader` from now on; NULL: nobody. */
static void set_reader(struct chan_list_t* list, struct thrd_t* reader) {
  size_t i;

  sys_lock();
  for (i = 0; i < list->len; i++) {
    list->chans_pp[i]->reader_p = reader;
    list->chans_pp[i]->list_p = reader != NULL ? list : NULL;
  }
  if (reader == NULL) simba_forget_resume();
  sys_unlock();
}

static struct chan_t* first_ready(const struct chan_list_t* list) {
  size_t i;

  for (i = 0; i < list->len; i++) {
    if (chan_size(list->chans_pp[i]) > 0) return list->chans_pp[i];
  }
  return NULL;
}

/* Until a channel's descriptor is readable, this thread is resumed, or it is time. */
static void wait_for_any(const struct chan_list_t* list, struct pollfd* fds, int timeout_ms) {
  nfds_t count = 1;
  size_t i;

  fds[0] = (struct pollfd){.fd = simba_wake_descriptor(), .events = POLLIN};
  for (i = 0; i < list->len; i++) {
    struct chan_t* chan = list->chans_pp[i];

    if (chan->descriptor == NULL) continue;
    fds[count++] = (struct pollfd){.fd = chan->descriptor(chan), .events = POLLIN};
  }
  (void)zs_poll(fds, count, timeout_ms);
  sys_lock();
  simba_forget_resume();
  sys_unlock();
}

void* chan_list_poll(struct chan_list_t* list_p, struct time_t* timeout_p) {
  struct simba_deadline deadline = simba_deadline_in(timeout_p);
  struct pollfd* fds = calloc(list_p->len + 1, sizeof(*fds));
  struct chan_t* ready;

  if (fds == NULL) return NULL;
  set_reader(list_p, thrd_self());
  while ((ready = first_ready(list_p)) == NULL) {
    int left = simba_deadline_ms(&deadline);

    if (left == 0) break;
    wait_for_any(list_p, fds, left);
  }
  set_reader(list_p, NULL);
  free(fds);
  return ready;
}

void* chan_poll(void* chan_p, struct time_t* timeout_p) {
  struct chan_t* chans[1] = {chan_p};
  struct chan_list_t list = {.chans_pp = chans, .max = 1, .len = 1};

  return chan_list_poll(&list, timeout_p);
}
