// RFC 5681 3.2, RFC 6582 3.2, RFC 3042.
#include "daemon/stack/tcp/loss_recovery.h"

#include <gtest/gtest.h>

namespace zsock::tcp {
namespace {

using Verdict = LossRecovery::Verdict;
using Phase = LossRecovery::Phase;
constexpr std::uint32_t kSegment = 1000;

// RFC 5681 3.2: three, not two.
TEST(TcpLossRecovery, NeedsThreeDuplicates) {
  LossRecovery loss;
  EXPECT_EQ(loss.on_duplicate(1, 10001, kSegment), Verdict::none);
  EXPECT_EQ(loss.on_duplicate(1, 10001, kSegment), Verdict::none);
  EXPECT_FALSE(loss.has_pending());
  EXPECT_EQ(loss.on_duplicate(1, 10001, kSegment), Verdict::loss);
  EXPECT_EQ(loss.pending(), (Range{1, 1001}));
  EXPECT_EQ(loss.phase(), Phase::recovery);
}

// RFC 3042: each duplicate says that a segment has left.
TEST(TcpLossRecovery, CountsDepartedSegments) {
  LossRecovery loss;
  EXPECT_EQ(loss.in_network(1, 10001), 10000U);
  loss.on_duplicate(1, 10001, kSegment);
  EXPECT_EQ(loss.in_network(1, 10001), 9000U);
  loss.on_duplicate(1, 10001, kSegment);
  EXPECT_EQ(loss.in_network(1, 10001), 8000U);
}

// An ACK between them starts the count anew.
TEST(TcpLossRecovery, ProgressResetsTheCount) {
  LossRecovery loss;
  loss.on_duplicate(1, 10001, kSegment);
  loss.on_duplicate(1, 10001, kSegment);
  EXPECT_EQ(loss.on_ack(1, 1001, kSegment), Verdict::none);
  EXPECT_EQ(loss.on_duplicate(1001, 10001, kSegment), Verdict::none);
  EXPECT_EQ(loss.in_network(1001, 10001), 8000U);
}

// RFC 5681 3.2 step 2
TEST(TcpLossRecovery, RemembersTheFlightBeforeLimitedTransmit) {
  LossRecovery loss;
  loss.on_duplicate(1, 10001, kSegment);
  loss.on_duplicate(1, 11001, kSegment);
  loss.on_duplicate(1, 12001, kSegment);
  EXPECT_EQ(loss.flight_at_loss(), 10000U);
}

// RFC 6582 3.2 step 3
TEST(TcpLossRecovery, PartialAckNamesTheNextHole) {
  LossRecovery loss;
  for (int i = 0; i < 3; ++i) loss.on_duplicate(1, 10001, kSegment);
  loss.retransmitted(1001);
  EXPECT_FALSE(loss.has_pending());
  const std::uint64_t before = loss.in_network(1, 10001);
  EXPECT_EQ(loss.on_ack(1, 4001, kSegment), Verdict::partial);
  EXPECT_EQ(loss.pending(), (Range{4001, 5001}));
  loss.retransmitted(5001);
  // Deflated by what was acknowledged, one segment added back: one more may go.
  EXPECT_EQ(loss.in_network(4001, 10001), before - kSegment);
  EXPECT_EQ(loss.on_ack(4001, 10001, kSegment), Verdict::recovered);
  EXPECT_EQ(loss.phase(), Phase::open);
  EXPECT_EQ(loss.in_network(10001, 10001), 0U);
}

// RFC 6582 3.2 step 2: duplicates below recover start nothing.
TEST(TcpLossRecovery, DoesNotEnterTwiceForOneWindow) {
  LossRecovery loss;
  for (int i = 0; i < 3; ++i) loss.on_duplicate(1, 10001, kSegment);
  loss.on_ack(1, 10001, kSegment);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(loss.on_duplicate(10001, 20001, kSegment), Verdict::none);
  }
  loss.on_ack(10001, 11001, kSegment);
  loss.on_duplicate(11001, 20001, kSegment);
  loss.on_duplicate(11001, 20001, kSegment);
  EXPECT_EQ(loss.on_duplicate(11001, 20001, kSegment), Verdict::loss);
}

// RFC 6298 5.4 and slow start over everything outstanding.
TEST(TcpLossRecovery, TimeoutPresumesAllLost) {
  LossRecovery loss;
  loss.presume_all_lost(1, 10001);
  EXPECT_EQ(loss.pending(), (Range{1, 10001}));
  EXPECT_EQ(loss.in_network(1, 10001), 0U);
  loss.retransmitted(1001);
  EXPECT_EQ(loss.in_network(1, 10001), 1000U);
  EXPECT_EQ(loss.on_ack(1, 6001, kSegment), Verdict::none);
  EXPECT_EQ(loss.pending(), (Range{6001, 10001}));
  EXPECT_EQ(loss.on_duplicate(6001, 10001, kSegment), Verdict::none);
  loss.on_ack(6001, 10001, kSegment);
  EXPECT_FALSE(loss.has_pending());
  EXPECT_EQ(loss.phase(), Phase::open);
}

// A lost SYN must not keep the first window from fast retransmit.
TEST(TcpLossRecovery, LostSynDoesNotCount) {
  LossRecovery loss;
  loss.presume_all_lost(0, 1);
  loss.retransmitted(1);
  loss.on_ack(0, 1, kSegment);
  loss.on_duplicate(1, 5001, kSegment);
  loss.on_duplicate(1, 5001, kSegment);
  EXPECT_EQ(loss.on_duplicate(1, 5001, kSegment), Verdict::loss);
}

// More duplicates than segments: a peer that makes them up.
TEST(TcpLossRecovery, NeverCountsBelowZero) {
  LossRecovery loss;
  for (int i = 0; i < 1000; ++i) loss.on_duplicate(1, 3001, kSegment);
  EXPECT_EQ(loss.in_network(1, 3001), 0U);
  loss.on_ack(1, 2001, kSegment);
  EXPECT_EQ(loss.in_network(2001, 3001), 0U);
}

}  // namespace
}  // namespace zsock::tcp
