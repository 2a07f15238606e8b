#include "kit.h"

static void wake(void* thread, void* p2, void* p3) {
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  k_msleep(5);
  k_wakeup(thread);
}

static void sleeping(void) {
  int64_t reference = k_uptime_get();
  struct helper helper;

  CHECK_EQ(k_msleep(3), 0);
  CHECK(k_uptime_delta(&reference) >= 3);
  CHECK_EQ(k_sleep(K_NO_WAIT), 0);
  CHECK_EQ(k_usleep(100), 0);
  helper_start(&helper, wake, k_current_get());
  CHECK(k_sleep(K_SECONDS(60)) > 50000);
  helper_join(&helper);
  helper_start(&helper, wake, k_current_get());
  CHECK_EQ(k_sleep(K_FOREVER), -1);
  helper_join(&helper);
  CHECK_EQ(k_sleep(K_TIMEOUT_ABS_MS(1)), 0);
  reference = k_uptime_get();
  CHECK_EQ(k_sleep(K_TIMEOUT_ABS_MS(reference + 3)), 0);
  CHECK(k_uptime_get() >= reference + 3);
}

static void points(void) {
  const k_timepoint_t never = sys_timepoint_calc(K_FOREVER);
  const k_timepoint_t past = sys_timepoint_calc(K_NO_WAIT);
  const k_timepoint_t soon = sys_timepoint_calc(K_SECONDS(5));

  CHECK(K_TIMEOUT_EQ(sys_timepoint_timeout(never), K_FOREVER));
  CHECK(!sys_timepoint_expired(never));
  CHECK(sys_timepoint_expired(past));
  CHECK(!sys_timepoint_expired(soon));
  CHECK(sys_timepoint_timeout(soon).ticks <= K_SECONDS(5).ticks);
  CHECK_EQ(sys_timepoint_cmp(past, soon), -1);
  CHECK_EQ(sys_timepoint_cmp(never, soon), 1);
  CHECK_EQ(sys_timepoint_cmp(soon, soon), 0);
}

void test_time(void) {
  sleeping();
  points();
}
