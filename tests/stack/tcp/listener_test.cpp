#include "daemon/stack/tcp/listener.h"

#include <gtest/gtest.h>

#include <set>

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;
using namespace wire::tcp_flag;

constexpr Instant kStart{std::chrono::seconds{1000}};
constexpr std::uint32_t kIrs = 700;

wire::Flow flow_from(std::uint16_t port) {
  return {.local = {.address = wire::IpAddress::v4(192, 0, 2, 1), .port = 80},
          .remote = {.address = wire::IpAddress::v4(192, 0, 2, 2), .port = port}};
}

wire::Flow flow6_from(std::uint16_t port) {
  return {.local = {.address = wire::IpAddress::parse("2001:db8::1").value(), .port = 80},
          .remote = {.address = wire::IpAddress::parse("2001:db8::2").value(), .port = port}};
}

Segment syn(std::uint32_t sequence = kIrs) {
  return {.seq = Seq{sequence}, .flags = kSyn, .window = 4000};
}

/// A SYN as Linux sends it.
Segment full_syn() {
  Segment segment = syn();
  segment.options.max_segment_size = 1460;
  segment.options.window_scale = 7;
  segment.options.sack_permitted = true;
  segment.options.timestamps = wire::TcpTimestamps{.value = 5000};
  return segment;
}

class ListenerTest : public testing::Test {
 protected:
  Listener::Outcome receive(const Segment& segment, std::uint16_t port = 1000) {
    return receive_on(flow_from(port), segment);
  }
  Listener::Outcome receive_on(const wire::Flow& flow, const Segment& segment) {
    auto outcome = listener_.on_segment(flow, segment, path_, queue_full_, now_);
    listener_.check_invariants();
    return outcome;
  }
  /// SYN and SYN-ACK; returns the SYN-ACK.
  SegmentOut open(const Segment& segment = syn(), std::uint16_t port = 1000) {
    const auto outcome = receive(segment, port);
    EXPECT_EQ(outcome.verdict, Listener::Verdict::none);
    EXPECT_TRUE(outcome.reply.has_value());
    return outcome.reply ? outcome.reply->segment : SegmentOut{};
  }
  /// The ACK that completes the handshake begun by `syn_ack`.
  static Segment last_ack(const SegmentOut& syn_ack) {
    return {.seq = syn_ack.ack, .ack = syn_ack.seq + 1, .flags = kAck, .window = 4000};
  }
  void expect_challenge(const Listener::Outcome& outcome, const SegmentOut& syn_ack) {
    EXPECT_EQ(outcome.verdict, Listener::Verdict::none);
    ASSERT_TRUE(outcome.reply.has_value());
    EXPECT_EQ(outcome.reply->segment.flags, kAck);
    EXPECT_EQ(outcome.reply->segment.seq, syn_ack.seq + 1);
    EXPECT_EQ(outcome.reply->segment.ack, syn_ack.ack);
  }
  void expect_silence(const Listener::Outcome& outcome) {
    EXPECT_EQ(outcome.verdict, Listener::Verdict::none);
    EXPECT_FALSE(outcome.reply.has_value());
  }

  Config config_{};
  Counters counters_{};
  SeededRng rng_{1};
  IsnGenerator isn_{rng_};
  Listener listener_{config_, counters_, isn_, 5};
  ListenPath path_{.local_mss = 1460, .receive_limit = 8U << 20U};
  bool queue_full_ = false;
  Instant now_ = kStart;
};

using ListenerListen = ListenerTest;
using ListenerHalfOpen = ListenerTest;
using ListenerOptions = ListenerTest;
using ListenerLimits = ListenerTest;
using ListenerTimer = ListenerTest;

// RFC 9293 3.10.7.2, first step
TEST_F(ListenerListen, IgnoresReset) {
  expect_silence(receive({.seq = Seq{1}, .flags = kRst}));
  expect_silence(receive({.seq = Seq{1}, .ack = Seq{2}, .flags = kRst | kAck}));
  expect_silence(receive({.seq = Seq{1}, .flags = kRst | kSyn}));
  EXPECT_EQ(listener_.half_open(), 0U);
}

