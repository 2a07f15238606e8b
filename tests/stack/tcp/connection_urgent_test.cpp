// Urgent data: RFC 9293 3.8.5, RFC 6093.
#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

namespace event = tcp::event;

TcpHost established() {
  TcpHost host;
  host.establish();
  return host;
}

// RFC 9293 3.8.5 (MUST-62): the pointer names the octet after the urgent data.
TEST(TcpUrgentSend, PointsBehindTheLastUrgentOctet) {
  TcpHost host = established();
  host.writes("abc!");
  host.connection().send_urgent(3);
  EXPECT_EQ(host.sends(), (Seg{.flags = "PU.", .seq = 1, .text = "abc!", .urg = 4}));
  host.writes("after");
  host.receives({.flags = ".", .seq = 1, .ack = 5});
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 5, .text = "after"}));
}

// RFC 9293 3.8.5 (MUST-31): of any length: every segment on the way announces it.
TEST(TcpUrgentSend, IsAnnouncedAheadOfTime) {
  TcpHost host = established();
  host.writes(2500);
  host.connection().send_urgent(2499);
  EXPECT_EQ(host.sends(64000), (Seg{.flags = "U.", .seq = 1, .len = 1000, .urg = 2500}));
  EXPECT_EQ(host.sends(64000), (Seg{.flags = "U.", .seq = 1001, .len = 1000, .urg = 1500}));
  EXPECT_EQ(host.sends(64000), (Seg{.flags = "PU.", .seq = 2001, .len = 500, .urg = 500}));
}

// RFC 9293 3.1: the field has 16 bits.
TEST(TcpUrgentSend, SaturatesThePointer) {
  TcpHost host = established();
  host.writes(100000);
  host.connection().send_urgent(99999);
  EXPECT_EQ(host.sends().urg, 65535);
}

// It is not held back by Nagle.
TEST(TcpUrgentSend, IsNotDelayed) {
  TcpHost host = established();
  host.writes("a");
  host.sends();
  host.writes("!");
  host.connection().send_urgent(1);
  EXPECT_EQ(host.sends(), (Seg{.flags = "PU.", .seq = 2, .text = "!", .urg = 1}));
}

// A position beyond what was written is the application's nonsense.
TEST(TcpUrgentSend, BelievesNoPositionBeyondTheRing) {
  TcpHost host = established();
  host.writes("ab");
  host.connection().send_urgent(1U << 30U);
  EXPECT_EQ(host.sends(), (Seg{.flags = "PU.", .seq = 1, .text = "ab", .urg = 65535}));
  host.connection().send_urgent(~std::uint64_t{0});
  EXPECT_EQ(host.sends(), kNothing);
}

// RFC 9293 3.8.5 (MUST-32, 33): the application is told, and where.
TEST(TcpUrgentReceive, TellsTheMark) {
  TcpHost host = established();
  host.receives({.flags = "PU.", .seq = 1, .ack = 1, .text = "abc!", .urg = 4});
  EXPECT_EQ(host.events() & event::kUrgent, event::kUrgent);
  EXPECT_EQ(host.connection().urgent_mark(), 3U);
  host.reads(3);
  EXPECT_EQ(host.connection().urgent_mark(), 3U);
  host.reads(1);
  EXPECT_EQ(host.connection().urgent_mark(), std::nullopt);
}

// RFC 9293 3.8.5 (MUST-32): before the octets themselves arrive.
TEST(TcpUrgentReceive, ComesAheadOfTheText) {
  TcpHost host = established();
  host.receives({.flags = "U.", .seq = 1, .ack = 1, .text = "a", .urg = 500});
  EXPECT_EQ(host.connection().urgent_mark(), 499U);
}

// RFC 9293 3.8.5: signalled when it moves on, not again for every segment.
TEST(TcpUrgentReceive, IsSignalledOncePerPointer) {
  TcpHost host = established();
  host.receives({.flags = "U.", .seq = 1, .ack = 1, .text = "a", .urg = 5});
  host.events();
  host.receives({.flags = "U.", .seq = 2, .ack = 1, .text = "b", .urg = 4});
  EXPECT_EQ(host.events() & event::kUrgent, 0U);
  host.receives({.flags = "U.", .seq = 3, .ack = 1, .text = "c", .urg = 4});
  EXPECT_EQ(host.events() & event::kUrgent, event::kUrgent);
  EXPECT_EQ(host.connection().urgent_mark(), 5U);
}

// RFC 9293 3.10.7.4, sixth step: what was read already is not urgent any more; nor is anything
// after the FIN.
TEST(TcpUrgentReceive, IgnoresTheStale) {
  TcpHost host = established();
  host.receives({.flags = "P.", .seq = 1, .ack = 1, .text = "abc"});
  host.reads();
  host.events();
  host.receives({.flags = "U.", .seq = 4, .ack = 1, .urg = 0});
  EXPECT_EQ(host.events() & event::kUrgent, 0U);
  host.receives({.flags = "F.", .seq = 4, .ack = 1});
  host.events();
  host.receives({.flags = "U.", .seq = 5, .ack = 1, .urg = 9});
  EXPECT_EQ(host.events() & event::kUrgent, 0U);
}

}  // namespace
}  // namespace zsock::test
