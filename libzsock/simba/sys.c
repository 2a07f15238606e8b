/** \file The system and its time. */
#include "libzsock/simba/thread.h"

#include <unistd.h>

enum { kNanoseconds = 1000000000 };

static ssize_t console_read(void* self_p, void* buf_p, size_t size) {
  (void)self_p;
  return (ssize_t)fread(buf_p, 1, size, stdin);
}

static ssize_t console_write(void* self_p, const void* buf_p, size_t size) {
  size_t written = fwrite(buf_p, 1, size, stdout);

  (void)self_p;
  fflush(stdout);
  return (ssize_t)written;
}

static struct chan_t console = {.read = console_read,
                                .write = console_write,
                                .size = chan_size_null,
                                .control = chan_control_null,
                                .write_isr = console_write};
static void* standard_in = &console;
static void* standard_out = &console;
static struct timespec start_of_program;
/* What time_set() has moved the time by; the system lock guards it. */
static struct time_t offset;

__attribute__((constructor(101))) static void note_start(void) {
  clock_gettime(CLOCK_MONOTONIC, &start_of_program);
}

int sys_module_init(void) {
  return 0;
}

int sys_start(void) {
  return thrd_module_init();
}

void sys_stop(int error) {
  exit(error == 0 ? 0 : 1);
}

int sys_uptime_isr(struct time_t* uptime_p) {
  struct timespec now;
  int64_t nanoseconds;

  clock_gettime(CLOCK_MONOTONIC, &now);
  nanoseconds = ((int64_t)now.tv_sec - start_of_program.tv_sec) * kNanoseconds + now.tv_nsec -
                start_of_program.tv_nsec;
  uptime_p->seconds = (int32_t)(nanoseconds / kNanoseconds);
  uptime_p->nanoseconds = (int32_t)(nanoseconds % kNanoseconds);
  return 0;
}

int sys_uptime(struct time_t* uptime_p) {
  return sys_uptime_isr(uptime_p);
}

void sys_set_stdin(void* chan_p) {
  standard_in = chan_p;
}
void* sys_get_stdin(void) {
  return standard_in;
}
void sys_set_stdout(void* chan_p) {
  standard_out = chan_p;
}
void* sys_get_stdout(void) {
  return standard_out;
}

/* Nanoseconds from 0 to 999999999. */
static struct time_t normalized(int64_t seconds, int64_t nanoseconds) {
  seconds += nanoseconds / kNanoseconds;
  nanoseconds %= kNanoseconds;
  if (nanoseconds < 0) {
    nanoseconds += kNanoseconds;
    seconds--;
  }
  return (struct time_t){(int32_t)seconds, (int32_t)nanoseconds};
}

int time_add(struct time_t* res_p, struct time_t* left_p, struct time_t* right_p) {
  *res_p = normalized((int64_t)left_p->seconds + right_p->seconds,
                      (int64_t)left_p->nanoseconds + right_p->nanoseconds);
  return 0;
}

int time_subtract(struct time_t* res_p, struct time_t* left_p, struct time_t* right_p) {
  *res_p = normalized((int64_t)left_p->seconds - right_p->seconds,
                      (int64_t)left_p->nanoseconds - right_p->nanoseconds);
  return 0;
}

int time_get(struct time_t* now_p) {
  struct time_t uptime;

  sys_uptime(&uptime);
  sys_lock();
  time_add(now_p, &uptime, &offset);
  sys_unlock();
  return 0;
}

int time_set(struct time_t* new_p) {
  struct time_t uptime;

  sys_uptime(&uptime);
  sys_lock();
  time_subtract(&offset, new_p, &uptime);
  sys_unlock();
  return 0;
}

void time_busy_wait_us(long useconds) {
  struct time_t duration = normalized(0, useconds * INT64_C(1000));
  struct simba_deadline deadline = simba_deadline_in(&duration);
  struct timespec now;

  do {
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while (now.tv_sec < deadline.at.tv_sec ||
           (now.tv_sec == deadline.at.tv_sec && now.tv_nsec < deadline.at.tv_nsec));
}
