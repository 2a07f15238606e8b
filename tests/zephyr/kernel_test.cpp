#include <gtest/gtest.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>

LOG_MODULE_REGISTER(kernel_test, LOG_LEVEL_WRN);

namespace {

TEST(ZephyrKernel, DurationsInTicks) {
  EXPECT_EQ(K_NO_WAIT.ticks, 0);
  EXPECT_TRUE(K_TIMEOUT_EQ(K_MSEC(-5), K_NO_WAIT));
  EXPECT_EQ(K_MSEC(1500).ticks, K_SECONDS(1).ticks + K_MSEC(500).ticks);
  EXPECT_EQ(k_ticks_to_ms_ceil32(static_cast<uint64_t>(K_MSEC(7).ticks)), 7U);
  EXPECT_EQ(k_ticks_to_ms_ceil32(1), 1U);
  EXPECT_EQ(k_ticks_to_ms_floor32(1), 0U);
  EXPECT_EQ(static_cast<int>(k_ticks_to_ms_ceil32(static_cast<uint64_t>(K_FOREVER.ticks))), -1);
  EXPECT_EQ(K_USEC(1).ticks, 1);
}

TEST(ZephyrKernel, UptimeGoesForward) {
  int64_t reference = k_uptime_get();
  EXPECT_GE(reference, 0);
  k_busy_wait(1100);
  EXPECT_GE(k_uptime_delta(&reference), 1);
  EXPECT_EQ(k_msleep(0), 0);
  EXPECT_EQ(k_sleep(K_NO_WAIT), 0);
}

struct Outer {
  int first;
  int second;
};

TEST(ZephyrUtil, Macros) {
  Outer outer{1, 2};
  int* const second = &outer.second;
  EXPECT_EQ(CONTAINER_OF(second, Outer, second), &outer);
  EXPECT_EQ(ROUND_UP(9, 8), 16U);
  EXPECT_EQ(CLAMP(9, 1, 5), 5);
  EXPECT_STREQ(STRINGIFY(CONFIG_NET_TCP), "1");
  const int array[] = {1, 2, 3};
  EXPECT_EQ(ARRAY_SIZE(array), 3U);
  EXPECT_EQ(IS_ENABLED(CONFIG_NET_TCP), 1);
  IF_ENABLED(CONFIG_NET_NO_SUCH_THING, (FAIL();))
}

TEST(ZephyrConsole, LogHasLevelAndModule) {
  testing::internal::CaptureStderr();
  LOG_WRN("%d of %s", 7, "nine");
  LOG_INF("not shown");
  LOG_HEXDUMP_ERR("AB", 2, "two");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("<wrn> kernel_test: 7 of nine\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("not shown"), std::string::npos);
  EXPECT_NE(text.find("<err> kernel_test: 41 42"), std::string::npos) << text;
}

TEST(ZephyrConsole, PrintkIsFlushed) {
  testing::internal::CaptureStdout();
  printk("%s %d", "x", 5);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "x 5");
}

}  // namespace
