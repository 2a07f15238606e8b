/** \file Semaphores, mutexes and events; the system lock guards them. */
#include "libzsock/simba/thread.h"

int sem_module_init(void) {
  return 0;
}

int sem_init(struct sem_t* self_p, int count, int count_max) {
  *self_p = (struct sem_t){count, count_max, PTHREAD_COND_INITIALIZER};
  return 0;
}

int sem_take(struct sem_t* self_p, struct time_t* timeout_p) {
  struct simba_deadline deadline = simba_deadline_in(timeout_p);
  int error = 0;

  sys_lock();
  while (self_p->count >= self_p->count_max && error == 0) {
    error = simba_wait(&self_p->changed, &deadline);
  }
  if (self_p->count < self_p->count_max) {
    self_p->count++;
    error = 0;
  }
  sys_unlock();
  return error;
}

int sem_give_isr(struct sem_t* self_p, int count) {
  self_p->count = MAX(self_p->count - count, 0);
  pthread_cond_broadcast(&self_p->changed);
  return 0;
}

int sem_give(struct sem_t* self_p, int count) {
  sys_lock();
  sem_give_isr(self_p, count);
  sys_unlock();
  return 0;
}

int mutex_module_init(void) {
  return 0;
}

int mutex_init(struct mutex_t* self_p) {
  *self_p = (struct mutex_t){0, PTHREAD_COND_INITIALIZER};
  return 0;
}

int mutex_lock_isr(struct mutex_t* self_p) {
  struct simba_deadline never = simba_deadline_in(NULL);

  while (self_p->is_locked) (void)simba_wait(&self_p->changed, &never);
  self_p->is_locked = 1;
  return 0;
}

int mutex_unlock_isr(struct mutex_t* self_p) {
  self_p->is_locked = 0;
  pthread_cond_signal(&self_p->changed);
  return 0;
}

int mutex_lock(struct mutex_t* self_p) {
  sys_lock();
  mutex_lock_isr(self_p);
  sys_unlock();
  return 0;
}

int mutex_unlock(struct mutex_t* self_p) {
  sys_lock();
  mutex_unlock_isr(self_p);
  sys_unlock();
  return 0;
}

static ssize_t channel_read(void* self_p, void* buf_p, size_t size) {
  return event_read(self_p, buf_p, size);
}

static ssize_t channel_write(void* self_p, const void* buf_p, size_t size) {
  return event_write(self_p, buf_p, size);
}

static ssize_t channel_write_isr(void* self_p, const void* buf_p, size_t size) {
  return event_write_isr(self_p, buf_p, size);
}

static size_t channel_size(void* self_p) {
  return (size_t)event_size(self_p);
}

int event_init(struct event_t* self_p) {
  chan_init(&self_p->base, channel_read, channel_write, channel_size);
  self_p->base.write_isr = channel_write_isr;
  self_p->mask = 0;
  self_p->changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
  return 0;
}

/* With the lock held: takes those of *mask that came. */
static int take_events(struct event_t* self, uint32_t* mask) {
  uint32_t came = self->mask & *mask;

  if (came == 0) return 0;
  self->mask &= ~came;
  *mask = came;
  return 1;
}

ssize_t event_read(struct event_t* self_p, void* buf_p, size_t size) {
  struct simba_deadline never = simba_deadline_in(NULL);

  ASSERTN(size == sizeof(uint32_t), EINVAL);
  sys_lock();
  while (!take_events(self_p, buf_p)) (void)simba_wait(&self_p->changed, &never);
  sys_unlock();
  return (ssize_t)size;
}

ssize_t event_try_read(struct event_t* self_p, void* buf_p, size_t size) {
  int taken;

  ASSERTN(size == sizeof(uint32_t), EINVAL);
  sys_lock();
  taken = take_events(self_p, buf_p);
  sys_unlock();
  return taken ? (ssize_t)size : -EAGAIN;
}

ssize_t event_write_isr(struct event_t* self_p, const void* buf_p, size_t size) {
  uint32_t mask;

  ASSERTN(size == sizeof(mask), EINVAL);
  memcpy(&mask, buf_p, sizeof(mask));
  self_p->mask |= mask;
  pthread_cond_broadcast(&self_p->changed);
  simba_notify(&self_p->base);
  return (ssize_t)size;
}

ssize_t event_write(struct event_t* self_p, const void* buf_p, size_t size) {
  ssize_t result;

  sys_lock();
  result = event_write_isr(self_p, buf_p, size);
  sys_unlock();
  return result;
}

ssize_t event_size(struct event_t* self_p) {
  uint32_t mask;

  sys_lock();
  mask = self_p->mask;
  sys_unlock();
  return __builtin_popcount(mask);
}

int event_clear(struct event_t* self_p, uint32_t mask) {
  sys_lock();
  self_p->mask &= ~mask;
  sys_unlock();
  return 0;
}
