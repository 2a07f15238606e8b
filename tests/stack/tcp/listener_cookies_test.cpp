// RFC 4987 3.6: a listener whose SYN queue has overflown.

#include <gtest/gtest.h>

#include "daemon/stack/tcp/listener.h"

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;
using namespace wire::tcp_flag;

wire::Flow flow_from(std::uint16_t port) {
  return {.local = {.address = wire::IpAddress::v4(192, 0, 2, 1), .port = 80},
          .remote = {.address = wire::IpAddress::v4(192, 0, 2, 2), .port = port}};
}

/// A SYN as Linux sends it.
Segment full_syn() {
  Segment segment{.seq = Seq{700}, .flags = kSyn, .window = 4000};
  segment.options.max_segment_size = 1400;
  segment.options.window_scale = 7;
  segment.options.sack_permitted = true;
  segment.options.timestamps = wire::TcpTimestamps{.value = 5000};
  return segment;
}

/// The ACK that answers a SYN-ACK.
Segment answer(const SegmentOut& syn_ack) {
  Segment ack{.seq = syn_ack.ack, .ack = syn_ack.seq + 1, .flags = kAck, .window = 100};
  if (syn_ack.options.timestamps) {
    ack.options.timestamps = {.value = 5001, .echo = syn_ack.options.timestamps->value};
  }
  return ack;
}

class ListenerCookies : public testing::Test {
 protected:
  ListenerCookies() {
    config_.syn_backlog = 1;
    receive(full_syn(), 1);  // the one that is remembered
  }
  Listener::Outcome receive(const Segment& segment, std::uint16_t port = 1000) {
    auto outcome = listener_.on_segment(flow_from(port), segment, path_, queue_full_, now_);
    listener_.check_invariants();
    return outcome;
  }
  SegmentOut open(const Segment& syn, std::uint16_t port = 1000) {
    const auto outcome = receive(syn, port);
    EXPECT_EQ(outcome.verdict, Listener::Verdict::none);
    EXPECT_TRUE(outcome.reply.has_value());
    return outcome.reply ? outcome.reply->segment : SegmentOut{};
  }

  Config config_{};
  Counters counters_{};
  SeededRng rng_{1};
  IsnGenerator isn_{rng_};
  Listener listener_{config_, counters_, isn_, 5};
  ListenPath path_{.local_mss = 1460, .receive_limit = 8U << 20U};
  bool queue_full_ = false;
  Instant now_{1000s};
};

// req: T-SYN
TEST_F(ListenerCookies, NothingIsRememberedOfASynTooMany) {
  const SegmentOut syn_ack = open(full_syn());
  EXPECT_EQ(listener_.half_open(), 1U);
  EXPECT_EQ(syn_ack.flags, kSyn | kAck);
  EXPECT_EQ(syn_ack.ack, Seq{701});
  EXPECT_EQ(syn_ack.options.max_segment_size, 1460);
  EXPECT_EQ(counters_.tcp_syn_cookies_sent, 1U);
  EXPECT_EQ(counters_.drop_tcp_syn_queue_full, 0U);
  const auto first_retransmission = now_ + 1s;
  EXPECT_EQ(listener_.deadline(), first_retransmission);  // of the remembered one
}

// req: T-SYN
TEST_F(ListenerCookies, TheAckBringsEverythingBack) {
  const SegmentOut syn_ack = open(full_syn());
  now_ += 30ms;
  const Segment ack = answer(syn_ack);
  ASSERT_EQ(receive(ack).verdict, Listener::Verdict::complete);
  const HalfOpen half_open = listener_.take(flow_from(1000));
  EXPECT_EQ(half_open.iss, syn_ack.seq);
  EXPECT_EQ(half_open.irs, Seq{700});
  EXPECT_EQ(half_open.peer_mss, 1400);
  EXPECT_TRUE(half_open.window_scaling);
  EXPECT_EQ(half_open.peer_scale, 7);
  EXPECT_EQ(half_open.local_scale, *syn_ack.options.window_scale);
  EXPECT_TRUE(half_open.sack);
  EXPECT_TRUE(half_open.timestamps);
  EXPECT_EQ(half_open.peer_timestamp, 5001U);
  EXPECT_TRUE(half_open.from_cookie);
  EXPECT_EQ(listener_.half_open(), 1U);
  EXPECT_EQ(counters_.tcp_syn_cookies_taken, 1U);
}

// Scale and SACK travel in the timestamp: without it they are not agreed upon.
TEST_F(ListenerCookies, WithoutTimestampsOnlyTheSegmentSizeIsKept) {
  Segment syn = full_syn();
  syn.options.timestamps.reset();
  const SegmentOut syn_ack = open(syn);
  EXPECT_FALSE(syn_ack.options.window_scale);
  EXPECT_FALSE(syn_ack.options.sack_permitted);
  EXPECT_FALSE(syn_ack.options.timestamps);
  ASSERT_EQ(receive(answer(syn_ack)).verdict, Listener::Verdict::complete);
  const HalfOpen half_open = listener_.take(flow_from(1000));
  EXPECT_EQ(half_open.peer_mss, 1400);
  EXPECT_FALSE(half_open.window_scaling || half_open.sack || half_open.timestamps);
}

