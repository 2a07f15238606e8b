/** \file
 * The part of Zephyr's kernel that socket programs use: time, threads and what they wait for,
 * timers, work queues, heaps, functions that run before main(), and the small macros.
 */
#ifndef ZEPHYR_KERNEL_H_
#define ZEPHYR_KERNEL_H_

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zephyr/init.h>
#include <zephyr/kernel/heap.h>
#include <zephyr/kernel/missing.h>
#include <zephyr/kernel/poll.h>
#include <zephyr/kernel/queue.h>
#include <zephyr/kernel/slab.h>
#include <zephyr/kernel/sync.h>
#include <zephyr/kernel/thread.h>
#include <zephyr/kernel/timer.h>
#include <zephyr/kernel/work.h>
#include <zephyr/spinlock.h>
#include <zephyr/sys/__assert.h>
#include <zephyr/sys/atomic.h>
#include <zephyr/sys/dlist.h>
#include <zephyr/sys/printk.h>
#include <zephyr/sys/slist.h>
#include <zephyr/sys/util.h>
#include <zephyr/sys_clock.h>
#include <zephyr/toolchain.h>
#include <zephyr/types.h>
#include <zephyr/zsock_config.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/**
 * Sleeps at least so long, signals notwithstanding.
 * \return 0; milliseconds left if k_wakeup() ended it (-1 of K_FOREVER)
 */
int32_t k_sleep(k_timeout_t timeout);
int32_t k_msleep(int32_t milliseconds);
/** \return microseconds left */
int32_t k_usleep(int32_t microseconds);
void k_yield(void);
/** Spins. */
void k_busy_wait(uint32_t microseconds);

/** Milliseconds since the program started. */
int64_t k_uptime_get(void);
uint32_t k_uptime_get_32(void);
int64_t k_uptime_ticks(void);
int64_t k_uptime_seconds(void);
/** Milliseconds since *reference, which becomes the present time. */
int64_t k_uptime_delta(int64_t* reference);
/** A free-running counter of nanoseconds. */
uint32_t k_cycle_get_32(void);
uint64_t k_cycle_get_64(void);

/**
 * Excludes all threads that also call it, as on a target with several processors; may be nested.
 * \return for irq_unlock()
 */
unsigned int irq_lock(void);
void irq_unlock(unsigned int key);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#if ZSOCK_COMPAT_ZEPHYR < 30400
/* main() returns nothing; the program's status is 0. */
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wmain-return-type"
#else
#pragma GCC diagnostic ignored "-Wmain"
#endif
#ifdef __cplusplus
extern "C"
#endif
    const int zsock_main_returns_nothing __attribute__((__weak__, __visibility__("default"))) = 1;
#endif

/* What cannot go on. */
#define k_panic() abort()
#define k_oops() abort()

#endif /* ZEPHYR_KERNEL_H_ */
