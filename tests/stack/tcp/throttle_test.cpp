// RFC 5961 7
#include "daemon/stack/tcp/throttle.h"

#include <gtest/gtest.h>

namespace zsock::tcp {
namespace {

constexpr Instant at(Duration since_start) {
  return Instant{since_start};
}

TEST(TcpThrottle, AllowsTenChallengesASecond) {
  const Config config;
  AckThrottle throttle{config};
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(throttle.allows_challenge(at(0s)));
  EXPECT_FALSE(throttle.allows_challenge(at(999ms)));
  EXPECT_TRUE(throttle.allows_challenge(at(1s)));
}

TEST(TcpThrottle, AllowsTwoAnswersASecond) {
  const Config config;
  AckThrottle throttle{config};
  EXPECT_TRUE(throttle.allows_answer(at(0s)));
  EXPECT_FALSE(throttle.allows_answer(at(499ms)));
  EXPECT_TRUE(throttle.allows_answer(at(500ms)));
}

}  // namespace
}  // namespace zsock::tcp
