#include "daemon/stack/tcp/time_wait.h"

#include <gtest/gtest.h>

#include "daemon/stack/tcp/isn.h"

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;
using namespace wire::tcp_flag;

constexpr Instant kStart{std::chrono::seconds{1000}};
constexpr Seq kSendNext{5000};
constexpr Seq kReceiveNext{9000};

wire::Flow flow_from(std::uint16_t port) {
  return {.local = {.address = wire::IpAddress::v4(192, 0, 2, 1), .port = 80},
          .remote = {.address = wire::IpAddress::v4(192, 0, 2, 2), .port = port}};
}

TimeWaitInfo plain_info() {
  return {.send_next = kSendNext, .receive_next = kReceiveNext, .window = 1000};
}

TimeWaitInfo stamped_info() {
  TimeWaitInfo info = plain_info();
  info.timestamps = true;
  info.timestamp_offset = 77;
  info.peer_timestamp = 400;
  return info;
}

/// The peer's FIN, sent again.
Segment fin() {
  return {.seq = kReceiveNext - 1, .ack = kSendNext, .flags = kFin | kAck, .window = 500};
}

Segment syn(Seq sequence) {
  return {.seq = sequence, .flags = kSyn, .window = 500};
}

Segment stamped(Segment segment, std::uint32_t value) {
  segment.options.timestamps = wire::TcpTimestamps{.value = value};
  return segment;
}

class TimeWaitTest : public testing::Test {
 protected:
  void enter(const TimeWaitInfo& info = plain_info()) { table_.insert(flow_from(1), info, kStart); }
  TimeWaitTable::Outcome receive(const Segment& segment) {
    auto outcome = table_.on_segment(flow_from(1), segment, now_);
    table_.check_invariants();
    return outcome;
  }
  void expect_ack(const TimeWaitTable::Outcome& outcome) {
    EXPECT_EQ(outcome.verdict, TimeWaitTable::Verdict::answered);
    ASSERT_TRUE(outcome.reply.has_value());
    EXPECT_EQ(outcome.reply->flags, kAck);
    EXPECT_EQ(outcome.reply->seq, kSendNext);
    EXPECT_EQ(outcome.reply->ack, kReceiveNext);
    EXPECT_EQ(outcome.reply->window, 1000);
  }
  void expect_silence(const TimeWaitTable::Outcome& outcome) {
    EXPECT_EQ(outcome.verdict, TimeWaitTable::Verdict::answered);
    EXPECT_FALSE(outcome.reply.has_value());
  }
  void expect_reusable(const Segment& segment) {
    const auto outcome = receive(segment);
    EXPECT_EQ(outcome.verdict, TimeWaitTable::Verdict::reusable);
    EXPECT_FALSE(outcome.reply.has_value());
    EXPECT_EQ(outcome.next_iss, kSendNext);
    EXPECT_FALSE(table_.contains(flow_from(1)));
  }

  Config config_{};
  Counters counters_{};
  TimeWaitTable table_{config_, counters_, SipKey{1, 2}};
  Instant now_ = kStart + 10s;
};

using TimeWaitSegments = TimeWaitTest;
using TimeWaitReuse = TimeWaitTest;
using TimeWaitTime = TimeWaitTest;

// RFC 9293 3.10.7.4, eighth step
TEST_F(TimeWaitSegments, RetransmittedFinIsAcknowledgedAndRestartsTheTimer) {
  enter();
  expect_ack(receive(fin()));
  expect_ack(receive(fin()));
  EXPECT_EQ(table_.deadline(), now_ + 60s);
}

// RFC 9293 3.10.7.4
TEST_F(TimeWaitSegments, RetransmittedFinWithTextIsTheSame) {
  enter();
  std::array<std::byte, 100> text{};
  Segment segment = fin();
  segment.text = text;
  segment.seq = segment.seq - 100;
  expect_ack(receive(segment));
  EXPECT_EQ(table_.deadline(), now_ + 60s);
}

// RFC 9293 A.2: two sides in TIME-WAIT must not acknowledge each other for ever.
TEST_F(TimeWaitSegments, BareAcknowledgmentIsNotAnswered) {
  enter();
  expect_silence(receive({.seq = kReceiveNext, .ack = kSendNext, .flags = kAck}));
  EXPECT_EQ(table_.deadline(), kStart + 60s);
}

