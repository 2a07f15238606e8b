#include "daemon/stack/tcp/timers.h"

#include <gtest/gtest.h>

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Instant at(Duration since_start) {
  return Instant{since_start};
}

TEST(TcpTimerSet, EarliestIsTheNextDeadline) {
  Timers timers;
  EXPECT_EQ(timers.earliest(), std::nullopt);
  timers.start(Timer::keepalive, at(9s));
  timers.start(Timer::delayed_ack, at(1s));
  timers.start(Timer::retransmit, at(3s));
  EXPECT_EQ(timers.earliest(), at(1s));
  timers.stop(Timer::delayed_ack);
  EXPECT_EQ(timers.earliest(), at(3s));
  timers.stop_all();
  EXPECT_EQ(timers.earliest(), std::nullopt);
}

TEST(TcpTimerSet, TakenWhenDueAndOnlyOnce) {
  Timers timers;
  timers.start(Timer::persist, at(2s));
  EXPECT_FALSE(timers.take(Timer::persist, at(1999ms)));
  EXPECT_TRUE(timers.take(Timer::persist, at(2s)));
  EXPECT_FALSE(timers.take(Timer::persist, at(3s)));
  EXPECT_FALSE(timers.take(Timer::cork, at(1000h)));
}

TEST(TcpTimerSet, HoldKeepsARunningTimer) {
  Timers timers;
  timers.hold(Timer::cork, at(5s));
  timers.hold(Timer::cork, at(7s));
  EXPECT_EQ(timers.earliest(), at(5s));
  timers.hold(Timer::cork, std::nullopt);
  EXPECT_FALSE(timers.running(Timer::cork));
}

}  // namespace
}  // namespace zsock::tcp
