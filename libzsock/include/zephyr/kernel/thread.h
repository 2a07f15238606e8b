/** \file
 * Threads: the host's, preemptive, all of the same urgency. Priorities say who is served first by
 * the kernel objects of this kit, nothing else. main() and threads that the program makes with the
 * host's calls are threads of priority 0.
 */
#ifndef ZEPHYR_KERNEL_THREAD_H_
#define ZEPHYR_KERNEL_THREAD_H_

#include <pthread.h>
#include <zephyr/init.h>
#include <zephyr/kernel/thread_stack.h>
#include <zephyr/kernel/wait_q.h>
#include <zephyr/sys/util.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef void (*k_thread_entry_t)(void* p1, void* p2, void* p3);

#define Z_THREAD_NAME_SIZE 32

/** The members are the library's. */
struct k_thread {
  pthread_cond_t wake;
  pthread_t host;
  int state;
  bool holds; /**< the program goes on until it ends */
  int priority;
  k_thread_entry_t entry;
  void* parameters[3];
  void* custom_data;
  int64_t start;          /**< ns of CLOCK_MONOTONIC */
  _wait_q_t sleeping;     /**< the thread itself, before its start and in k_sleep() */
  _wait_q_t joining;      /**< those who wait for its end */
  struct k_thread* joins; /**< whose end it waits for */
  char name[Z_THREAD_NAME_SIZE];
};
typedef struct k_thread* k_tid_t;

/* Priorities: those of cooperative threads are negative. */
#define K_PRIO_COOP(x) (-(CONFIG_NUM_COOP_PRIORITIES - (x)))
#define K_PRIO_PREEMPT(x) (x)
#define K_ANY NULL
#define K_HIGHEST_THREAD_PRIO (-CONFIG_NUM_COOP_PRIORITIES)
#define K_LOWEST_THREAD_PRIO CONFIG_NUM_PREEMPT_PRIORITIES
#define K_IDLE_PRIO K_LOWEST_THREAD_PRIO
#define K_HIGHEST_APPLICATION_THREAD_PRIO K_HIGHEST_THREAD_PRIO
#define K_LOWEST_APPLICATION_THREAD_PRIO (K_LOWEST_THREAD_PRIO - 1)

/* Options; without effect: there is no user mode, and the host keeps all registers. */
#define K_ESSENTIAL BIT(0)
#define K_FP_REGS BIT(1)
#define K_USER BIT(2)
#define K_INHERIT_PERMS BIT(3)

/**
 * Makes a thread that starts after `delay`; K_FOREVER: when k_thread_start() says so.
 * \param stack_size  its real stack has at least 256 KiB
 * \return `thread`; NULL: the host has no more threads
 */
k_tid_t k_thread_create(struct k_thread* thread, k_thread_stack_t* stack, size_t stack_size,
                        k_thread_entry_t entry, void* p1, void* p2, void* p3, int priority,
                        uint32_t options, k_timeout_t delay);
/** Starts it now. Does nothing if it has started. */
void k_thread_start(k_tid_t thread);
/**
 * Ends a thread, also the calling one, and returns when it has ended: at its next call that waits
 * (k_*, zsock_*, the host's), or prints. One that never makes such a call does not end.
 */
void k_thread_abort(k_tid_t thread);
/**
 * Waits for the thread's end.
 * \return 0; -EBUSY: not yet (K_NO_WAIT); -EAGAIN: not in time; -EDEADLK: itself, or it waits for
 * the caller
 */
int k_thread_join(struct k_thread* thread, k_timeout_t timeout);
/** Ends the k_sleep() of a thread. */
void k_wakeup(k_tid_t thread);

k_tid_t k_current_get(void);
static inline k_tid_t k_sched_current_thread_query(void) {
  return k_current_get();
}
/** \param thread  NULL: the calling one. \return 0; -EINVAL: more than 31 octets */
int k_thread_name_set(k_tid_t thread, const char* name);
const char* k_thread_name_get(k_tid_t thread);
/** \return 0; -ENOSPC: the name does not fit */
int k_thread_name_copy(k_tid_t thread, char* buffer, size_t size);
int k_thread_priority_get(k_tid_t thread);
void k_thread_priority_set(k_tid_t thread, int priority);
void k_thread_custom_data_set(void* value);
void* k_thread_custom_data_get(void);

/** Nothing runs as an interrupt: timers have a thread. */
static inline bool k_is_in_isr(void) {
  return false;
}
static inline bool k_is_pre_kernel(void) {
  return false;
}
/** \return true if the calling thread's priority is one of preemptible threads */
static inline int k_is_preempt_thread(void) {
  return k_thread_priority_get(k_current_get()) >= 0;
}

/** What K_THREAD_DEFINE() says. */
struct zsock_thread_definition {
  struct k_thread* thread;
  k_thread_stack_t* stack;
  size_t stack_size;
  k_thread_entry_t entry;
  void* parameters[3];
  int priority;
  uint32_t options;
  int32_t delay_ms;
  const char* name;
};
void zsock_thread_define(const struct zsock_thread_definition* definition);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

/**
 * A thread `name` that starts `delay` milliseconds after the program, before main() and after the
 * functions of SYS_INIT(); SYS_FOREVER_MS: when k_thread_start() says so.
 */
#define K_THREAD_DEFINE(name, stack_size, entry, p1, p2, p3, priority, options, delay)          \
  K_THREAD_STACK_DEFINE(_k_thread_stack_##name, stack_size);                                    \
  struct k_thread _k_thread_obj_##name;                                                         \
  static void __attribute__((__constructor__)) zsock_thread_define_##name(void) {               \
    const struct zsock_thread_definition definition = {&_k_thread_obj_##name,                   \
                                                       _k_thread_stack_##name,                  \
                                                       (stack_size),                            \
                                                       (k_thread_entry_t)(entry),               \
                                                       {(void*)(p1), (void*)(p2), (void*)(p3)}, \
                                                       (priority),                              \
                                                       (options),                               \
                                                       (delay),                                 \
                                                       #name};                                  \
    zsock_init_run(__start_zsock_init_entry, __stop_zsock_init_entry);                          \
    zsock_thread_define(&definition);                                                           \
  }                                                                                             \
  const k_tid_t name = &_k_thread_obj_##name
#define K_KERNEL_THREAD_DEFINE K_THREAD_DEFINE

/* There is no user mode: every thread may use every object. */
#define k_thread_access_grant(...) ((void)0)
#define k_object_access_grant(...) ((void)0)
#define k_thread_heap_assign(thread, heap) ((void)(thread), (void)(heap))

#endif /* ZEPHYR_KERNEL_THREAD_H_ */
