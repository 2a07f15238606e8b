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
