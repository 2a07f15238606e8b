// Selective acknowledgments: RFC 2018, RFC 2883, RFC 6675.
#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

using Blocks = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

TcpHost::Setup sack_setup() {
  TcpHost::Setup setup = TcpHost::plain();
  setup.config.sack = true;
  return setup;
}

TcpHost established(const TcpHost::Setup& setup = sack_setup()) {
  TcpHost host{setup};
  host.establish({.sack = true});
  return host;
}

void arrives(TcpHost& host, std::uint32_t seq, std::size_t octets) {
  host.receives({.flags = ".", .seq = seq, .ack = 1, .text = pattern(seq - 1, octets)});
}

Blocks told(const Seg& segment) {
  return segment.sack.value_or(Blocks{});
}

// --- Agreement (RFC 2018 2) ----------------------------------------------------------------------

// req: T-SACK
TEST(TcpSackPermitted, IsInOurSyn) {
  TcpHost host{sack_setup()};
  host.opens();
  EXPECT_EQ(host.sends(), (Seg{.flags = "S", .seq = 0, .sack_ok = true}));
  host.receives({.flags = "S.", .seq = 0, .ack = 1, .mss = 1000, .sack_ok = true});
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .sack_ok = false}));
  EXPECT_TRUE(host.info().sack);
}

TEST(TcpSackPermitted, IsNotInOurSynWhenSwitchedOff) {
  TcpHost host;
  host.opens();
  EXPECT_EQ(host.sends(), (Seg{.flags = "S", .seq = 0, .sack_ok = false}));
  host.receives({.flags = "S.", .seq = 0, .ack = 1, .mss = 1000, .sack_ok = true});
  EXPECT_FALSE(host.info().sack);
}

// RFC 2018 3: no blocks for a peer that has not permitted them.
TEST(TcpSackPermitted, WithoutItNoBlocks) {
  TcpHost host{sack_setup()};
  host.establish({.sack = false});
  arrives(host, 1001, 1000);
  EXPECT_EQ(told(host.sends()), Blocks{});
  EXPECT_FALSE(host.info().sack);
}

TEST(TcpSackPermitted, PassiveSideKnowsFromTheSynQueue) {
  TcpHost host{sack_setup()};
  tcp::HalfOpen half_open = host.half_open();
  half_open.sack = true;
  host.accepts(half_open);
  host.receives({.flags = ".", .seq = 1, .ack = 1});
  arrives(host, 1001, 1000);
  EXPECT_EQ(told(host.sends()), (Blocks{{1001, 2001}}));
}

// Simultaneous open: the SYN-ACK answers the option.
TEST(TcpSackPermitted, IsInTheSynAckOfASimultaneousOpen) {
  TcpHost host{sack_setup()};
  host.opens();
  host.sends();
  host.receives({.flags = "S", .seq = 0, .mss = 1000, .sack_ok = true});
  EXPECT_EQ(host.sends(), (Seg{.flags = "S.", .seq = 0, .ack = 1, .sack_ok = true}));
}

// --- The receiver (RFC 2018 4) -------------------------------------------------------------------

// req: T-SACK
TEST(TcpSackReceiver, NewestBlockFirst) {
  TcpHost host = established();
  arrives(host, 2001, 1000);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 1, .sack = Blocks{{2001, 3001}}}));
  arrives(host, 6001, 1000);
  EXPECT_EQ(told(host.sends()), (Blocks{{6001, 7001}, {2001, 3001}}));
  arrives(host, 3001, 1000);
  EXPECT_EQ(told(host.sends()), (Blocks{{2001, 4001}, {6001, 7001}}));
  arrives(host, 1, 2000);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 4001, .sack = Blocks{{6001, 7001}}}));
  arrives(host, 4001, 2000);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 7001, .sack = Blocks{}}));
}

