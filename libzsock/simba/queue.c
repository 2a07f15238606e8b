/** \file Queues of octets; the system lock guards them. */
#include "libzsock/simba/thread.h"

ssize_t queue_chan_read(void* self_p, void* buf_p, size_t size) {
  return queue_read(self_p, buf_p, size);
}

ssize_t queue_chan_write(void* self_p, const void* buf_p, size_t size) {
  return queue_write(self_p, buf_p, size);
}

ssize_t queue_chan_write_isr(void* self_p, const void* buf_p, size_t size) {
  return queue_write_isr(self_p, buf_p, size);
}

size_t queue_chan_size(void* self_p) {
  return (size_t)queue_size(self_p);
}

int queue_init(struct queue_t* self_p, void* buf_p, size_t size) {
  *self_p = (struct queue_t){
      .buf_p = buf_p, .size = size, .changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER};
  chan_init(&self_p->base, queue_chan_read, queue_chan_write, queue_chan_size);
  self_p->base.write_isr = queue_chan_write_isr;
  return 0;
}

int queue_start(struct queue_t* self_p) {
  sys_lock();
  self_p->stopped = 0;
  sys_unlock();
  return 0;
}

int queue_stop_isr(struct queue_t* self_p) {
  self_p->stopped = 1;
  pthread_cond_broadcast(&self_p->changed);
  simba_notify(&self_p->base);
  return 0;
}

int queue_stop(struct queue_t* self_p) {
  sys_lock();
  queue_stop_isr(self_p);
  sys_unlock();
  return 0;
}

/* From `data` to the end of the buffer. \return octets that found room */
static size_t put(struct queue_t* self, const char* data, size_t size) {
  size_t count = MIN(size, self->size - self->used);
  size_t i;

  for (i = 0; i < count; i++) {
    self->buf_p[(self->begin + self->used + i) % self->size] = data[i];
  }
  self->used += count;
  return count;
}

/* From the buffer, then from the writer that waits, whose octets move up. */
static size_t take(struct queue_t* self, char* data, size_t size) {
  size_t count = MIN(size, self->used);
  size_t direct;
  size_t i;

  for (i = 0; i < count; i++) data[i] = self->buf_p[(self->begin + i) % self->size];
  self->used -= count;
  if (count > 0) self->begin = (self->begin + count) % self->size;
  direct = MIN(size - count, self->writer_left);
  if (direct > 0) {
    memcpy(data + count, self->writer_p, direct);
    self->writer_p += direct;
  }
  self->writer_left -= direct;
  if (self->writer_left > 0) {
    size_t moved = put(self, self->writer_p, self->writer_left);

    self->writer_p += moved;
    self->writer_left -= moved;
  }
  return count + direct;
}

ssize_t queue_read(struct queue_t* self_p, void* buf_p, size_t size) {
  struct simba_deadline never = simba_deadline_in(NULL);
  size_t done = 0;

  sys_lock();
  while (!self_p->stopped && done < size) {
    size_t got = take(self_p, (char*)buf_p + done, size - done);

    done += got;
    if (got > 0) {
      pthread_cond_broadcast(&self_p->changed);
    } else {
      (void)simba_wait(&self_p->changed, &never);
    }
  }
  sys_unlock();
  return (ssize_t)done;
}

ssize_t queue_write(struct queue_t* self_p, const void* buf_p, size_t size) {
  struct simba_deadline never = simba_deadline_in(NULL);
  size_t left = size;

  sys_lock();
  /* One writer after the other. */
  while (!self_p->stopped && self_p->writing) (void)simba_wait(&self_p->changed, &never);
  if (!self_p->stopped) {
    size_t taken = put(self_p, buf_p, size);

    self_p->writing = 1;
    self_p->writer_p = (const char*)buf_p + taken;
    self_p->writer_left = size - taken;
    pthread_cond_broadcast(&self_p->changed);
    simba_notify(&self_p->base);
    while (!self_p->stopped && self_p->writer_left > 0) {
      (void)simba_wait(&self_p->changed, &never);
    }
    left = self_p->writer_left;
    self_p->writer_left = 0;
    self_p->writing = 0;
    pthread_cond_broadcast(&self_p->changed);
  }
  sys_unlock();
  return (ssize_t)(size - left);
}

ssize_t queue_write_isr(struct queue_t* self_p, const void* buf_p, size_t size) {
  size_t taken;

  if (self_p->stopped || self_p->writer_left > 0) return 0;
  taken = put(self_p, buf_p, size);
  pthread_cond_broadcast(&self_p->changed);
  simba_notify(&self_p->base);
  return (ssize_t)taken;
}

ssize_t queue_size(struct queue_t* self_p) {
  size_t size;

  sys_lock();
  size = self_p->used + self_p->writer_left;
  sys_unlock();
  return (ssize_t)size;
}

ssize_t queue_unused_size_isr(struct queue_t* self_p) {
  return (ssize_t)(self_p->size - self_p->used);
}

ssize_t queue_unused_size(struct queue_t* self_p) {
  ssize_t size;

  sys_lock();
  size = queue_unused_size_isr(self_p);
  sys_unlock();
  return size;
}
