#include "kit.h"

static atomic_t expired;
static atomic_t stopped;

static void on_expiry(struct k_timer* timer) {
  CHECK(k_timer_user_data_get(timer) != NULL);
  if (atomic_inc(&expired) == 4) {
    k_timer_stop(timer); /* by its own function */
  }
}

static void on_stop(struct k_timer* timer) {
  ARG_UNUSED(timer);
  atomic_inc(&stopped);
}

K_TIMER_DEFINE(timer, on_expiry, on_stop);
static struct k_timer plain;

static void slow(struct k_timer* slow_timer) {
  ARG_UNUSED(slow_timer);
  atomic_set(&expired, 99);
  k_msleep(5);
  atomic_set(&expired, 100);
}

static void stop_plain(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  UNTIL_WAITING(plain.wait_q, 1);
  k_timer_stop(&plain);
}

static void plain_timers(void) {
  struct helper helper;
  int64_t begin = k_uptime_get();

  k_timer_init(&plain, NULL, NULL);
  CHECK_EQ(k_timer_status_get(&plain), 0);
  CHECK_EQ(k_timer_status_sync(&plain), 0); /* it does not run */
  CHECK_EQ(k_timer_remaining_get(&plain), 0);
  k_timer_start(&plain, K_MSEC(4), K_NO_WAIT);
  CHECK(k_timer_remaining_ticks(&plain) > 0);
  CHECK(k_timer_remaining_get(&plain) <= 4);
  CHECK(k_timer_expires_ticks(&plain) >= k_uptime_ticks());
  CHECK_EQ(k_timer_status_sync(&plain), 1);
  CHECK(k_uptime_get() - begin >= 4);
  CHECK_EQ(k_timer_status_get(&plain), 0);
  k_timer_start(&plain, K_FOREVER, K_MSEC(1));
  CHECK_EQ(k_timer_remaining_ticks(&plain), 0);
  k_timer_start(&plain, K_SECONDS(60), K_FOREVER);
  helper_start(&helper, stop_plain, NULL);
  CHECK_EQ(k_timer_status_sync(&plain), 0); /* stopped */
  helper_join(&helper);
}

void test_timers(void) {
  k_timer_user_data_set(&timer, &expired);
  k_timer_start(&timer, K_MSEC(1), K_MSEC(1));
  while (atomic_get(&stopped) == 0) {
    k_msleep(1);
  }
  CHECK_EQ(atomic_get(&expired), 5);
  k_msleep(3);
  CHECK_EQ(atomic_get(&expired), 5);
  CHECK_EQ(atomic_get(&stopped), 1);
  CHECK_EQ(k_timer_status_get(&timer), 5);
  k_timer_stop(&timer);
  CHECK_EQ(atomic_get(&stopped), 1); /* it did not run */
  plain_timers();
  /* When k_timer_stop() returns, its function does not run. */
  k_timer_init(&plain, slow, NULL);
  k_timer_start(&plain, K_NO_WAIT, K_NO_WAIT);
  UNTIL(atomic_get(&expired) >= 99);
  k_timer_stop(&plain);
  CHECK_EQ(atomic_get(&expired), 100);
}
