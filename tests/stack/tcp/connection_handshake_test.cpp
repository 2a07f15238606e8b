// Opening: RFC 9293 3.5, 3.10.1, 3.10.7.3, 3.10.7.4.
#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

using tcp::State;

// RFC 9293 3.10.1, 3.7.1
TEST(TcpOpen, SendsSynWithMss) {
  TcpHost host;
  host.opens();
  EXPECT_EQ(host.state(), State::syn_sent);
  EXPECT_EQ(host.sends(), (Seg{.flags = "S", .seq = 0, .win = 65535, .mss = 1460}));
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 9293 3.10.7.3
TEST(TcpOpen, AcknowledgesSynAck) {
  TcpHost host;
  host.opens();
  host.sends();
  host.receives({.flags = "S.", .seq = 0, .ack = 1});
  EXPECT_EQ(host.state(), State::established);
  EXPECT_EQ(host.events() & tcp::event::kConnected, tcp::event::kConnected);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 1}));
  EXPECT_EQ(host.sends(), kNothing);
  EXPECT_FALSE(host.connection().passive());
}

// RFC 9293 3.10.7.4
TEST(TcpData, TravelsBothWays) {
  TcpHost host;
  host.establish();
  host.writes("hello");
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 1, .ack = 1, .text = "hello"}));
  host.receives({.flags = "P.", .seq = 1, .ack = 6, .text = "world"});
  EXPECT_EQ(host.connection().transmit_head(), 5U);
  EXPECT_EQ(host.reads(), "world");
  host.advance(40ms);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 6, .ack = 6}));
}

}  // namespace
}  // namespace zsock::test
