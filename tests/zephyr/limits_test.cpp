#include "libzsock/zephyr/limits.h"

#include <gtest/gtest.h>

namespace zsock::zephyr {
namespace {

TEST(ZephyrLimits, AreThoseOfZephyrUnlessSaid) {
  const Limits limits = parse_limits("zephyr");
  EXPECT_TRUE(limits.on);
  EXPECT_EQ(limits.contexts, 6);
  EXPECT_EQ(limits.poll, 3);
  EXPECT_EQ(limits.send_wait_ms, 10000);
  const Limits other =
      parse_limits("zephyr,contexts=2,descriptors=3,poll=4,send_wait=5,buffer=600");
  EXPECT_TRUE(other.on);
  EXPECT_EQ(other.contexts, 2);
  EXPECT_EQ(other.descriptors, 3);
  EXPECT_EQ(other.poll, 4);
  EXPECT_EQ(other.send_wait_ms, 5);
  EXPECT_EQ(other.buffer, 600);
}

TEST(ZephyrLimits, TcpGivesUpAfterItsRetries) {
  EXPECT_EQ(give_up_ms(parse_limits("zephyr")), 102'200);  // what Zephyr documents: 1:42
  EXPECT_EQ(give_up_ms(parse_limits("zephyr,retransmission=50,retries=3")), 350);
  EXPECT_EQ(give_up_ms(parse_limits("zephyr,retransmission=1000,retries=99")), 2'147'483'647);
}

TEST(ZephyrLimits, AnythingElseIsOff) {
  for (const char* text : {"", "none", "zephyrs", "zephyr,", "zephyr,contexts", "zephyr,contexts=x",
                           "zephyr,contexts=0", "zephyr,contexts=2x", "zephyr,other=1"}) {
    EXPECT_FALSE(parse_limits(text).on) << text;
  }
  EXPECT_FALSE(limits().on);
}

}  // namespace
}  // namespace zsock::zephyr
