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
#define K_CYC(t) K_NSEC(t)
/** Not how long, but until when: so long after the program's start. */
#define K_TIMEOUT_ABS_TICKS(t) Z_TIMEOUT_TICKS(K_TICKS_FOREVER - 1 - (k_ticks_t)(t))
#define K_TIMEOUT_ABS_MS(t) K_TIMEOUT_ABS_TICKS(K_MSEC(t).ticks)
#define K_TIMEOUT_ABS_SEC(t) K_TIMEOUT_ABS_TICKS(K_SECONDS(t).ticks)
#define K_TIMEOUT_ABS_US(t) K_TIMEOUT_ABS_TICKS(K_USEC(t).ticks)
#define K_TIMEOUT_EQ(a, b) ((a).ticks == (b).ticks)
#define Z_IS_TIMEOUT_RELATIVE(t) ((t).ticks >= K_TICKS_FOREVER)

/** A moment: ticks since the program's start; UINT64_MAX: never. */
typedef struct {
  uint64_t tick;
} k_timepoint_t;

#ifdef __cplusplus
extern "C" {
#endif
__attribute__((__visibility__("default"))) int64_t k_uptime_ticks(void);
#ifdef __cplusplus
}
#endif

/** When `timeout` will be over. */
static inline k_timepoint_t sys_timepoint_calc(k_timeout_t timeout) {
  k_timepoint_t point;

  if (timeout.ticks == K_TICKS_FOREVER) {
    point.tick = UINT64_MAX;
  } else if (timeout.ticks == 0) {
    point.tick = 0;
  } else if (timeout.ticks < 0) {
    point.tick = (uint64_t)(K_TICKS_FOREVER - 1 - timeout.ticks);
  } else {
    point.tick = (uint64_t)(k_uptime_ticks() + timeout.ticks);
  }
  return point;
}
/** What is left until then: K_NO_WAIT if it is past. */
static inline k_timeout_t sys_timepoint_timeout(k_timepoint_t point) {
  const uint64_t now = (uint64_t)k_uptime_ticks();

  if (point.tick == UINT64_MAX) {
    return K_FOREVER;
  }
  return K_TICKS(point.tick > now ? point.tick - now : 0);
}
static inline bool sys_timepoint_expired(k_timepoint_t point) {
  return K_TIMEOUT_EQ(sys_timepoint_timeout(point), K_NO_WAIT);
}
/** \return below, above, or 0 */
static inline int sys_timepoint_cmp(k_timepoint_t a, k_timepoint_t b) {
  return a.tick == b.tick ? 0 : a.tick < b.tick ? -1 : 1;
}

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

static inline uint64_t k_ms_to_ticks_floor64(uint64_t milliseconds) {
  return milliseconds * CONFIG_SYS_CLOCK_TICKS_PER_SEC / MSEC_PER_SEC;
}

static inline uint64_t k_us_to_ticks_ceil64(uint64_t microseconds) {
  return (microseconds * CONFIG_SYS_CLOCK_TICKS_PER_SEC + (USEC_PER_SEC - 1U)) / USEC_PER_SEC;
}

static inline uint64_t k_ticks_to_us_floor64(uint64_t ticks) {
  return ticks * USEC_PER_SEC / CONFIG_SYS_CLOCK_TICKS_PER_SEC;
}

/* Cycles are nanoseconds. */
static inline uint32_t sys_clock_hw_cycles_per_sec(void) {
  return NSEC_PER_SEC;
}

static inline uint64_t k_cyc_to_ns_floor64(uint64_t cycles) {
  return cycles;
}

static inline uint64_t k_cyc_to_us_floor64(uint64_t cycles) {
  return cycles / NSEC_PER_USEC;
}

static inline uint32_t k_cyc_to_us_floor32(uint64_t cycles) {
  return (uint32_t)k_cyc_to_us_floor64(cycles);
}

static inline uint64_t k_cyc_to_ms_floor64(uint64_t cycles) {
  return cycles / NSEC_PER_MSEC;
}

static inline uint32_t k_cyc_to_ms_floor32(uint64_t cycles) {
  return (uint32_t)k_cyc_to_ms_floor64(cycles);
}

#endif /* ZEPHYR_SYS_CLOCK_H_ */