// RFC 9293 3.10.7.2, second step
TEST_F(ListenerListen, AcknowledgmentDeservesAReset) {
  EXPECT_EQ(receive({.seq = Seq{1}, .ack = Seq{2}, .flags = kAck}).verdict,
            Listener::Verdict::reset);
  EXPECT_EQ(receive({.seq = Seq{1}, .ack = Seq{2}, .flags = kSyn | kAck}).verdict,
            Listener::Verdict::reset);
  EXPECT_EQ(listener_.half_open(), 0U);
}

// RFC 9293 3.10.7.2, third step
TEST_F(ListenerListen, AnswersSynWithSynAck) {
  const SegmentOut syn_ack = open();
  EXPECT_EQ(syn_ack.flags, kSyn | kAck);
  EXPECT_EQ(syn_ack.seq, isn_.initial_sequence(flow_from(1000), kStart));
  EXPECT_EQ(syn_ack.ack, Seq{kIrs + 1});
  EXPECT_EQ(syn_ack.window, 0xffff);
  EXPECT_EQ(syn_ack.text_size(), 0U);
  EXPECT_EQ(listener_.half_open(), 1U);
  EXPECT_EQ(counters_.tcp_passive_opens, 0U) << "counted when it is complete";
}

// RFC 9293 3.10.7.2, fourth step: FIN or text without SYN and ACK.
TEST_F(ListenerListen, DropsAnythingElse) {
  expect_silence(receive({.seq = Seq{1}, .flags = kFin}));
  expect_silence(receive({.seq = Seq{1}, .flags = 0}));
  EXPECT_EQ(listener_.half_open(), 0U);
}

// RFC 9293 3.10.7.2: text and FIN on a SYN are not kept, hence not acknowledged.
TEST_F(ListenerListen, AcknowledgesOnlyTheSynOfASynWithText) {
  std::array<std::byte, 10> text{};
  Segment segment = syn();
  segment.text = text;
  segment.flags |= kFin;
  EXPECT_EQ(open(segment).ack, Seq{kIrs + 1});
}

// RFC 9293 3.10.7.4, fifth step
TEST_F(ListenerHalfOpen, AcknowledgmentCompletesTheHandshake) {
  const SegmentOut syn_ack = open();
  EXPECT_EQ(receive(last_ack(syn_ack)).verdict, Listener::Verdict::complete);
  EXPECT_EQ(listener_.half_open(), 1U) << "until it is taken";
  const HalfOpen half_open = listener_.take(flow_from(1000));
  EXPECT_EQ(half_open.iss, syn_ack.seq);
  EXPECT_EQ(half_open.irs, Seq{kIrs});
  EXPECT_EQ(half_open.peer_window, 4000);
  EXPECT_EQ(half_open.syn_ack_sent, kStart);
  EXPECT_EQ(listener_.half_open(), 0U);
  EXPECT_FALSE(listener_.deadline().has_value());
}

// The ACK was lost: the first segment with text completes as well, in order or not.
TEST_F(ListenerHalfOpen, TextCompletesTheHandshake) {
  std::array<std::byte, 10> text{};
  Segment segment = last_ack(open());
  segment.text = text;
  segment.seq += 1460;
  EXPECT_EQ(receive(segment).verdict, Listener::Verdict::complete);
}

// RFC 9293 3.10.7.4, fifth step: an ACK of something else
TEST_F(ListenerHalfOpen, WrongAcknowledgmentDeservesAReset) {
  Segment segment = last_ack(open());
  segment.ack += 1;
  EXPECT_EQ(receive(segment).verdict, Listener::Verdict::reset);
  segment.ack = segment.ack - 2;
  EXPECT_EQ(receive(segment).verdict, Listener::Verdict::reset);
  EXPECT_EQ(listener_.half_open(), 1U);
}

// RFC 9293 3.10.7.4, fifth step
TEST_F(ListenerHalfOpen, DropsSegmentWithoutAck) {
  Segment segment = last_ack(open());
  segment.flags = 0;
  expect_silence(receive(segment));
  segment.flags = kFin;
  expect_silence(receive(segment));
}