// RFC 9293 3.10.7.4, first step; RFC 5961 7
TEST_F(TimeWaitSegments, OldTextIsAcknowledgedSeldom) {
  enter();
  std::array<std::byte, 100> text{};
  const Segment old{.seq = kReceiveNext - 101, .ack = kSendNext, .flags = kAck, .text = text};
  expect_ack(receive(old));
  expect_silence(receive(old));
  now_ += config_.invalid_ack_interval;
  expect_ack(receive(old));
  EXPECT_EQ(table_.deadline(), kStart + 60s) << "only a FIN restarts the timer";
}

// RFC 5961 5
TEST_F(TimeWaitSegments, FinThatAcknowledgesTheFutureDoesNotRestartTheTimer) {
  enter();
  Segment segment = fin();
  segment.ack += 1;
  expect_ack(receive(segment));
  EXPECT_EQ(table_.deadline(), kStart + 60s);
}

TEST_F(TimeWaitSegments, FinElsewhereDoesNotRestartTheTimer) {
  enter();
  Segment segment = fin();
  segment.seq += 1;
  expect_ack(receive(segment));
  EXPECT_EQ(table_.deadline(), kStart + 60s);
}

// RFC 9293 3.10.7.4, fifth step
TEST_F(TimeWaitSegments, SegmentWithoutAckIsDropped) {
  enter();
  expect_silence(receive({.seq = kReceiveNext - 1, .flags = kFin}));
  EXPECT_EQ(table_.deadline(), kStart + 60s);
}

// RFC 1337 3, fix (a); req: T-1337
TEST_F(TimeWaitSegments, ResetIsIgnored) {
  enter();
  expect_silence(receive({.seq = kReceiveNext, .flags = kRst}));
  expect_silence(receive({.seq = kReceiveNext, .ack = kSendNext, .flags = kRst | kAck}));
  EXPECT_TRUE(table_.contains(flow_from(1)));
}

// RFC 7323 3.2
TEST_F(TimeWaitSegments, AcknowledgmentCarriesTimestamps) {
  enter(stamped_info());
  const auto outcome = receive(stamped(fin(), 410));
  expect_ack(outcome);
  ASSERT_TRUE(outcome.reply->options.timestamps.has_value());
  EXPECT_EQ(outcome.reply->options.timestamps->echo, 410U);
  EXPECT_EQ(outcome.reply->options.timestamps->value, timestamp_value(now_, 77));
}

// RFC 7323 5.3, 3.2; req: T-PAWS, T-TS
TEST_F(TimeWaitSegments, OldOrMissingTimestampsDoNotRestartTheTimer) {
  enter(stamped_info());
  expect_ack(receive(stamped(fin(), 399)));
  expect_silence(receive(fin()));
  EXPECT_EQ(counters_.tcp_paws_rejected, 2U);
  EXPECT_EQ(table_.deadline(), kStart + 60s);
}

// RFC 6191 2; req: T-6191
TEST_F(TimeWaitReuse, SynBeyondTheOldStreamWithoutTimestamps) {
  enter();
  expect_ack(receive(syn(kReceiveNext)));
  expect_silence(receive(syn(kReceiveNext - 1000)));
  EXPECT_TRUE(table_.contains(flow_from(1)));
  expect_reusable(syn(kReceiveNext + 1));
}

// RFC 6191 2
TEST_F(TimeWaitReuse, SynWithNewerTimestampAtAnySequence) {
  enter(stamped_info());
  expect_reusable(stamped(syn(kReceiveNext - 100000), 401));
}

// RFC 6191 2
TEST_F(TimeWaitReuse, SynWithEqualTimestampNeedsTheSequence) {
  enter(stamped_info());
  expect_ack(receive(stamped(syn(kReceiveNext - 1), 400)));
  expect_reusable(stamped(syn(kReceiveNext + 1), 400));
}

// RFC 6191 2
TEST_F(TimeWaitReuse, SynWithOlderTimestampIsRefused) {
  enter(stamped_info());
  expect_ack(receive(stamped(syn(kReceiveNext + 1), 399)));
  EXPECT_TRUE(table_.contains(flow_from(1)));
}

