// TCP_DEFER_ACCEPT (conformance 2.1): nobody is woken before there is something to read.

#include <gtest/gtest.h>

#include "daemon/stack/tcp/listener.h"

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;
using namespace wire::tcp_flag;

const wire::Flow kFlow{.local = {.address = wire::IpAddress::v4(192, 0, 2, 1), .port = 80},
                       .remote = {.address = wire::IpAddress::v4(192, 0, 2, 2), .port = 1000}};

class ListenerDefer : public testing::Test {
 protected:
  ListenerDefer() {
    path_.defer_accept = 2;  // until the second timeout, 3 s after the SYN-ACK
    const auto outcome = receive({.seq = Seq{700}, .flags = kSyn, .window = 4000});
    ack_ = {.seq = Seq{701}, .ack = outcome.reply->segment.seq + 1, .flags = kAck, .window = 4000};
  }
  Listener::Outcome receive(const Segment& segment) {
    auto outcome = listener_.on_segment(kFlow, segment, path_, false, now_);
    listener_.check_invariants();
    return outcome;
  }
  /// SYN-ACKs sent again until then.
  std::size_t run(Duration time) {
    std::size_t sent = 0;
    const Instant end = now_ + time;
    while (listener_.deadline() && *listener_.deadline() <= end) {
      now_ = *listener_.deadline();
      sent += listener_.on_deadline(now_).size();
    }
    now_ = end;
    return sent;
  }

  Config config_{};
  Counters counters_{};
  SeededRng rng_{1};
  IsnGenerator isn_{rng_};
  Listener listener_{config_, counters_, isn_, 5};
  ListenPath path_{.local_mss = 1460, .receive_limit = 1U << 20U};
  Instant now_{1000s};
  Segment ack_{};
};

TEST_F(ListenerDefer, ABareAckCompletesNothing) {
  const auto outcome = receive(ack_);
  EXPECT_EQ(outcome.verdict, Listener::Verdict::none);
  EXPECT_FALSE(outcome.reply);
  EXPECT_EQ(listener_.half_open(), 1U);
}

TEST_F(ListenerDefer, TextCompletes) {
  receive(ack_);
  const std::array<std::byte, 3> text{};
  ack_.text = text;
  EXPECT_EQ(receive(ack_).verdict, Listener::Verdict::complete);
}

TEST_F(ListenerDefer, AFinIsSomethingToReadToo) {
  receive(ack_);
  ack_.flags = kAck | kFin;
  EXPECT_EQ(receive(ack_).verdict, Listener::Verdict::complete);
}

// The peer has acknowledged: it is not asked again before the time is over, then once more.
TEST_F(ListenerDefer, WhenTheTimeIsOverABareAckWillDo) {
  receive(ack_);
  EXPECT_EQ(run(2900ms), 0U);
  EXPECT_EQ(receive(ack_).verdict, Listener::Verdict::none);
  EXPECT_EQ(run(200ms), 1U);
  EXPECT_EQ(receive(ack_).verdict, Listener::Verdict::complete);
}

TEST_F(ListenerDefer, ALostSynAckIsSentAgainAsEver) {
  EXPECT_EQ(run(2900ms), 1U);
  EXPECT_EQ(run(5s), 2U);
}

TEST_F(ListenerDefer, WhoNeverAnswersIsForgotten) {
  receive(ack_);
  run(70s);
  EXPECT_EQ(listener_.half_open(), 0U);
}

}  // namespace
}  // namespace zsock::tcp
