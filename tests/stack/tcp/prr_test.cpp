// RFC 9937 6.
#include "daemon/stack/tcp/prr.h"

#include <gtest/gtest.h>

namespace zsock::tcp {
namespace {

using Safety = Prr::Safety;
constexpr std::uint32_t kSegment = 1000;

/// Acknowledges one segment and sends what may go, in whole segments. Returns the octets sent.
struct Flow {
  Prr prr{};
  std::uint64_t in_flight = 0;
  std::uint64_t threshold = 0;
  std::uint64_t step(std::uint64_t delivered, Safety safety) {
    in_flight -= delivered;
    prr.on_ack({.delivered = delivered,
                .in_flight = in_flight,
                .threshold = threshold,
                .segment = kSegment,
                .safety = safety});
    const std::uint64_t room = prr.window() - in_flight;
    const std::uint64_t octets = room - room % kSegment;
    prr.sent(octets);
    in_flight += octets;
    return octets;
  }
};

// req: T-PRR; one for every two delivered, not half a window of silence.
TEST(TcpPrr, HalvesEvenly) {
  Flow flow{.in_flight = 19000, .threshold = 10000};
  flow.prr.enter(20000);
  EXPECT_EQ(flow.step(1000, Safety::unsafe), 1000U) << "the first retransmission at once";
  std::uint64_t sent = 0;
  for (int i = 0; i < 18; ++i) {
    const std::uint64_t octets = flow.step(1000, Safety::unsafe);
    EXPECT_LE(octets, 1000U);
    sent += octets;
  }
  EXPECT_EQ(sent, 9000U);
  EXPECT_EQ(flow.in_flight, 10000U) << "the threshold";
}

// Fewer in flight than wanted: no more than is delivered, while losses go on (CRB).
TEST(TcpPrr, ConservesPacketsBelowTheThreshold) {
  Flow flow{.in_flight = 4000, .threshold = 10000};
  flow.prr.enter(20000);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(flow.step(1000, Safety::unsafe), 1000U);
}

// And one more for each, once they do not (SSRB), up to the threshold.
TEST(TcpPrr, GrowsAsInSlowStartWhenSafe) {
  Flow flow{.in_flight = 4000, .threshold = 6000};
  flow.prr.enter(20000);
  EXPECT_EQ(flow.step(1000, Safety::safe), 2000U);
  EXPECT_EQ(flow.step(1000, Safety::safe), 2000U);
  EXPECT_EQ(flow.step(1000, Safety::safe), 1000U);
  EXPECT_EQ(flow.in_flight, 6000U);
}

// Even when the threshold is reached already.
TEST(TcpPrr, ForcesTheFirstRetransmission) {
  Flow flow{.in_flight = 11000, .threshold = 2000};
  flow.prr.enter(100000);
  EXPECT_EQ(flow.step(100, Safety::unsafe), 1000U);
}

}  // namespace
}  // namespace zsock::tcp