// RFC 3168 6.1.1: so does ECN; a SYN-ACK that agrees to it is remembered by its timestamp.
// req: T-SYN, T-ECN
TEST_F(ListenerCookies, EcnComesBackWithTheTimestamp) {
  Segment syn = full_syn();
  syn.flags |= wire::tcp_flag::kEce | wire::tcp_flag::kCwr;
  SegmentOut syn_ack = open(syn);
  EXPECT_EQ(syn_ack.flags, kSyn | kAck | wire::tcp_flag::kEce);
  ASSERT_EQ(receive(answer(syn_ack)).verdict, Listener::Verdict::complete);
  EXPECT_TRUE(listener_.take(flow_from(1000)).ecn);
}

TEST_F(ListenerCookies, WithoutTimestampsThereIsNoEcn) {
  Segment syn = full_syn();
  syn.flags |= wire::tcp_flag::kEce | wire::tcp_flag::kCwr;
  syn.options.timestamps.reset();
  const SegmentOut syn_ack = open(syn);
  EXPECT_EQ(syn_ack.flags, kSyn | kAck);
  ASSERT_EQ(receive(answer(syn_ack)).verdict, Listener::Verdict::complete);
  EXPECT_FALSE(listener_.take(flow_from(1000)).ecn);
}

TEST_F(ListenerCookies, InventedAcksAreReset) {
  const SegmentOut syn_ack = open(full_syn());
  Segment ack = answer(syn_ack);
  EXPECT_EQ(receive(ack, 1001).verdict, Listener::Verdict::reset);
  ack.ack += 8;
  EXPECT_EQ(receive(ack).verdict, Listener::Verdict::reset);
  ack = answer(syn_ack);
  ack.seq += 1;
  EXPECT_EQ(receive(ack).verdict, Listener::Verdict::reset);
  ack = answer(syn_ack);
  ack.flags = kSyn | kAck;
  EXPECT_EQ(receive(ack).verdict, Listener::Verdict::reset);
  EXPECT_EQ(listener_.half_open(), 1U);
}

TEST_F(ListenerCookies, OldCookiesAreReset) {
  const SegmentOut syn_ack = open(full_syn());
  now_ += SynCookies::kLifetime;
  EXPECT_EQ(receive(answer(syn_ack)).verdict, Listener::Verdict::reset);
}

// Who has sent no cookie takes none: an attacker cannot skip the queue.
TEST_F(ListenerCookies, OnlyAnOverflownListenerTakesThem) {
  const SegmentOut syn_ack = open(full_syn());
  Listener calm{config_, counters_, isn_, 5};
  const auto outcome = calm.on_segment(flow_from(1000), answer(syn_ack), path_, queue_full_, now_);
  EXPECT_EQ(outcome.verdict, Listener::Verdict::reset);
}

// RFC 4987 3.6, conformance T-SYN: whether there is room is asked again when the ACK comes.
TEST_F(ListenerCookies, AFullAcceptQueueTakesNoCookie) {
  const SegmentOut syn_ack = open(full_syn());
  queue_full_ = true;
  const auto outcome = receive(answer(syn_ack));
  EXPECT_EQ(outcome.verdict, Listener::Verdict::none);
  EXPECT_EQ(listener_.half_open(), 1U);
  EXPECT_EQ(counters_.drop_tcp_listen_queue_full, 1U);
  queue_full_ = false;
  EXPECT_EQ(receive(answer(syn_ack)).verdict, Listener::Verdict::complete);
}

TEST_F(ListenerCookies, AnswerNothingWhenSwitchedOff) {
  config_.syn_cookies = false;
  const auto outcome = receive(full_syn());
  EXPECT_FALSE(outcome.reply);
  EXPECT_EQ(counters_.drop_tcp_syn_queue_full, 1U);
}

// RFC 6191: the ISS must lie beyond the old connection's, which a cookie cannot promise.
TEST_F(ListenerCookies, NoneForAFlowInTimeWait) {
  path_.beyond = Seq{5};
  EXPECT_FALSE(receive(full_syn()).reply);
}

TEST_F(ListenerCookies, TheFirstTextMayComeWithTheAck) {
  const SegmentOut syn_ack = open(full_syn());
  Segment ack = answer(syn_ack);
  const std::array<std::byte, 5> text{};
  ack.text = text;
  EXPECT_EQ(receive(ack).verdict, Listener::Verdict::complete);
}

}  // namespace
}  // namespace zsock::tcp
