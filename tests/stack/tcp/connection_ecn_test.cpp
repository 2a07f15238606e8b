// RFC 3168 6.1, where packet scripts do not reach: frames that a device cuts.
#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

// A device that cuts a frame copies its flags into every segment: CWR goes out alone.
// req: T-ECN
TEST(TcpEcn, CwrIsNoPartOfASuperSegment) {
  TcpHost host;
  tcp::HalfOpen half_open = host.half_open();
  half_open.ecn = true;
  host.accepts(half_open);
  host.receives({.flags = ".", .seq = 1, .ack = 1});
  host.writes(30000);
  EXPECT_EQ(host.sends(65000), (Seg{.flags = ".", .seq = 1, .ack = 1, .len = 10000}));
  host.receives({.flags = ".E", .seq = 1, .ack = 10001});
  EXPECT_EQ(host.counters().tcp_ecn_reductions, 1U);
  EXPECT_EQ(host.sends(65000), (Seg{.flags = ".W", .seq = 10001, .ack = 1, .len = 1000}));
  EXPECT_EQ(host.sends(65000), (Seg{.flags = ".", .seq = 11001, .ack = 1, .len = 4000}));
}

}  // namespace
}  // namespace zsock::test