// RFC 9293 3.10.7.4, second step; RFC 5961 3.2
TEST_F(ListenerHalfOpen, ExactResetGoesBackToListen) {
  const SegmentOut syn_ack = open();
  expect_silence(receive({.seq = syn_ack.ack, .flags = kRst}));
  EXPECT_EQ(listener_.half_open(), 0U);
  EXPECT_EQ(counters_.tcp_failed_opens, 1U);
}

// RFC 5961 3.2
TEST_F(ListenerHalfOpen, ResetElsewhereInTheWindowIsChallenged) {
  const SegmentOut syn_ack = open();
  expect_challenge(receive({.seq = syn_ack.ack + 1, .flags = kRst}), syn_ack);
  EXPECT_EQ(listener_.half_open(), 1U);
}

// RFC 9293 3.10.7.4, first step
TEST_F(ListenerHalfOpen, ResetOutsideTheWindowIsDropped) {
  const SegmentOut syn_ack = open();
  expect_silence(receive({.seq = syn_ack.ack - 1, .flags = kRst}));
  expect_silence(receive({.seq = syn_ack.ack + 0xffff, .flags = kRst}));
  EXPECT_EQ(listener_.half_open(), 1U);
}

// RFC 9293 3.10.7.4: the peer has not seen our SYN-ACK.
TEST_F(ListenerHalfOpen, RetransmittedSynGetsTheSameSynAck) {
  const SegmentOut first = open(full_syn());
  now_ += 1s;
  Segment again = full_syn();
  again.options.timestamps->value += 1000;
  const SegmentOut second = open(again);
  EXPECT_EQ(second.seq, first.seq);
  EXPECT_EQ(second.flags, first.flags);
  EXPECT_EQ(second.options.timestamps->echo, 6000U) << "TS.Recent follows";
  EXPECT_EQ(second.options.timestamps->value, first.options.timestamps->value + 1000);
  EXPECT_EQ(listener_.half_open(), 1U);
}

// RFC 5961 4.2
TEST_F(ListenerHalfOpen, SynInTheWindowIsChallenged) {
  const SegmentOut syn_ack = open();
  expect_challenge(receive(syn(kIrs + 1)), syn_ack);
  EXPECT_EQ(listener_.half_open(), 1U);
}

// RFC 9293 3.10.7.4, first step. A peer that has restarted resets us in answer.
TEST_F(ListenerHalfOpen, SynOutsideTheWindowIsAcknowledged) {
  const SegmentOut syn_ack = open();
  expect_challenge(receive(syn(kIrs + 1000000)), syn_ack);
}

// RFC 9293 3.10.7.4, first step; RFC 5961 7
TEST_F(ListenerHalfOpen, InvalidSegmentsAreAcknowledgedSeldom) {
  const SegmentOut syn_ack = open();
  Segment stale = last_ack(syn_ack);
  stale.seq = stale.seq - 5;
  expect_challenge(receive(stale), syn_ack);
  expect_silence(receive(stale));
  now_ += config_.invalid_ack_interval - 1us;
  expect_silence(receive(stale));
  now_ += 1us;
  expect_challenge(receive(stale), syn_ack);
  EXPECT_EQ(counters_.tcp_challenge_acks, 2U);
}

// RFC 9293 3.10.7.4, first step, at both ends of the window
TEST_F(ListenerHalfOpen, AcceptsExactlyTheWindow) {
  path_.receive_limit = 1000;
  const SegmentOut syn_ack = open();
  EXPECT_EQ(syn_ack.window, 1000);
  Segment segment = last_ack(syn_ack);
  segment.seq = syn_ack.ack + 999;
  EXPECT_EQ(receive(segment).verdict, Listener::Verdict::complete);
  segment.seq = syn_ack.ack + 1000;
  EXPECT_EQ(receive(segment).verdict, Listener::Verdict::none);
}

// RFC 9293 3.8.6: no more is offered than the child will have room for.
TEST_F(ListenerHalfOpen, OffersTheRingOfTheChild) {
  path_.receive_buffer = 4096;
  EXPECT_EQ(open().window, 4096);
}

// RFC 9293 3.4: sequence numbers wrap.
TEST_F(ListenerHalfOpen, SequenceNumbersWrap) {
  const SegmentOut syn_ack = open(syn(0xffffffffU));
  EXPECT_EQ(syn_ack.ack, Seq{0});
  EXPECT_EQ(receive(last_ack(syn_ack)).verdict, Listener::Verdict::complete);
}

