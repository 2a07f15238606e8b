/** \file Timers. Their functions run one after the other in a thread of the library's. */
#ifndef ZEPHYR_KERNEL_TIMER_H_
#define ZEPHYR_KERNEL_TIMER_H_

#include <zephyr/kernel/wait_q.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct k_timer;
typedef void (*k_timer_expiry_t)(struct k_timer* timer);
typedef void (*k_timer_stop_t)(struct k_timer* timer);

struct k_timer {
  struct zsock_timeout timeout; /* the first member */
  _wait_q_t wait_q;
  k_timer_expiry_t expiry_fn;
  k_timer_stop_t stop_fn;
  int64_t period; /**< ns; 0: expires once */
  uint32_t status;
  void* user_data;
};

#define Z_TIMER_INITIALIZER(expiry, stop) \
  { {NULL, 0, NULL, false}, {NULL}, (expiry), (stop), 0, 0, NULL }
#define K_TIMER_DEFINE(name, expiry, stop) struct k_timer name = Z_TIMER_INITIALIZER(expiry, stop)

void k_timer_init(struct k_timer* timer, k_timer_expiry_t expiry_fn, k_timer_stop_t stop_fn);
/** Starts, or starts again. Period K_NO_WAIT or K_FOREVER: once; duration K_FOREVER: not at all. */
void k_timer_start(struct k_timer* timer, k_timeout_t duration, k_timeout_t period);
/** Calls the stop function if it was running. Its function is not running when this returns. */
void k_timer_stop(struct k_timer* timer);
/** How often it expired since this was last asked. */
uint32_t k_timer_status_get(struct k_timer* timer);
/** The same; waits until it has expired once, or is stopped. */
uint32_t k_timer_status_sync(struct k_timer* timer);
/** Ticks of uptime at which it will expire. */
k_ticks_t k_timer_expires_ticks(const struct k_timer* timer);
/** Ticks until it expires; 0: it does not run. */
k_ticks_t k_timer_remaining_ticks(const struct k_timer* timer);
/** Milliseconds until it expires; 0: it does not run. */
uint32_t k_timer_remaining_get(struct k_timer* timer);
void k_timer_user_data_set(struct k_timer* timer, void* user_data);
void* k_timer_user_data_get(const struct k_timer* timer);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_KERNEL_TIMER_H_ */
