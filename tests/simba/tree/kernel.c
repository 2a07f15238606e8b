/* A kernel as simba's for Linux: each thread is one of the host's, and one of them has the
 * processor. */
#include "simba.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct thrd_t* running; /* NULL: all are suspended */
static struct thrd_t* threads[8];
static struct thrd_t all[8];
static int count;
static __thread struct thrd_t* self;

void sys_lock(void) {
  pthread_mutex_lock(&lock);
}

void sys_unlock(void) {
  pthread_mutex_unlock(&lock);
}

/* The next one that is ready, after the calling one. */
static void schedule(void) {
  int i;

  if (running != NULL) {
    return;
  }
  for (i = 0; i < count; i++) {
    struct thrd_t* next = threads[0];

    memmove(threads, threads + 1, sizeof(threads[0]) * (size_t)(count - 1));
    threads[count - 1] = next;
    if (next->ready) {
      running = next;
      pthread_cond_signal(&next->go);
      return;
    }
  }
}

static void wait_for_processor(void) {
  schedule();
  while (running != self) {
    pthread_cond_wait(&self->go, &lock);
  }
}

static void* run(void* argument) {
  self = argument;
  sys_lock();
  wait_for_processor();
  sys_unlock();
  self->main(self->arg_p);
  sys_lock();
  self->ready = 0;
  running = NULL;
  schedule();
  sys_unlock();
  return NULL;
}

struct thrd_t* thrd_spawn(void* (*main)(void*), void* arg_p) {
  struct thrd_t* thrd_p = &all[count];

  sys_lock();
  memset(thrd_p, 0, sizeof(*thrd_p));
  pthread_cond_init(&thrd_p->go, NULL);
  thrd_p->main = main;
  thrd_p->arg_p = arg_p;
  thrd_p->ready = 1;
  threads[count++] = thrd_p;
  sys_unlock();
  if (pthread_create(&thrd_p->host, NULL, run, thrd_p) != 0) {
    abort();
  }
  return thrd_p;
}

/* The calling thread becomes the first one. */
void sys_start(void) {
  self = &all[0];
  pthread_cond_init(&self->go, NULL);
  self->ready = 1;
  threads[count++] = self;
  running = self;
}

struct thrd_t* thrd_self(void) {
  return self;
}

int thrd_suspend_isr(const struct time_t* timeout_p) {
  (void)timeout_p;
  if (!self->resumed) {
    self->ready = 0;
    self->suspended = 1;
    running = NULL;
    wait_for_processor();
  }
  self->resumed = 0;
  return self->result;
}

int thrd_suspend(const struct time_t* timeout_p) {
  int result;

  sys_lock();
  result = thrd_suspend_isr(timeout_p);
  sys_unlock();
  return result;
}

/* A thread that is not suspended will not suspend itself the next time. */
int thrd_resume_isr(struct thrd_t* thrd_p, int err) {
  thrd_p->result = err;
  if (thrd_p->suspended) {
    thrd_p->suspended = 0;
    thrd_p->ready = 1;
    schedule();
  } else {
    thrd_p->resumed = 1;
  }
  return 0;
}

void thrd_yield(void) {
  sys_lock();
  running = NULL;
  wait_for_processor();
  sys_unlock();
}

void thrd_join(struct thrd_t* thrd_p) {
  sys_lock();
  running = NULL;
  self->ready = 0;
  schedule();
  sys_unlock();
  pthread_join(thrd_p->host, NULL);
  sys_lock();
  self->ready = 1;
  wait_for_processor();
  sys_unlock();
}

int chan_init(struct chan_t* self_p, chan_read_fn_t read, chan_write_fn_t write,
              chan_size_fn_t size) {
  self_p->read = read;
  self_p->write = write;
  self_p->size = size;
  self_p->reader_p = NULL;
  return 0;
}

int chan_is_polled_isr(struct chan_t* self_p) {
  return self_p->reader_p != NULL;
}

struct chan_t* chan_poll_two(void* first_p, void* second_p) {
  struct chan_t* both[2] = {first_p, second_p};
  struct chan_t* found = NULL;
  int i;

  sys_lock();
  while (found == NULL) {
    for (i = 0; i < 2 && found == NULL; i++) {
      found = both[i]->size(both[i]) > 0 ? both[i] : NULL;
    }
    if (found == NULL) {
      both[0]->reader_p = both[1]->reader_p = thrd_self();
      thrd_suspend_isr(NULL);
      both[0]->reader_p = both[1]->reader_p = NULL;
    }
  }
  sys_unlock();
  return found;
}
