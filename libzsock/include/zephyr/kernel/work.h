/** \file
 * Work: functions that a queue's thread runs one after the other, at once or later. The system's
 * queue starts when it gets something to do.
 */
#ifndef ZEPHYR_KERNEL_WORK_H_
#define ZEPHYR_KERNEL_WORK_H_

#include <zephyr/kernel/thread.h>
#include <zephyr/kernel/wait_q.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct k_work;
struct k_work_q;
typedef void (*k_work_handler_t)(struct k_work* work);

/* What k_work_busy_get() and others say. */
#define K_WORK_RUNNING 1
#define K_WORK_CANCELING 2
#define K_WORK_QUEUED 4
#define K_WORK_DELAYED 8
#define K_WORK_FLUSHING 16

struct k_work {
  struct k_work* next;
  k_work_handler_t handler;
  struct k_work_q* queue; /**< the last one it was submitted to */
  uint32_t flags;
  _wait_q_t done; /**< who waits until it has run */
};

struct k_work_delayable {
  struct k_work work; /* the first member */
  struct zsock_timeout timeout;
  struct k_work_q* queue; /**< where it goes when its time has come */
};

struct k_work_sync {
  int unused;
};

struct k_work_queue_config {
  const char* name;
  bool no_yield;
  bool essential;
  uint32_t work_timeout_ms; /**< not watched */
};

struct k_work_q {
  struct k_thread thread;
  struct k_work* head;
  struct k_work* running;
  uint32_t flags;
  _wait_q_t work_q;  /**< the queue's thread */
  _wait_q_t drain_q; /**< who waits until it is empty */
};

extern struct k_work_q k_sys_work_q;

#define Z_WORK_INITIALIZER(handler_) \
  {                                  \
    NULL, (handler_), NULL, 0, {     \
      NULL                           \
    }                                \
  }
#define K_WORK_DEFINE(name, handler_) struct k_work name = Z_WORK_INITIALIZER(handler_)
#define Z_WORK_DELAYABLE_INITIALIZER(handler_) \
  { Z_WORK_INITIALIZER(handler_), {NULL, 0, NULL, false}, NULL }
#define K_WORK_DELAYABLE_DEFINE(name, handler_) \
  struct k_work_delayable name = Z_WORK_DELAYABLE_INITIALIZER(handler_)

void k_work_init(struct k_work* work, k_work_handler_t handler);
/** K_WORK_* \return 0: idle */
int k_work_busy_get(const struct k_work* work);
static inline bool k_work_is_pending(const struct k_work* work) {
  return k_work_busy_get(work) != 0;
}
/**
 * \return 1: queued; 0: it was queued already; 2: it is running and queued again, where it runs;
 * -EBUSY: it is being cancelled, or the queue is draining or plugged; -EINVAL: no queue; -ENODEV:
 * the queue has not been started
 */
int k_work_submit_to_queue(struct k_work_q* queue, struct k_work* work);
int k_work_submit(struct k_work* work);
/** Waits until it has run. \return true if it had to wait */
bool k_work_flush(struct k_work* work, struct k_work_sync* sync);
/** Takes it off the queue. \return what k_work_busy_get() says then: 0, or it is still running */
int k_work_cancel(struct k_work* work);
/** The same; waits until it does not run any more. \return true if it was not idle */
bool k_work_cancel_sync(struct k_work* work, struct k_work_sync* sync);

void k_work_queue_init(struct k_work_q* queue);
/** \param config  may be NULL */
void k_work_queue_start(struct k_work_q* queue, k_thread_stack_t* stack, size_t stack_size,
                        int priority, const struct k_work_queue_config* config);
/** Waits until it is empty. \param plug  nothing more gets in. \return 1: it had to wait; 0 */
int k_work_queue_drain(struct k_work_q* queue, bool plug);
/** \return 0; -EALREADY: it was not plugged */
int k_work_queue_unplug(struct k_work_q* queue);
/**
 * Ends the thread of a queue that is plugged.
 * \return 0; -EALREADY: it has none; -EBUSY: it is not plugged; -ETIMEDOUT
 */