// RFC 7323 5.3, 3.2; req: T-PAWS, T-TS
TEST_F(ListenerHalfOpen, OldOrMissingTimestampsAreRefused) {
  const SegmentOut syn_ack = open(full_syn());
  Segment segment = last_ack(syn_ack);
  expect_silence(receive(segment));
  segment.options.timestamps = wire::TcpTimestamps{.value = 4999};
  expect_challenge(receive(segment), syn_ack);
  EXPECT_EQ(counters_.tcp_paws_rejected, 2U);
  segment.options.sack_permitted = true;
  segment.options.timestamps = wire::TcpTimestamps{.value = 5000};
  EXPECT_EQ(receive(segment).verdict, Listener::Verdict::complete);
}

// RFC 7323 5.2: not for resets
TEST_F(ListenerHalfOpen, ResetNeedsNoTimestamps) {
  const SegmentOut syn_ack = open(full_syn());
  receive({.seq = syn_ack.ack, .flags = kRst});
  EXPECT_EQ(listener_.half_open(), 0U);
}

// RFC 7323 2.2, 2.3; RFC 9293 3.7.1; req: T-WS
TEST_F(ListenerOptions, AgreesOnWhatTheSynOffers) {
  const SegmentOut syn_ack = open(full_syn());
  EXPECT_EQ(syn_ack.options.max_segment_size, 1460);
  EXPECT_EQ(syn_ack.options.window_scale, 8) << "8 MiB take 8 bits of scale";
  EXPECT_TRUE(syn_ack.options.sack_permitted);
  EXPECT_EQ(syn_ack.options.timestamps->echo, 5000U);
  EXPECT_EQ(syn_ack.options.timestamps->value,
            timestamp_value(kStart, isn_.timestamp_offset(flow_from(1000))));
  const HalfOpen half_open = listener_.take(flow_from(1000));
  EXPECT_TRUE(half_open.window_scaling);
  EXPECT_EQ(half_open.peer_scale, 7);
  EXPECT_EQ(half_open.local_scale, 8);
  EXPECT_TRUE(half_open.timestamps);
  EXPECT_TRUE(half_open.sack);
  EXPECT_EQ(half_open.peer_timestamp, 5000U);
  EXPECT_EQ(half_open.peer_mss, 1460);
  EXPECT_EQ(half_open.local_mss, 1460);
}

// RFC 7323 1.3: an option only in answer to one; RFC 9293 3.7.1: MUST-15
TEST_F(ListenerOptions, OffersNothingToABareSyn) {
  const SegmentOut syn_ack = open();
  EXPECT_FALSE(syn_ack.options.window_scale.has_value());
  EXPECT_FALSE(syn_ack.options.timestamps.has_value());
  EXPECT_FALSE(syn_ack.options.sack_permitted);
  const HalfOpen half_open = listener_.take(flow_from(1000));
  EXPECT_FALSE(half_open.sack);
  EXPECT_FALSE(half_open.window_scaling);
  EXPECT_EQ(half_open.local_scale, 0);
  EXPECT_EQ(half_open.peer_mss, 536);
}

// RFC 9293 3.7.1: MUST-15
TEST_F(ListenerOptions, DefaultSegmentSizeOfIpv6Is1220) {
  receive_on(flow6_from(1), syn());
  EXPECT_EQ(listener_.take(flow6_from(1)).peer_mss, 1220);
}

TEST_F(ListenerOptions, TinySegmentSizesAreRaised) {
  Segment segment = syn();
  segment.options.max_segment_size = 1;
  open(segment);
  EXPECT_EQ(listener_.take(flow_from(1000)).peer_mss, config_.min_peer_mss);
}

// RFC 7323 2.3
TEST_F(ListenerOptions, ScaleIsAtMostFourteen) {
  Segment segment = full_syn();
  segment.options.window_scale = 255;
  open(segment);
  EXPECT_EQ(listener_.take(flow_from(1000)).peer_scale, 14);
}

