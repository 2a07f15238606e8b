// RFC 3522, RFC 3708, RFC 5682: which episodes were needless.
#include "daemon/stack/tcp/spurious.h"

#include <gtest/gtest.h>

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;
using Cause = Spurious::Cause;

constexpr Instant kAt{100s};

Spurious episode(Cause cause) {
  Spurious spurious;
  spurious.begin(cause, 1, 10001);
  spurious.sent_again({1, 1001}, 1, kAt + 300us);
  return spurious;
}

// RFC 3522 3.2; the clock of timestamps ticks in milliseconds.
// req: T-FRTO
TEST(TcpSpurious, EchoFromBeforeTheRetransmissionProvesIt) {
  Spurious spurious = episode(Cause::recovery);
  EXPECT_EQ(spurious.on_ack({.una = 1, .echoed = kAt - 5ms}), Cause::none)
      << "nothing acknowledged";
  EXPECT_EQ(spurious.on_ack({.una = 5001, .echoed = kAt - 1ms, .progress = true}), Cause::recovery);
  EXPECT_EQ(spurious.on_ack({.una = 6001, .echoed = kAt - 1ms, .progress = true}), Cause::none)
      << "once";
}

TEST(TcpSpurious, EchoOfTheSameTickProvesNothing) {
  Spurious spurious = episode(Cause::recovery);
  EXPECT_EQ(spurious.on_ack({.una = 1001, .echoed = kAt, .progress = true}), Cause::none);
  EXPECT_EQ(spurious.on_ack({.una = 2001, .echoed = kAt - 1ms, .progress = true}), Cause::none)
      << "only the first answer counts";
}

// The echo is of the segment that moved the left edge: of a hole further on it says nothing.
TEST(TcpSpurious, EchoCountsForTheFirstHoleOnly) {
  Spurious spurious;
  spurious.begin(Cause::recovery, 1, 10001);
  spurious.sent_again({5001, 6001}, 1, kAt);
  EXPECT_EQ(spurious.on_ack({.una = 6001, .echoed = kAt - 5ms, .progress = true}), Cause::none);
}

// All that was given up has arrived, and nothing was sent again. Not so after a timeout.
TEST(TcpSpurious, NothingSentAgainProvesIt) {
  Spurious spurious;
  spurious.begin(Cause::recovery, 1, 10001);
  EXPECT_EQ(spurious.on_ack({.una = 1, .missing = true}), Cause::none);
  EXPECT_EQ(spurious.on_ack({.una = 1001, .progress = true}), Cause::recovery);
  spurious = episode(Cause::recovery);
  EXPECT_EQ(spurious.on_ack({.una = 1001, .progress = true}), Cause::none);
  spurious.begin(Cause::timeout, 1, 10001);
  EXPECT_EQ(spurious.on_ack({.una = 1001, .progress = true}), Cause::none);
}

// req: T-DSACK
TEST(TcpSpurious, EveryRetransmissionMustBeReported) {
  Spurious spurious = episode(Cause::recovery);
  spurious.sent_again({3001, 4001}, 1, kAt);
  EXPECT_EQ(spurious.on_ack({.una = 5001, .duplicate = Range{1, 1001}}), Cause::none);
  EXPECT_EQ(spurious.on_ack({.una = 5001, .duplicate = Range{20001, 30001}}), Cause::none);
  EXPECT_EQ(spurious.on_ack({.una = 5001, .duplicate = Range{3001, 4001}}), Cause::recovery);
}

// req: T-DSACK
TEST(TcpSpurious, AReportMayComeARoundTripAfterTheEnd) {
  for (const std::uint64_t una : {10001U, 14999U, 15001U}) {
    Spurious spurious = episode(Cause::recovery);
    spurious.over(15000);
    spurious.on_ack({.una = una, .progress = true});
    const Cause expected = una < 15000 ? Cause::recovery : Cause::none;
    EXPECT_EQ(spurious.on_ack({.una = una, .duplicate = Range{1, 1001}}), expected) << una;
  }
}

// RFC 5682 3
// req: T-FRTO
TEST(TcpSpurious, OriginalsAfterTwoAcksProveIt) {
  Spurious spurious = episode(Cause::timeout);
  EXPECT_FALSE(spurious.holds_back());
  spurious.on_ack({.una = 1, .originals = true, .new_text = true});
  EXPECT_FALSE(spurious.holds_back()) << "step 2: duplicates are waited out";
  spurious.on_ack({.una = 1001, .progress = true, .new_text = true});
  EXPECT_TRUE(spurious.holds_back());
  EXPECT_EQ(spurious.on_ack({.una = 2001, .progress = true, .originals = true}), Cause::timeout);
  EXPECT_FALSE(spurious.holds_back());
}

TEST(TcpSpurious, WithoutOriginalsTheTimeoutWasNeeded) {
  Spurious spurious = episode(Cause::timeout);
  spurious.on_ack({.una = 1001, .progress = true, .new_text = true});
  EXPECT_EQ(spurious.on_ack({.una = 1001}), Cause::none);
  EXPECT_FALSE(spurious.holds_back());
  EXPECT_EQ(spurious.on_ack({.una = 2001, .progress = true, .originals = true}), Cause::none);
}

// Step 2: everything is acknowledged at once, or there is nothing new to send: nothing is learnt.
TEST(TcpSpurious, NotEveryTimeoutCanBeTested) {
  Spurious whole = episode(Cause::timeout);
  whole.on_ack({.una = 10001, .progress = true, .new_text = true});
  EXPECT_FALSE(whole.holds_back());
  Spurious silent = episode(Cause::timeout);
  silent.on_ack({.una = 1001, .progress = true});
  EXPECT_FALSE(silent.holds_back());
}

// A fast recovery ends in a timeout: what was before it is no longer known to be right.
TEST(TcpSpurious, TimeoutWithinARecoveryIsNoEpisode) {
  Spurious spurious = episode(Cause::recovery);
  spurious.timed_out_again();
  EXPECT_EQ(spurious.on_ack({.una = 5001, .echoed = kAt - 1ms, .progress = true}), Cause::none);
}

}  // namespace
}  // namespace zsock::tcp
