// RFC 2131 4.4: the client, a server played by hand, virtual time.
#include "daemon/stack/dhcp/client.h"

#include <gtest/gtest.h>

#include "tests/stack/dhcp/server.h"

namespace zsock::dhcp {
namespace {

using namespace std::chrono_literals;
using test::DhcpReply;
using test::seconds;

constexpr wire::MacAddr kMac{{2, 0, 0, 0, 0, 1}};

wire::IpAddress ip(const char* text) {
  return *wire::IpAddress::parse(text);
}

class DhcpClient : public testing::Test {
 protected:
  DhcpClient() { client_.start(now_); }

  /// To the next deadline; what is sent then.
  std::optional<Outgoing> next() {
    if (!client_.deadline()) return std::nullopt;
    now_ = std::max(now_, *client_.deadline());
    client_.on_deadline(now_);
    client_.check_invariants();
    auto sent = client_.poll();
    if (sent) transaction_ = sent->question.transaction;
    return sent;
  }
  void answer(MessageType type, std::uint32_t lease, const char* address = "192.0.2.10") {
    take(DhcpReply(type, transaction_, kMac, address).usual(lease));
  }
  void take(DhcpReply reply) {
    const auto parsed = Reply::parse(reply.bytes());
    ASSERT_TRUE(parsed);
    client_.receive(*parsed, now_);
    client_.check_invariants();
  }
  std::optional<Question> asks() {
    const auto sent = client_.poll();
    if (!sent) return std::nullopt;
    return sent->question;
  }
  void bind(std::uint32_t lease) {
    ASSERT_TRUE(next());
    answer(MessageType::offer, lease);
    ASSERT_TRUE(asks());
    answer(MessageType::ack, lease);
    ASSERT_EQ(client_.state(), State::bound);
    bound_at_ = now_;
  }