TEST_F(ListenerOptions, SwitchedOffOptionsAreNotAgreed) {
  config_.window_scaling = false;
  config_.timestamps = false;
  config_.sack = false;
  const SegmentOut syn_ack = open(full_syn());
  EXPECT_FALSE(syn_ack.options.window_scale.has_value());
  EXPECT_FALSE(syn_ack.options.timestamps.has_value());
  EXPECT_FALSE(syn_ack.options.sack_permitted);
}

// RFC 7323 2.3
TEST_F(ListenerOptions, ScaleIsTheSmallestThatTellsTheWindow) {
  EXPECT_EQ(window_scale_for(0), 0);
  EXPECT_EQ(window_scale_for(65535), 0);
  EXPECT_EQ(window_scale_for(65536), 1);
  EXPECT_EQ(window_scale_for(1U << 30U), 14) << "one octet more than can be told";
  EXPECT_EQ(window_scale_for(0xffffffffU), 14);
}

// RFC 7323 2.2: windows are scaled except on SYNs.
TEST_F(ListenerOptions, ChallengeCarriesTheScaledWindow) {
  const SegmentOut syn_ack = open(full_syn());
  Segment segment = syn(kIrs + 1);
  segment.options.timestamps = wire::TcpTimestamps{.value = 5001};
  const auto outcome = receive(segment);
  expect_challenge(outcome, syn_ack);
  EXPECT_EQ(outcome.reply->segment.window, 0xffff >> 8);
  EXPECT_TRUE(outcome.reply->segment.options.timestamps.has_value());
}

// RFC 6191 2, RFC 9293 3.4.3: the ISS after TIME-WAIT lies beyond the old connection's numbers.
TEST_F(ListenerListen, IssStartsBeyondTheOldConnection) {
  const Seq natural = isn_.initial_sequence(flow_from(1000), kStart);
  path_.beyond = natural + 5;
  EXPECT_TRUE(open().seq.after(natural + 5));
  const Seq other = isn_.initial_sequence(flow_from(1001), kStart);
  path_.beyond = other - 5;
  EXPECT_EQ(open(syn(), 1001).seq, other) << "the clock's number will do";
}

// req: T-SYN
TEST_F(ListenerLimits, HalfOpenConnectionsOfOneListener) {
  config_.syn_cookies = false;
  config_.syn_backlog = 3;
  for (std::uint16_t port = 1; port <= 3; ++port) open(syn(), port);
  expect_silence(receive(syn(), 4));
  EXPECT_EQ(counters_.drop_tcp_syn_queue_full, 1U);
  open(syn(), 3);
  listener_.take(flow_from(1));
  open(syn(), 4);
}

// req: T-SYN
TEST_F(ListenerLimits, HalfOpenConnectionsOfAllListeners) {
  config_.syn_cookies = false;
  path_.half_open_total = config_.syn_backlog_total;
  expect_silence(receive(syn()));
  EXPECT_EQ(counters_.drop_tcp_syn_queue_full, 1U);
}

// req: 2.1
TEST_F(ListenerLimits, FullAcceptQueueDropsSyns) {
  queue_full_ = true;
  expect_silence(receive(syn()));
  EXPECT_EQ(listener_.half_open(), 0U);
  EXPECT_EQ(counters_.drop_tcp_listen_queue_full, 1U);
}

// req: 2.1: the last ACK is dropped, the SYN-ACK timer goes on.
TEST_F(ListenerLimits, FullAcceptQueueDropsTheLastAck) {
  const SegmentOut syn_ack = open();
  queue_full_ = true;
  expect_silence(receive(last_ack(syn_ack)));
  EXPECT_EQ(counters_.drop_tcp_listen_queue_full, 1U);
  now_ += 1s;
  ASSERT_EQ(listener_.on_deadline(now_).size(), 1U);
  queue_full_ = false;
  EXPECT_EQ(receive(last_ack(syn_ack)).verdict, Listener::Verdict::complete);
}

