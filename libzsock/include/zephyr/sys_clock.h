/** \file Durations: k_timeout_t, its constructors, and conversions of ticks. */
#ifndef ZEPHYR_SYS_CLOCK_H_
#define ZEPHYR_SYS_CLOCK_H_

#include <zephyr/types.h>
#include <zephyr/zsock_config.h>

typedef int64_t k_ticks_t;

/** A duration in ticks; -1 is for ever. */
typedef struct {
  k_ticks_t ticks;
} k_timeout_t;

#define K_TICKS_FOREVER ((k_ticks_t)-1)
#define SYS_FOREVER_MS (-1)
#define SYS_FOREVER_US (-1)

#define MSEC_PER_SEC 1000U
#define USEC_PER_MSEC 1000U
#define USEC_PER_SEC 1000000U
#define NSEC_PER_USEC 1000U
#define NSEC_PER_MSEC 1000000U
#define NSEC_PER_SEC 1000000000U
#define SEC_PER_MIN 60U
#define MIN_PER_HOUR 60U

#ifdef __cplusplus
#define Z_TIMEOUT_TICKS(t) (k_timeout_t{static_cast<k_ticks_t>(t)})
#else
#define Z_TIMEOUT_TICKS(t) ((k_timeout_t){.ticks = (k_ticks_t)(t)})
#endif

/* `value` units, of which there are `per_second`, as ticks, rounded up; negative counts as 0. */
#define Z_TICKS_CEIL(value, per_second)                                                       \
  ((k_ticks_t)((value) > 0                                                                    \
                   ? ((uint64_t)(value)*CONFIG_SYS_CLOCK_TICKS_PER_SEC + ((per_second)-1U)) / \
                         (per_second)                                                         \
                   : 0))

#define K_NO_WAIT Z_TIMEOUT_TICKS(0)
#define K_FOREVER Z_TIMEOUT_TICKS(K_TICKS_FOREVER)
#define K_TICKS(t) Z_TIMEOUT_TICKS(t)
#define K_NSEC(t) Z_TIMEOUT_TICKS(Z_TICKS_CEIL(t, NSEC_PER_SEC))
#define K_USEC(t) Z_TIMEOUT_TICKS(Z_TICKS_CEIL(t, USEC_PER_SEC))
#define K_MSEC(t) Z_TIMEOUT_TICKS(Z_TICKS_CEIL(t, MSEC_PER_SEC))
#define K_SECONDS(t) Z_TIMEOUT_TICKS(Z_TICKS_CEIL(t, 1U))
#define K_MINUTES(t) K_SECONDS((t)*60)
#define K_HOURS(t) K_MINUTES((t)*60)
#define K_TIMEOUT_EQ(a, b) ((a).ticks == (b).ticks)

static inline uint64_t k_ticks_to_ms_floor64(uint64_t ticks) {
  return ticks * MSEC_PER_SEC / CONFIG_SYS_CLOCK_TICKS_PER_SEC;
}

/** K_TICKS_FOREVER becomes SYS_FOREVER_MS as an int. */
static inline uint64_t k_ticks_to_ms_ceil64(uint64_t ticks) {
  if (ticks == (uint64_t)K_TICKS_FOREVER) {
    return ticks;
  }
  return (ticks * MSEC_PER_SEC + (CONFIG_SYS_CLOCK_TICKS_PER_SEC - 1U)) /
         CONFIG_SYS_CLOCK_TICKS_PER_SEC;
}

static inline uint32_t k_ticks_to_ms_floor32(uint64_t ticks) {
  return (uint32_t)k_ticks_to_ms_floor64(ticks);
}

static inline uint32_t k_ticks_to_ms_ceil32(uint64_t ticks) {
  return (uint32_t)k_ticks_to_ms_ceil64(ticks);
}

static inline uint64_t k_ms_to_ticks_ceil64(uint64_t milliseconds) {
  return (milliseconds * CONFIG_SYS_CLOCK_TICKS_PER_SEC + (MSEC_PER_SEC - 1U)) / MSEC_PER_SEC;
}

static inline uint32_t k_ms_to_ticks_ceil32(uint64_t milliseconds) {
  return (uint32_t)k_ms_to_ticks_ceil64(milliseconds);
}

#endif /* ZEPHYR_SYS_CLOCK_H_ */