// RFC 2018 3: four blocks, three beside timestamps.
TEST(TcpSackReceiver, AsManyBlocksAsTheHeaderTakes) {
  TcpHost::Setup setup = sack_setup();
  for (const bool timestamps : {false, true}) {
    setup.config.timestamps = timestamps;
    TcpHost host{setup};
    const std::optional<Ts> ts = timestamps ? std::optional<Ts>{Ts{.val = 1}} : std::nullopt;
    host.establish({.ts = ts, .sack = true});
    Seg last;
    for (std::uint32_t seq = 2001; seq < 20001; seq += 2000) {
      host.receives({.flags = ".", .seq = seq, .ack = 1, .len = 100, .ts = ts});
      last = host.sends();
    }
    const std::size_t expected = timestamps ? 3 : 4;
    EXPECT_EQ(told(last).size(), expected);
    EXPECT_EQ(told(last).front(), (std::pair{18001U, 18101U}));
  }
}

// Blocks never make a segment longer than the path takes; a bare ACK follows instead.
TEST(TcpSackReceiver, FullSegmentsCarryNone) {
  TcpHost host = established();
  host.writes(1000);
  arrives(host, 2001, 1000);
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 1, .len = 1000, .sack = Blocks{}}));
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1001, .ack = 1, .sack = Blocks{{2001, 3001}}}));
  EXPECT_EQ(host.sends(), kNothing);
}

TEST(TcpSackReceiver, ShortSegmentsCarryThem) {
  TcpHost host = established();
  host.writes(100);
  arrives(host, 2001, 1000);
  EXPECT_EQ(host.sends(), (Seg{.flags = "P.", .seq = 1, .len = 100, .sack = Blocks{{2001, 3001}}}));
}

// --- Duplicates (RFC 2883 4) ---------------------------------------------------------------------

// req: T-DSACK; RFC 2883 4.1
TEST(TcpDuplicateSack, ReportsTextBelowTheAcknowledgedOnce) {
  TcpHost host = established();
  arrives(host, 1, 2000);
  host.sends();
  arrives(host, 1, 1000);
  EXPECT_EQ(host.sends(), (Seg{.flags = ".", .seq = 1, .ack = 2001, .sack = Blocks{{1, 1001}}}));
  EXPECT_EQ(host.sends(), kNothing);
  arrives(host, 4001, 1000);
  EXPECT_EQ(told(host.sends()), (Blocks{{4001, 5001}}));
}

// RFC 2883 4.2: the duplicate, then the block it lies in.
TEST(TcpDuplicateSack, ReportsTextHeldAlready) {
  TcpHost host = established();
  arrives(host, 2001, 2000);
  host.sends();
  arrives(host, 2001, 1000);
  EXPECT_EQ(host.sends(),
            (Seg{.flags = ".", .seq = 1, .ack = 1, .sack = Blocks{{2001, 3001}, {2001, 4001}}}));
}

// RFC 2883 4.3: only the part that was there.
TEST(TcpDuplicateSack, ReportsThePartThatWasThere) {
  TcpHost host = established();
  arrives(host, 1, 1000);
  host.run(std::chrono::seconds(1));
  arrives(host, 501, 1000);
  EXPECT_EQ(host.run(std::chrono::seconds(1)).at(0).segment,
            (Seg{.flags = ".", .seq = 1, .ack = 1501, .sack = Blocks{{501, 1001}}}));
}

// A full segment does not take it along, nor is it forgotten.
TEST(TcpDuplicateSack, WaitsForABareAck) {
  TcpHost host = established();
  arrives(host, 1, 1000);
  host.run(std::chrono::seconds(1));
  host.writes(1000);
  arrives(host, 1, 1000);
  EXPECT_EQ(told(host.sends()), Blocks{});
  EXPECT_EQ(told(host.sends()), (Blocks{{1, 1001}}));
}

TEST(TcpDuplicateSack, NotForAPeerWithoutSack) {
  TcpHost host{sack_setup()};
  host.establish({.sack = false});
  arrives(host, 1, 1000);
  host.run(std::chrono::seconds(1));
  arrives(host, 1, 1000);
  EXPECT_EQ(told(host.sends()), Blocks{});
}

}  // namespace
}  // namespace zsock::test
