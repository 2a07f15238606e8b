/** \file Threads: the host's. Priorities are ignored, and so is the memory given for the stack. */
#ifndef ZSOCK_SIMBA_KERNEL_THRD_H_
#define ZSOCK_SIMBA_KERNEL_THRD_H_

#include "../kernel/time.h"
#include "../kernel/types.h"

#pragma GCC visibility push(default)

struct thrd_t;

struct thrd_environment_variable_t {
  const char* name_p;
  const char* value_p;
};

#define THRD_STACK(name, size) uint8_t name[size]

int thrd_module_init(void) SIMBA_SYMBOL(thrd_module_init);
/** \return the thread, NULL if there is none to be had */
struct thrd_t* thrd_spawn(void* (*main)(void*), void* arg_p, int prio, void* stack_p,
                          size_t stack_size) SIMBA_SYMBOL(thrd_spawn);
/** Waits for thrd_resume(). \return what that was given, or -ETIMEDOUT; NULL waits for ever */
int thrd_suspend(struct time_t* timeout_p) SIMBA_SYMBOL(thrd_suspend);
/** A thread that is not suspended will not be the next time. */
int thrd_resume(struct thrd_t* thrd_p, int err) SIMBA_SYMBOL(thrd_resume);
/** The same with the system lock (sys_lock()) held. */
int thrd_suspend_isr(struct time_t* timeout_p) SIMBA_SYMBOL(thrd_suspend_isr);
int thrd_resume_isr(struct thrd_t* thrd_p, int err) SIMBA_SYMBOL(thrd_resume_isr);
int thrd_yield(void) SIMBA_SYMBOL(thrd_yield);
/** Waits for the end of the thread, which is no more afterwards. */
int thrd_join(struct thrd_t* thrd_p) SIMBA_SYMBOL(thrd_join);
int thrd_sleep(float seconds) SIMBA_SYMBOL(thrd_sleep);
int thrd_sleep_ms(int milliseconds) SIMBA_SYMBOL(thrd_sleep_ms);
int thrd_sleep_us(long microseconds) SIMBA_SYMBOL(thrd_sleep_us);
struct thrd_t* thrd_self(void) SIMBA_SYMBOL(thrd_self);
/** The name is not copied. */
int thrd_set_name(const char* name_p) SIMBA_SYMBOL(thrd_set_name);
const char* thrd_get_name(void) SIMBA_SYMBOL(thrd_get_name);
struct thrd_t* thrd_get_by_name(const char* name_p) SIMBA_SYMBOL(thrd_get_by_name);
/** \return the mask before */
int thrd_set_log_mask(struct thrd_t* thrd_p, int mask) SIMBA_SYMBOL(thrd_set_log_mask);
int thrd_get_log_mask(void) SIMBA_SYMBOL(thrd_get_log_mask);
int thrd_set_prio(struct thrd_t* thrd_p, int prio) SIMBA_SYMBOL(thrd_set_prio);
int thrd_get_prio(void) SIMBA_SYMBOL(thrd_get_prio);
/** Variables of the calling thread. \return 0; -ENOMEM: no room for another */
int thrd_init_env(struct thrd_environment_variable_t* variables_p, int length)
    SIMBA_SYMBOL(thrd_init_env);
int thrd_set_env(const char* name_p, const char* value_p) SIMBA_SYMBOL(thrd_set_env);
const char* thrd_get_env(const char* name_p) SIMBA_SYMBOL(thrd_get_env);

#pragma GCC visibility pop

#endif /* ZSOCK_SIMBA_KERNEL_THRD_H_ */
