/** \file
 * The part of Zephyr's kernel that socket programs use: time, sleep, mutexes and semaphores,
 * functions that run before main(), and the small macros.
 */
#ifndef ZEPHYR_KERNEL_H_
#define ZEPHYR_KERNEL_H_

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <zephyr/init.h>
#include <zephyr/kernel/sync.h>
#include <zephyr/kernel/work.h>
#include <zephyr/sys/printk.h>
#include <zephyr/sys/util.h>
#include <zephyr/sys_clock.h>
#include <zephyr/toolchain.h>
#include <zephyr/types.h>
#include <zephyr/zsock_config.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** Sleeps at least so long, signals notwithstanding. \return 0, milliseconds left if K_FOREVER */
int32_t k_sleep(k_timeout_t timeout);
int32_t k_msleep(int32_t milliseconds);
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

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_KERNEL_H_ */
