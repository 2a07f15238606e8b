// What TCP_INFO tells of sending: tcpi_busy_time, _rwnd_limited, _sndbuf_limited, _delivery_rate.
#include "daemon/stack/tcp/send_meter.h"

#include <gtest/gtest.h>

#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

using Wait = tcp::SendMeter::Wait;

Duration spent(const TcpHost& host, Wait wait) {
  return host.info().sending.spent(wait, host.now());
}

void acks(TcpHost& host, std::uint32_t ack, std::uint16_t window = 65535) {
  host.receives({.flags = ".", .seq = 1, .ack = ack, .win = window});
}

TEST(TcpSendMeter, TimeWithoutTextIsNotBusy) {
  TcpHost host;
  host.establish();
  host.advance(50ms);
  host.writes(3000);
  host.sends_all();
  host.advance(10ms);
  EXPECT_EQ(spent(host, Wait::path), 10ms) << "still running";
  acks(host, 3001);
  host.advance(70ms);
  EXPECT_EQ(spent(host, Wait::path), 10ms);
  EXPECT_EQ(spent(host, Wait::peer), 0ms);
  EXPECT_EQ(spent(host, Wait::buffer), 0ms);
}

TEST(TcpSendMeter, PeersWindowStopsText) {
  TcpHost host;
  host.establish({.win = 4000});
  host.writes(7000);
  host.sends_all();
  host.advance(20ms);
  acks(host, 4001, 0);
  host.advance(100ms);
  EXPECT_EQ(spent(host, Wait::peer), 120ms);
  acks(host, 4001, 4000);
  host.sends_all();
  host.advance(5ms);
  acks(host, 7001, 4000);
  EXPECT_EQ(spent(host, Wait::peer), 120ms);
  EXPECT_EQ(spent(host, Wait::path), 5ms);
}

TEST(TcpSendMeter, CongestionWindowIsThePathsMatter) {
  TcpHost host;
  host.establish();
  host.writes(20000);
  EXPECT_EQ(host.sends_all().size(), 10U);
  host.advance(20ms);
  EXPECT_EQ(spent(host, Wait::path), 20ms);
  EXPECT_EQ(spent(host, Wait::peer), 0ms);
}

TEST(TcpSendMeter, FullRingStopsTheWriter) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.transmit_ring = 4096;
  TcpHost host{setup};
  host.establish();
  host.writes(4000);
  host.sends_all();
  host.advance(30ms);
  EXPECT_EQ(spent(host, Wait::buffer), 30ms);
  acks(host, 3001);
  host.advance(1ms);
  EXPECT_EQ(spent(host, Wait::buffer), 30ms);
  EXPECT_EQ(spent(host, Wait::path), 1ms);
}

TEST(TcpSendMeter, RateIsOfARoundTrip) {
  TcpHost host;
  host.establish();
  EXPECT_EQ(host.info().sending.rate(), 0U);
  host.writes(100000);
  host.sends_all();
  host.advance(100ms);
  acks(host, 5001);
  EXPECT_EQ(host.info().sending.rate(), 50000U);
  EXPECT_FALSE(host.info().sending.short_of_text());
  host.sends_all();
  host.advance(100ms);
  acks(host, 13001);
  EXPECT_EQ(host.info().sending.rate(), 80000U);
}

TEST(TcpSendMeter, PauseIsNotPartOfARound) {
  TcpHost host;
  host.establish();
  host.writes(2000);
  host.sends_all();
  host.advance(10ms);
  acks(host, 2001);
  EXPECT_EQ(host.info().sending.rate(), 200000U);
  EXPECT_TRUE(host.info().sending.short_of_text());
  host.advance(1000ms);
  host.writes(3000);
  host.sends_all();
  host.advance(10ms);
  acks(host, 5001);
  EXPECT_EQ(host.info().sending.rate(), 300000U);
  host.writes(1000);
  host.sends_all();
  host.advance(10ms);
  acks(host, 6001);
  EXPECT_EQ(host.info().sending.rate(), 300000U) << "that was the writer's rate";
}

// RFC 2883: what the peer has got twice.
TEST(TcpSendMeter, DuplicatesThatThePeerReports) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.config.sack = true;
  TcpHost host{setup};
  host.establish({.sack = true});
  host.writes(3000);
  host.sends_all();
  host.receives({.flags = ".", .seq = 1, .ack = 2001, .sack = {{{1, 1001}}}});
  EXPECT_EQ(host.info().duplicates_reported, 1U);
}

// What has overtaken what, on its way here and there.
TEST(TcpSendMeter, ReorderingOfBothDirections) {
  TcpHost::Setup setup = TcpHost::plain();
  setup.config.sack = true;
  TcpHost host{setup};
  host.establish({.sack = true});
  host.receives({.flags = ".", .seq = 1001, .ack = 1, .text = pattern(1000, 1000)});
  host.receives({.flags = ".", .seq = 2001, .ack = 1, .text = pattern(2000, 500)});
  EXPECT_EQ(host.info().out_of_order, 2U);
  host.receives({.flags = ".", .seq = 1, .ack = 1, .text = pattern(0, 1000)});
  host.receives({.flags = ".", .seq = 2501, .ack = 1, .text = pattern(2500, 500)});
  EXPECT_EQ(host.info().out_of_order, 2U);
  host.writes(3000);
  host.sends_all();
  host.receives({.flags = ".", .seq = 3001, .ack = 1, .sack = {{{1001, 2001}}}});
  EXPECT_EQ(host.info().reorderings, 0U) << "the first may be lost";
  host.receives({.flags = ".", .seq = 3001, .ack = 2001});
  EXPECT_EQ(host.info().reorderings, 1U);
}

}  // namespace
}  // namespace zsock::test
