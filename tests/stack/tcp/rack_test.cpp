// RFC 8985 6 and 7.
#include "daemon/stack/tcp/rack.h"

#include <gtest/gtest.h>

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;
using Patience = Rack::Patience;

constexpr Instant kStart{1h};

Scoreboard::Delivery delivery(std::uint64_t end, Instant sent) {
  return {.end = end, .sent = sent};
}
Scoreboard::Record record(std::uint64_t end, Instant sent) {
  return {.begin = end - 1000, .end = end, .sent = sent};
}

// 6.2 step 2: by time, and by sequence number where time does not tell.
TEST(TcpRackOrder, EarlierTransmissionsAreSuspect) {
  Rack rack;
  rack.on_delivered(delivery(3001, kStart + 2ms), kStart + 40ms, {});
  EXPECT_TRUE(rack.sent_before(record(2001, kStart + 1ms)));
  EXPECT_TRUE(rack.sent_before(record(2001, kStart + 2ms)));
  EXPECT_TRUE(rack.sent_before(record(9001, kStart + 1ms)));
  EXPECT_FALSE(rack.sent_before(record(4001, kStart + 2ms)));
  EXPECT_FALSE(rack.sent_before(record(2001, kStart + 3ms))) << "sent again since";
  EXPECT_EQ(rack.lost_at(record(2001, kStart + 1ms), 5ms), kStart + 1ms + 38ms + 5ms);
}

// 6.2 step 2: an answer that came too soon, or whose echo is too old, was to an earlier
// transmission.
TEST(TcpRackOrder, AnswersToEarlierTransmissionsDoNotCount) {
  Rack rack;
  rack.on_delivered(delivery(1001, kStart), kStart + 40ms, {});
  Scoreboard::Delivery again = delivery(2001, kStart + 100ms);
  again.again = true;
  rack.on_delivered(again, kStart + 110ms, {});
  EXPECT_EQ(rack.latest(), kStart) << "ten milliseconds after the retransmission";
  rack.on_delivered(again, kStart + 145ms, kStart + 98ms);
  EXPECT_EQ(rack.latest(), kStart) << "the echo tells";
  rack.on_delivered(again, kStart + 145ms, kStart + 100ms);
  EXPECT_EQ(rack.latest(), kStart + 100ms);
}

// 6.2 step 4: a quarter of the least round trip, never more than SRTT.
TEST(TcpRackWindow, IsAQuarterOfTheRoundTrip) {
  Rack rack;
  rack.on_delivered(delivery(1001, kStart), kStart + 40ms, {});
  rack.on_delivered(delivery(2001, kStart + 1ms), kStart + 81ms, {});
  EXPECT_EQ(rack.window(Patience::full, 60ms), 10ms);
  EXPECT_EQ(rack.window(Patience::full, 4ms), 4ms);
  EXPECT_EQ(rack.window(Patience::none, 60ms), 0ms);
}

// 6.2 steps 3 and 4: a path that reorders is given time even in recovery.
TEST(TcpRackWindow, ReorderingEndsTheHaste) {
  Rack rack;
  rack.on_delivered(delivery(3001, kStart), kStart + 40ms, {});
  EXPECT_FALSE(rack.reordering_seen());
  rack.on_delivered(delivery(2001, kStart), kStart + 40ms, {});
  EXPECT_TRUE(rack.reordering_seen());
  EXPECT_EQ(rack.window(Patience::none, 60ms), 10ms);
}

// 6.2 step 3: a retransmission that fills a hole is no reordering.
TEST(TcpRackWindow, RetransmissionsAreNoReordering) {
  Rack rack;
  rack.on_delivered(delivery(3001, kStart), kStart + 40ms, {});
  Scoreboard::Delivery again = delivery(2001, kStart + 40ms);
  again.again = true;
  rack.on_delivered(again, kStart + 80ms, {});
  EXPECT_FALSE(rack.reordering_seen());
}

// 6.2 step 4; req: T-DSACK
TEST(TcpRackWindow, WidensOncePerRoundTripOfDuplicates) {
  Rack rack;
  rack.on_delivered(delivery(1001, kStart), kStart + 40ms, {});
  rack.on_duplicate_report(1001, 9001);
  rack.on_duplicate_report(5001, 9001);
  EXPECT_EQ(rack.window(Patience::full, 60ms), 20ms);
  rack.on_duplicate_report(9001, 19001);
  EXPECT_EQ(rack.window(Patience::full, 60ms), 30ms);
  for (int i = 0; i < 15; ++i) rack.on_recovered();
  EXPECT_EQ(rack.window(Patience::full, 60ms), 30ms);
  rack.on_recovered();
  EXPECT_EQ(rack.window(Patience::full, 60ms), 10ms) << "sixteen recoveries later";
}

TEST(TcpRackWindow, EndlessDuplicatesDoNotWrap) {
  Rack rack;
  rack.on_delivered(delivery(1001, kStart), kStart + 40ms, {});
  for (std::uint64_t i = 0; i < 1000; ++i) rack.on_duplicate_report(i * 10, i * 10 + 10);
  EXPECT_EQ(rack.window(Patience::full, 60ms), 60ms);
}

// 7.2
TEST(TcpTailProbe, WaitsTwoRoundTrips) {
  EXPECT_EQ(TailProbe::timeout(30ms, TailProbe::Flight::more), 60ms);
  EXPECT_EQ(TailProbe::timeout(30ms, TailProbe::Flight::one_segment), 260ms);
  EXPECT_EQ(TailProbe::timeout(100us, TailProbe::Flight::more), 10ms);
  EXPECT_EQ(TailProbe::timeout(0ms, TailProbe::Flight::more), 1s);
}

// 7.4.2
TEST(TcpTailProbe, AcknowledgmentBeyondTheProbeMeansARepairedLoss) {
  TailProbe probe;
  probe.sent(5001, TailProbe::Content::retransmission);
  EXPECT_EQ(probe.on_ack({.una = 4001, .progress = true}), TailProbe::Verdict::none);
  EXPECT_EQ(probe.on_ack({.una = 5001, .progress = true}), TailProbe::Verdict::none);
  EXPECT_TRUE(probe.waits());
  EXPECT_EQ(probe.on_ack({.una = 6001, .progress = true}), TailProbe::Verdict::repaired);
  EXPECT_FALSE(probe.waits());
}

TEST(TcpTailProbe, DuplicateReportMeansNothingWasLost) {
  TailProbe probe;
  probe.sent(5001, TailProbe::Content::retransmission);
  EXPECT_EQ(probe.on_ack({.una = 5001, .duplicate_report = true, .blocks = true}),
            TailProbe::Verdict::none);
  EXPECT_FALSE(probe.waits());
}

TEST(TcpTailProbe, NewTextAsProbeProvesNothing) {
  TailProbe probe;
  probe.sent(5001, TailProbe::Content::new_text);
  EXPECT_EQ(probe.on_ack({.una = 5001, .progress = true}), TailProbe::Verdict::none);
  EXPECT_FALSE(probe.waits());
}

}  // namespace
}  // namespace zsock::tcp