  SeededRng rng_{5};
  Client client_{kMac, rng_};
  Instant now_{1h};
  Instant bound_at_{};
  std::uint32_t transaction_ = 0;
};

// req: DH4-1
TEST_F(DhcpClient, GetsALease) {
  const auto discover = next();
  ASSERT_TRUE(discover);
  EXPECT_EQ(discover->question.type, MessageType::discover);
  EXPECT_FALSE(discover->server);
  answer(MessageType::offer, 3600);
  const auto request = asks();
  ASSERT_TRUE(request);
  EXPECT_EQ(request->type, MessageType::request);
  EXPECT_EQ(request->requested, ip("192.0.2.10"));
  EXPECT_EQ(request->server, ip("192.0.2.254"));
  EXPECT_TRUE(request->current.is_unspecified());
  EXPECT_FALSE(client_.lease());
  answer(MessageType::ack, 3600);
  ASSERT_TRUE(client_.lease());
  EXPECT_EQ(client_.lease()->address.to_string(), "192.0.2.10/24");
  EXPECT_EQ(client_.lease()->routes.size(), 1U);
}

// RFC 2131 4.1: 4, 8, 16, 32, 64 seconds, each with up to one second more or less.
// req: DH4-1
TEST_F(DhcpClient, AsksAgainMoreAndMoreSeldom) {
  ASSERT_TRUE(next());
  for (const int expected : {4, 8, 16, 32, 64, 64, 64}) {
    const Instant before = now_;
    ASSERT_TRUE(next());
    EXPECT_NEAR(std::chrono::duration<double>(now_ - before).count(), expected, 1.0);
  }
}

// req: DH4-1
TEST_F(DhcpClient, BeginsAnewWhenRequestsAreNotAnswered) {
  ASSERT_TRUE(next());
  const std::uint32_t first = transaction_;
  answer(MessageType::offer, 3600);
  ASSERT_TRUE(asks());
  unsigned requests = 1;
  std::optional<Outgoing> sent;
  while ((sent = next()) && sent->question.type == MessageType::request) ++requests;
  EXPECT_EQ(requests, 5U);
  EXPECT_EQ(sent->question.type, MessageType::discover);
  EXPECT_NE(transaction_, first);
}

// req: DH4-1
TEST_F(DhcpClient, RenewsWithItsServerThenWithAny) {
  bind(8000);
  const auto renew = next();
  EXPECT_EQ(now_ - bound_at_, 4000s);
  ASSERT_TRUE(renew);
  EXPECT_EQ(client_.state(), State::renewing);
  EXPECT_EQ(renew->server, ip("192.0.2.254"));
  EXPECT_EQ(renew->question.current, ip("192.0.2.10"));
  EXPECT_FALSE(renew->question.requested);
  EXPECT_FALSE(renew->question.server);
  // Half of what remains, each time, but at least a minute.
  ASSERT_TRUE(next());
  EXPECT_EQ(now_ - bound_at_, 5500s);
  while (client_.state() == State::renewing) next();
  EXPECT_EQ(client_.state(), State::rebinding);
  EXPECT_EQ(now_ - bound_at_, 7000s);
  EXPECT_TRUE(client_.lease());
  const auto rebind = next();
  ASSERT_TRUE(rebind);
  EXPECT_FALSE(rebind->server);
  answer(MessageType::ack, 600);
  EXPECT_EQ(client_.state(), State::bound);
}

// req: DH4-1
TEST_F(DhcpClient, AnExpiredLeaseIsGone) {
  bind(8000);
  while (client_.lease()) {
    ASSERT_LT(now_ - bound_at_, 8001s);
    next();
  }
  EXPECT_EQ(now_ - bound_at_, 8000s);
  EXPECT_EQ(client_.state(), State::selecting);
}

// req: DH4-1
TEST_F(DhcpClient, ARefusalEndsTheLease) {
  bind(8000);
  ASSERT_TRUE(next());
  take(DhcpReply(MessageType::nak, transaction_ + 1, kMac, "0.0.0.0").usual(0));
  EXPECT_TRUE(client_.lease());  // not ours
  take(DhcpReply(MessageType::nak, transaction_, kMac, "0.0.0.0").usual(0));
  EXPECT_FALSE(client_.lease());
  EXPECT_EQ(client_.state(), State::selecting);
  EXPECT_EQ(asks()->type, MessageType::discover);
}

// T1 < T2 < lease whatever the server says; nothing makes it ask without pause.
// req: DH4-1
TEST_F(DhcpClient, OddTimesAreSetRight) {
  constexpr std::array<std::uint32_t, 7> kTimes{0, 1, 59, 60, 100, 0x7fffffff, 0xfffffffe};
  for (const std::uint32_t lease : kTimes) {
    for (const std::uint32_t renewal : kTimes) {
      for (const std::uint32_t rebinding : kTimes) {
        Client client{kMac, rng_};
        Instant now{1h};
        client.start(now);
        now = *client.deadline();
        client.on_deadline(now);
        const std::uint32_t transaction = client.poll()->question.transaction;
        for (const MessageType type : {MessageType::offer, MessageType::ack}) {
          DhcpReply reply(type, transaction, kMac, "192.0.2.10");
          reply.usual(lease).add(58, seconds(renewal)).add(59, seconds(rebinding));
          client.receive(*Reply::parse(reply.bytes()), now);
          client.check_invariants();
        }
        ASSERT_EQ(client.state(), State::bound);
        const Instant bound = now;
        for (int i = 0; i < 100 && client.lease() && client.deadline(); ++i) {
          ASSERT_GT(*client.deadline(), now);
          now = *client.deadline();
          client.on_deadline(now);
          client.check_invariants();
        }
        EXPECT_GE(now - bound, 60s);
      }
    }
  }
}

// req: DH4-1
TEST_F(DhcpClient, AnEndlessLeaseNeedsNothing) {
  bind(kForever);
  EXPECT_FALSE(client_.deadline());
  EXPECT_TRUE(client_.lease());
}

// req: DH4-1
TEST_F(DhcpClient, StrangersAreIgnored) {
  ASSERT_TRUE(next());
  take(DhcpReply(MessageType::offer, transaction_ + 1, kMac, "192.0.2.66").usual(600));
  take(DhcpReply(MessageType::offer, transaction_, {{2, 0, 0, 0, 0, 9}}, "192.0.2.66").usual(600));
  answer(MessageType::ack, 600, "192.0.2.66");  // nobody has asked for it
  EXPECT_EQ(client_.state(), State::selecting);
  answer(MessageType::offer, 600);
  ASSERT_TRUE(asks());
  DhcpReply other(MessageType::ack, transaction_, kMac, "192.0.2.66");
  other.add(54, test::octets({192, 0, 2, 99})).add(51, seconds(600));
  take(other);
  EXPECT_EQ(client_.state(), State::requesting);
}

}  // namespace
}  // namespace zsock::dhcp
