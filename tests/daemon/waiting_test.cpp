/// \file
/// Tokens that a looking reader is owed, and the price of doing nothing.

#include <gtest/gtest.h>
#include <poll.h>

#include "tests/daemon/bench.h"

namespace zsock::host {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only
using test::Bench;
using test::ConnectedPair;
using test::poll_now;
using test::RawClient;

/// One turn in which `near` says something to `far`, and the one in which it arrives.
void say(Bench& bench, ConnectedPair& pair, std::string_view what) {
  pair.client.write(pair.near, what);
  bench.turn();
  bench.turn();
}

TEST(OwedToken, IsNotSentWhileTheReaderLooks) {
  Bench bench;
  ConnectedPair pair(bench);
  pair.server.app(pair.far).watching.publish(1);
  say(bench, pair, "word");
  ASSERT_EQ(pair.server.status(pair.far).receive_tail.snapshot(), 4U);
  EXPECT_EQ(poll_now(pair.far.fd.get()) & POLLIN, 0);
  EXPECT_EQ(pair.server.read(pair.far), "word");
  bench.settle();
  EXPECT_EQ(poll_now(pair.far.fd.get()) & POLLIN, 0);
}

// A reader that died while it looked, or that lies.
TEST(OwedToken, IsSentBeforeZsockdSleeps) {
  Bench bench;
  ConnectedPair pair(bench);
  pair.server.app(pair.far).watching.publish(7);
  say(bench, pair, "word");
  ASSERT_EQ(poll_now(pair.far.fd.get()) & POLLIN, 0);
  bench.settle();
  EXPECT_NE(poll_now(pair.far.fd.get()) & POLLIN, 0);
}

TEST(OwedToken, IsSentSoonEvenIfZsockdIsBusy) {
  Bench bench;
  ConnectedPair pair(bench);
  pair.server.app(pair.far).watching.publish(1);
  say(bench, pair, "word");
  ASSERT_EQ(poll_now(pair.far.fd.get()) & POLLIN, 0);
  bench.skip(1ms);
  bench.turn();
  EXPECT_NE(poll_now(pair.far.fd.get()) & POLLIN, 0);
}

// Where more are at work than there are CPUs, looking keeps away whoever is waited for.
TEST(Looking, IsForbiddenWhileTooManyAreAtWork) {
  Bench bench;
  bench.service().set_lookers(2);
  ConnectedPair first(bench, 7001);
  ConnectedPair second(bench, 7002);
  const auto limit = [](const RawClient& client) {
    return client.status_area().page.spin_limit.snapshot();
  };
  say(bench, first, "two are at work");
  EXPECT_NE(limit(first.client), 0U);
  EXPECT_NE(limit(first.server), 0U);
  first.client.write(first.near, "and");
  say(bench, second, "four");
  EXPECT_EQ(limit(first.client), 0U);
  EXPECT_EQ(limit(second.server), 0U);
  bench.skip(3ms);
  say(bench, first, "two again");
  EXPECT_NE(limit(first.client), 0U);
  EXPECT_NE(limit(first.server), 0U);
}

// Others at work do not keep zsockd looking at one that is not.
TEST(Looking, IsNotAtClientsThatDoNothing) {
  Bench bench;
  ConnectedPair idle(bench, 7001);
  ConnectedPair busy(bench, 7002);
  const auto sleeping = [](const RawClient& client) {
    return client.status_area().page.sleeping.snapshot();
  };
  say(bench, idle, "word");
  say(bench, busy, "word");
  EXPECT_EQ(sleeping(idle.client), 0U);
  bench.skip(3ms);
  say(bench, busy, "word");
  say(bench, busy, "word");
  EXPECT_EQ(sleeping(busy.client), 0U);
  EXPECT_EQ(sleeping(idle.client), 1U);
  say(bench, idle, "more");
  bench.settle();
  EXPECT_EQ(idle.server.read(idle.far), "wordmore");
}

TEST(OwedToken, GoesWithItsSocket) {
  Bench bench;
  ConnectedPair pair(bench);
  pair.server.app(pair.far).watching.publish(1);
  say(bench, pair, "word");
  pair.far.fd.reset();
  bench.settle();
  bench.pass(1s);
}

}  // namespace
}  // namespace zsock::host
