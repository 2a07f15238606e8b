/** \file Threads: the host's, and suspending and resuming on top of an eventfd each. */
#define _GNU_SOURCE
#include "libzsock/simba/thread.h"

#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { kLeastStack = 256 * 1024, kNanoseconds = 1000000000 };

struct thrd_t {
  pthread_t id;
  void* (*main)(void*);
  void* arg_p;
  const char* name_p;
  int prio;
  int log_mask;
  int wake; /* eventfd; -1: not there yet */
  int resumed;
  int err;
  struct thrd_environment_variable_t* variables_p;
  int variables;
  int variables_max;
  struct thrd_t* next_p;
};

static pthread_mutex_t system_lock = PTHREAD_MUTEX_INITIALIZER;
static struct thrd_t* all_threads;
static __thread struct thrd_t* this_thread;

void sys_lock(void) {
  pthread_mutex_lock(&system_lock);
}
void sys_unlock(void) {
  pthread_mutex_unlock(&system_lock);
}
void sys_lock_isr(void) {
  sys_lock();
}
void sys_unlock_isr(void) {
  sys_unlock();
}

struct simba_deadline simba_deadline_in(const struct time_t* timeout_p) {
  struct simba_deadline deadline = {.never = timeout_p == NULL};

  if (timeout_p == NULL) return deadline;
  clock_gettime(CLOCK_MONOTONIC, &deadline.at);
  deadline.at.tv_sec += timeout_p->seconds;
  deadline.at.tv_nsec += timeout_p->nanoseconds;
  deadline.at.tv_sec += deadline.at.tv_nsec / kNanoseconds;
  deadline.at.tv_nsec %= kNanoseconds;
  if (deadline.at.tv_nsec < 0) {
    deadline.at.tv_nsec += kNanoseconds;
    deadline.at.tv_sec--;
  }
  return deadline;
}

int simba_deadline_ms(const struct simba_deadline* deadline) {
  struct timespec now;
  int64_t left;

  if (deadline->never) return -1;
  clock_gettime(CLOCK_MONOTONIC, &now);
  left = ((int64_t)deadline->at.tv_sec - now.tv_sec) * 1000 +
         (deadline->at.tv_nsec - now.tv_nsec + 999999) / 1000000;
  if (left < 0) return 0;
  return left > INT_MAX ? INT_MAX : (int)left;
}

int simba_wait(pthread_cond_t* changed, const struct simba_deadline* deadline) {
  int error = deadline->never
                  ? pthread_cond_wait(changed, &system_lock)
                  : pthread_cond_clockwait(changed, &system_lock, CLOCK_MONOTONIC, &deadline->at);

  return -error;
}

/* Known by the list from now on. */
static struct thrd_t* make_thread(void) {
  struct thrd_t* thread = calloc(1, sizeof(*thread));

  if (thread == NULL) return NULL;
  thread->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread->log_mask = LOG_UPTO(INFO);
  thread->name_p = "";
  sys_lock();
  thread->next_p = all_threads;
  all_threads = thread;
  sys_unlock();
  return thread;
}

static void forget_thread(struct thrd_t* thread) {
  struct thrd_t** at_pp;

  sys_lock();
  for (at_pp = &all_threads; *at_pp != NULL; at_pp = &(*at_pp)->next_p) {
    if (*at_pp == thread) {
      *at_pp = thread->next_p;
      break;
    }
  }
  sys_unlock();
  if (thread->wake >= 0) close(thread->wake);
  free(thread);
}

struct thrd_t* thrd_self(void) {
  if (this_thread == NULL) {
    this_thread = make_thread();
    if (this_thread == NULL) abort();
    this_thread->id = pthread_self();
    this_thread->name_p = "main";
  }
  return this_thread;
}

static void* run(void* thread_p) {
  this_thread = thread_p;
  return this_thread->main(this_thread->arg_p);
}

struct thrd_t* thrd_spawn(void* (*main)(void*), void* arg_p, int prio, void* stack_p,
                          size_t stack_size) {
  struct thrd_t* thread = make_thread();
  pthread_attr_t attributes;
  int error;

  (void)stack_p;
  if (thread == NULL) return NULL;
  thread->main = main;
  thread->arg_p = arg_p;
  thread->prio = prio;
  pthread_attr_init(&attributes);
  /* Enough for the C library, whatever was enough for a microcontroller. */
  pthread_attr_setstacksize(&attributes, MAX(kLeastStack, (stack_size + 4095) / 4096 * 4096));
  error = pthread_create(&thread->id, &attributes, run, thread);
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    forget_thread(thread);
    return NULL;
  }
  return thread;
}