// RFC 6191 2
TEST_F(TimeWaitReuse, SynThatDropsTimestampsNeedsTheSequence) {
  enter(stamped_info());
  expect_ack(receive(syn(kReceiveNext)));
  expect_reusable(syn(kReceiveNext + 1));
}

// RFC 6191 2
TEST_F(TimeWaitReuse, SynThatBringsTimestampsIsEnough) {
  enter();
  expect_reusable(stamped(syn(kReceiveNext - 100000), 1));
}

// RFC 6191 2: "would be enabled for the new incarnation"
TEST_F(TimeWaitReuse, SwitchedOffTimestampsDoNotCount) {
  config_.timestamps = false;
  enter();
  expect_ack(receive(stamped(syn(kReceiveNext), 1)));
}

TEST_F(TimeWaitReuse, SynAckAndSynResetAreNoNewConnection) {
  enter();
  expect_ack(receive({.seq = kReceiveNext + 1, .ack = kSendNext, .flags = kSyn | kAck}));
  expect_silence(receive({.seq = kReceiveNext + 1, .flags = kSyn | kRst}));
  EXPECT_TRUE(table_.contains(flow_from(1)));
}

// RFC 5961 7: one throttle for everything that is invalid
TEST_F(TimeWaitReuse, RefusedSynsAreAnsweredSeldom) {
  enter();
  expect_ack(receive(syn(kReceiveNext)));
  expect_silence(receive(syn(kReceiveNext)));
  EXPECT_EQ(counters_.tcp_challenge_acks, 1U);
}

// RFC 9293 3.4.2: 2 MSL
TEST_F(TimeWaitTime, EntriesEndInTheOrderOfTheirTime) {
  table_.insert(flow_from(1), plain_info(), kStart);
  table_.insert(flow_from(2), plain_info(), kStart + 1s);
  table_.insert(flow_from(3), plain_info(), kStart + 2s);
  table_.on_segment(flow_from(1), fin(), kStart + 3s);
  table_.check_invariants();
  EXPECT_EQ(table_.deadline(), kStart + 61s);
  EXPECT_TRUE(table_.on_deadline(kStart + 61s - 1us).empty());
  EXPECT_EQ(table_.on_deadline(kStart + 62s), (std::vector{flow_from(2), flow_from(3)}));
  EXPECT_EQ(table_.on_deadline(kStart + 63s), std::vector{flow_from(1)});
  EXPECT_EQ(table_.size(), 0U);
  EXPECT_FALSE(table_.deadline().has_value());
}

TEST_F(TimeWaitTime, FullTableGivesUpTheOldest) {
  config_.time_wait_limit = 2;
  EXPECT_EQ(table_.insert(flow_from(1), plain_info(), kStart), std::nullopt);
  EXPECT_EQ(table_.insert(flow_from(2), plain_info(), kStart), std::nullopt);
  EXPECT_EQ(table_.insert(flow_from(3), plain_info(), kStart), flow_from(1));
  EXPECT_FALSE(table_.contains(flow_from(1)));
  EXPECT_EQ(table_.size(), 2U);
  EXPECT_EQ(counters_.drop_tcp_time_wait_full, 1U);
}

TEST_F(TimeWaitTime, TableOfNoEntriesKeepsNothing) {
  config_.time_wait_limit = 0;
  EXPECT_EQ(table_.insert(flow_from(1), plain_info(), kStart), flow_from(1));
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(TimeWaitTime, InsertingAgainReplaces) {
  table_.insert(flow_from(1), plain_info(), kStart);
  table_.insert(flow_from(1), plain_info(), kStart + 5s);
  table_.check_invariants();
  EXPECT_EQ(table_.size(), 1U);
  EXPECT_EQ(table_.deadline(), kStart + 65s);
}

TEST_F(TimeWaitTime, EraseForgets) {
  enter();
  table_.erase(flow_from(1));
  table_.erase(flow_from(1));
  EXPECT_FALSE(table_.contains(flow_from(1)));
  EXPECT_FALSE(table_.deadline().has_value());
}

}  // namespace
}  // namespace zsock::tcp