int k_work_queue_stop(struct k_work_q* queue, k_timeout_t timeout);
static inline k_tid_t k_work_queue_thread_get(struct k_work_q* queue) {
  return &queue->thread;
}

void k_work_init_delayable(struct k_work_delayable* work, k_work_handler_t handler);
static inline struct k_work_delayable* k_work_delayable_from_work(struct k_work* work) {
  return (struct k_work_delayable*)(void*)work;
}
int k_work_delayable_busy_get(const struct k_work_delayable* work);
static inline bool k_work_delayable_is_pending(const struct k_work_delayable* work) {
  return k_work_delayable_busy_get(work) != 0;
}
/** Ticks of uptime at which its time comes. */
k_ticks_t k_work_delayable_expires_get(const struct k_work_delayable* work);
/** Ticks until then; 0: nothing is scheduled. */
k_ticks_t k_work_delayable_remaining_get(const struct k_work_delayable* work);
/**
 * Schedules it, unless it is scheduled or queued already. K_NO_WAIT: submits it.
 * \return 1: scheduled; 0: it was already; else as k_work_submit_to_queue()
 */
int k_work_schedule_for_queue(struct k_work_q* queue, struct k_work_delayable* work,
                              k_timeout_t delay);
int k_work_schedule(struct k_work_delayable* work, k_timeout_t delay);
/** Schedules it anew. \return as k_work_schedule_for_queue(), but 1 also if it was scheduled */
int k_work_reschedule_for_queue(struct k_work_q* queue, struct k_work_delayable* work,
                                k_timeout_t delay);
int k_work_reschedule(struct k_work_delayable* work, k_timeout_t delay);
/** If it is scheduled, submits it now; waits until it has run. \return true if it had to wait */
bool k_work_flush_delayable(struct k_work_delayable* work, struct k_work_sync* sync);
int k_work_cancel_delayable(struct k_work_delayable* work);
bool k_work_cancel_delayable_sync(struct k_work_delayable* work, struct k_work_sync* sync);

/* Before Zephyr 3.0. */
struct k_delayed_work {
  struct k_work_delayable work; /* the first member */
};
#define K_DELAYED_WORK_DEFINE(name, handler_) \
  struct k_delayed_work name = {Z_WORK_DELAYABLE_INITIALIZER(handler_)}
static inline void k_delayed_work_init(struct k_delayed_work* work, k_work_handler_t handler) {
  k_work_init_delayable(&work->work, handler);
}
/** \return 0; else as k_work_reschedule_for_queue() */
static inline int k_delayed_work_submit_to_queue(struct k_work_q* queue,
                                                 struct k_delayed_work* work, k_timeout_t delay) {
  const int result = k_work_reschedule_for_queue(queue, &work->work, delay);
  return result < 0 ? result : 0;
}
static inline int k_delayed_work_submit(struct k_delayed_work* work, k_timeout_t delay) {
  return k_delayed_work_submit_to_queue(&k_sys_work_q, work, delay);
}
static inline bool k_delayed_work_pending(struct k_delayed_work* work) {
  return k_work_delayable_is_pending(&work->work);
}
/** \return 0; -EINVAL: it was not pending; -EINPROGRESS: it is running */
static inline int k_delayed_work_cancel(struct k_delayed_work* work) {
  const bool pending = k_delayed_work_pending(work);
  if (k_work_cancel_delayable(&work->work) != 0) {
    return -EINPROGRESS;
  }
  return pending ? 0 : -EINVAL;
}
/** Milliseconds until its time comes; 0: nothing is scheduled. */
static inline int32_t k_delayed_work_remaining_get(struct k_delayed_work* work) {
  return (int32_t)k_ticks_to_ms_floor32((uint64_t)k_work_delayable_remaining_get(&work->work));
}

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_KERNEL_WORK_H_ */