int thrd_join(struct thrd_t* thrd_p) {
  int error = pthread_join(thrd_p->id, NULL);

  if (error == 0) forget_thread(thrd_p);
  return -error;
}

int simba_wake_descriptor(void) {
  return thrd_self()->wake;
}

void simba_forget_resume(void) {
  struct thrd_t* self = thrd_self();
  eventfd_t times;

  self->resumed = 0;
  (void)eventfd_read(self->wake, &times);
}

int thrd_suspend_isr(struct time_t* timeout_p) {
  struct simba_deadline deadline = simba_deadline_in(timeout_p);
  struct thrd_t* self;

  /* The first call of a thread registers it, which takes the lock. */
  sys_unlock();
  self = thrd_self();
  sys_lock();
  while (!self->resumed) {
    struct pollfd wake = {.fd = self->wake, .events = POLLIN};
    int left = simba_deadline_ms(&deadline);

    if (left == 0) return -ETIMEDOUT;
    sys_unlock();
    (void)poll(&wake, 1, left);
    sys_lock();
  }
  simba_forget_resume();
  return self->err;
}

int thrd_suspend(struct time_t* timeout_p) {
  int result;

  sys_lock();
  result = thrd_suspend_isr(timeout_p);
  sys_unlock();
  return result;
}

int thrd_resume_isr(struct thrd_t* thrd_p, int err) {
  thrd_p->resumed = 1;
  thrd_p->err = err;
  return eventfd_write(thrd_p->wake, 1) == 0 ? 0 : -errno;
}

int thrd_resume(struct thrd_t* thrd_p, int err) {
  int result;

  sys_lock();
  result = thrd_resume_isr(thrd_p, err);
  sys_unlock();
  return result;
}

void simba_notify(struct chan_t* chan) {
  if (chan_is_polled_isr(chan)) (void)thrd_resume_isr(chan->reader_p, 0);
}

int thrd_module_init(void) {
  (void)thrd_self();
  return 0;
}

int thrd_yield(void) {
  return sched_yield();
}

int thrd_sleep_us(long microseconds) {
  struct timespec left = {.tv_sec = microseconds / 1000000,
                          .tv_nsec = microseconds % 1000000 * 1000};

  while (microseconds > 0 && nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
  return 0;
}

int thrd_sleep_ms(int milliseconds) {
  return thrd_sleep_us(milliseconds * 1000L);
}

int thrd_sleep(float seconds) {
  return thrd_sleep_us((long)((double)seconds * 1e6));
}

int thrd_set_name(const char* name_p) {
  thrd_self()->name_p = name_p;
  return 0;
}

const char* thrd_get_name(void) {
  return thrd_self()->name_p;
}

struct thrd_t* thrd_get_by_name(const char* name_p) {
  struct thrd_t* thread;

  sys_lock();
  for (thread = all_threads; thread != NULL; thread = thread->next_p) {
    if (strcmp(thread->name_p, name_p) == 0) break;
  }
  sys_unlock();
  return thread;
}

int thrd_set_log_mask(struct thrd_t* thrd_p, int mask) {
  int before = thrd_p->log_mask;

  thrd_p->log_mask = mask;
  return before;
}

int thrd_get_log_mask(void) {
  return thrd_self()->log_mask;
}

int thrd_set_prio(struct thrd_t* thrd_p, int prio) {
  thrd_p->prio = prio;
  return 0;
}

int thrd_get_prio(void) {
  return thrd_self()->prio;
}

int thrd_init_env(struct thrd_environment_variable_t* variables_p, int length) {
  struct thrd_t* self = thrd_self();

  self->variables_p = variables_p;
  self->variables = 0;
  self->variables_max = length;
  return 0;
}

static struct thrd_environment_variable_t* find_variable(const char* name_p) {
  struct thrd_t* self = thrd_self();
  int i;

  for (i = 0; i < self->variables; i++) {
    if (strcmp(self->variables_p[i].name_p, name_p) == 0) return &self->variables_p[i];
  }
  return NULL;
}

int thrd_set_env(const char* name_p, const char* value_p) {
  struct thrd_t* self = thrd_self();
  struct thrd_environment_variable_t* variable = find_variable(name_p);

  if (value_p == NULL) {
    if (variable != NULL) *variable = self->variables_p[--self->variables];
    return 0;
  }
  if (variable == NULL) {
    if (self->variables == self->variables_max) return -ENOMEM;
    variable = &self->variables_p[self->variables++];
  }
  variable->name_p = name_p;
  variable->value_p = value_p;
  return 0;
}

const char* thrd_get_env(const char* name_p) {
  struct thrd_environment_variable_t* variable = find_variable(name_p);

  return variable == NULL ? NULL : variable->value_p;
}