// RFC 6298 5.5, req: T-SYN: 1, 3, 7, 15 and 31 s, then the end at 63 s.
TEST_F(ListenerTimer, RetransmitsTheSynAckFiveTimes) {
  const SegmentOut syn_ack = open(full_syn());
  for (const auto due : {1s, 3s, 7s, 15s, 31s}) {
    ASSERT_EQ(listener_.deadline(), kStart + due);
    EXPECT_TRUE(listener_.on_deadline(kStart + due - 1us).empty());
    const auto replies = listener_.on_deadline(kStart + due);
    listener_.check_invariants();
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies[0].flow, flow_from(1000));
    EXPECT_EQ(replies[0].segment.seq, syn_ack.seq);
    EXPECT_EQ(replies[0].segment.flags, syn_ack.flags);
    EXPECT_EQ(replies[0].segment.options.window_scale, syn_ack.options.window_scale);
  }
  EXPECT_EQ(listener_.deadline(), kStart + 63s);
  EXPECT_TRUE(listener_.on_deadline(kStart + 63s).empty());
  EXPECT_EQ(listener_.half_open(), 0U);
  EXPECT_EQ(counters_.tcp_failed_opens, 1U);
  EXPECT_EQ(counters_.tcp_retransmits, 5U);
}

// RFC 6298 3 needs to know whether the SYN-ACK was sent more than once.
TEST_F(ListenerTimer, TellsHowOftenTheSynAckWasSent) {
  open();
  listener_.on_deadline(kStart + 1s);
  listener_.on_deadline(kStart + 3s);
  EXPECT_EQ(listener_.take(flow_from(1000)).retransmits, 2);
}

TEST_F(ListenerTimer, LateCallsMoveOneStepAtATime) {
  open();
  EXPECT_EQ(listener_.on_deadline(kStart + 10s).size(), 1U);
  EXPECT_LE(*listener_.deadline(), kStart + 10s);
  EXPECT_EQ(listener_.on_deadline(kStart + 10s).size(), 1U);
  EXPECT_EQ(listener_.on_deadline(kStart + 10s).size(), 1U);
  EXPECT_EQ(listener_.deadline(), kStart + 15s);
}

TEST_F(ListenerTimer, EarliestOfManyIsTheDeadline) {
  SeededRng rng{7};
  std::multiset<Instant> starts;
  for (std::uint16_t port = 1; port <= 200; ++port) {
    now_ += Duration{rng.below(1000)};
    open(syn(), port);
    starts.insert(now_);
  }
  now_ += 500ms;
  for (std::uint16_t port = 1; port <= 200; port += 2) {
    starts.erase(starts.find(listener_.take(flow_from(port)).syn_ack_sent));
    listener_.check_invariants();
  }
  std::size_t sent = 0;
  while (const auto deadline = listener_.deadline()) {
    if (*deadline > *starts.rbegin() + 1s) break;
    EXPECT_EQ(*deadline, *starts.begin() + 1s);
    const std::size_t count = listener_.on_deadline(*deadline).size();
    listener_.check_invariants();
    for (std::size_t i = 0; i < count; ++i) starts.erase(starts.begin());
    sent += count;
    if (starts.empty()) break;
  }
  EXPECT_EQ(sent, 100U);
}

// RFC 9293 3.10.7.1
TEST(ListenerResetFor, NeverAnswersAReset) {
  EXPECT_FALSE(reset_for({.flags = kRst}).has_value());
  EXPECT_FALSE(reset_for({.flags = kRst | kAck}).has_value());
}

// RFC 9293 3.10.7.1
TEST(ListenerResetFor, TakesItsSequenceFromAnAcknowledgment) {
  const auto reset = reset_for({.seq = Seq{5}, .ack = Seq{9}, .flags = kAck});
  ASSERT_TRUE(reset.has_value());
  EXPECT_EQ(reset->flags, kRst);
  EXPECT_EQ(reset->seq, Seq{9});
}

// RFC 9293 3.10.7.1: <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>
TEST(ListenerResetFor, AcknowledgesWhatHasNoAcknowledgment) {
  std::array<std::byte, 3> text{};
  const auto reset = reset_for({.seq = Seq{5}, .flags = kSyn | kFin, .text = text});
  ASSERT_TRUE(reset.has_value());
  EXPECT_EQ(reset->flags, kRst | kAck);
  EXPECT_EQ(reset->seq, Seq{0});
  EXPECT_EQ(reset->ack, Seq{10});
}

}  // namespace
}  // namespace zsock::tcp
