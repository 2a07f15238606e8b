// RFC 6298, by hand-computed vectors.
#include "daemon/stack/tcp/rtt.h"

#include <gtest/gtest.h>

namespace zsock::tcp {
namespace {

// RFC 6298 2.1
TEST(TcpRtt, StartsAtOneSecond) {
  const Config config;
  const Rtt rtt{config};
  EXPECT_EQ(rtt.rto(), 1s);
  EXPECT_EQ(rtt.smoothed(), Duration::zero());
}

// RFC 6298 2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR
TEST(TcpRtt, TakesTheFirstSample) {
  const Config config;
  Rtt rtt{config};
  rtt.sample(100ms);
  EXPECT_EQ(rtt.smoothed(), 100ms);
  EXPECT_EQ(rtt.variation(), 50ms);
  EXPECT_EQ(rtt.rto(), 300ms);
}

// RFC 6298 2.3: RTTVAR first, with the old SRTT.
TEST(TcpRtt, SmoothsLaterSamples) {
  const Config config;
  Rtt rtt{config};
  rtt.sample(100ms);
  rtt.sample(180ms);
  EXPECT_EQ(rtt.variation(), 57500us);  // 3/4 * 50 + 1/4 * 80
  EXPECT_EQ(rtt.smoothed(), 110ms);     // 7/8 * 100 + 1/8 * 180
  EXPECT_EQ(rtt.rto(), 340ms);
}

// RFC 6298 2.4, D5; 2.5
TEST(TcpRtt, StaysBetweenItsLimits) {
  const Config config;
  Rtt rtt{config};
  rtt.sample(10us);
  EXPECT_EQ(rtt.rto(), 200ms);
  rtt.sample(3600s);
  EXPECT_EQ(rtt.rto(), 120s);
}

// INV-8: SRTT > 0 once sampled, whatever the clock says.
TEST(TcpRtt, SurvivesImpossibleSamples) {
  const Config config;
  Rtt rtt{config};
  rtt.sample(0us);
  EXPECT_GT(rtt.smoothed(), Duration::zero());
  rtt.sample(-5s);
  EXPECT_GT(rtt.smoothed(), Duration::zero());
  EXPECT_GE(rtt.rto(), 200ms);
}

// RFC 6298 5.5, 2.5
TEST(TcpRtt, BacksOffUpToTheMaximum) {
  const Config config;
  Rtt rtt{config};
  rtt.back_off();
  EXPECT_EQ(rtt.rto(), 2s);
  for (int i = 0; i < 100; ++i) rtt.back_off();
  EXPECT_EQ(rtt.rto(), 120s);
}

// RFC 6298 5, last note: a sample ends the back-off.
TEST(TcpRtt, ForgetsBackOffWithTheNextSample) {
  const Config config;
  Rtt rtt{config};
  rtt.sample(100ms);
  rtt.back_off();
  rtt.back_off();
  EXPECT_EQ(rtt.rto(), 1200ms);
  rtt.sample(100ms);
  EXPECT_LT(rtt.rto(), 300ms);
}

// RFC 6298 5.7
TEST(TcpRtt, RestartsAfterALostSyn) {
  const Config config;
  Rtt rtt{config};
  rtt.sample(10ms);
  rtt.restart(3s);
  EXPECT_EQ(rtt.rto(), 3s);
  rtt.sample(100ms);
  EXPECT_EQ(rtt.smoothed(), 100ms);
}

}  // namespace
}  // namespace zsock::tcp
