// Rings that grow (docs/decisions/0012-rings-that-grow.md), as a client of zsockd sees them.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "tests/daemon/bench.h"

namespace zsock::host {
namespace {

namespace flag = ipc::status_flag;
using test::Bench;
using test::ConnectedPair;
using test::RawClient;
using test::RawSocket;

void set_size(RawClient& client, const RawSocket& socket, int name, int value) {
  ipc::Request request;
  request.header.op = static_cast<std::uint16_t>(ipc::Op::set_option);
  request.slot = socket.slot;
  request.generation = socket.generation;
  request.a = SOL_SOCKET;
  request.b = name;
  request.value_size = sizeof(value);
  std::memcpy(request.value.data(), &value, sizeof(value));
  ASSERT_EQ(client.ask(request).error, 0);
}

std::string text(std::size_t octets) {
  std::string result(octets, '\0');
  for (std::size_t i = 0; i < octets; ++i) result[i] = static_cast<char>((i * 7 + i / 251) % 256);
  return result;
}

class RingsTest : public testing::Test {
 protected:
  std::uint32_t receive_order() { return pair_.server.status(pair_.far).receive.order(); }
  std::uint32_t transmit_order() { return pair_.client.status(pair_.near).transmit.order(); }
  bool offered(std::uint32_t what) {
    return ((what == flag::kGrowReceive ? pair_.server.flags(pair_.far)
                                        : pair_.client.flags(pair_.near)) &
            what) != 0;
  }
  int grow_receive() { return pair_.server.call(ipc::Op::grow, pair_.far, ipc::kReceiveRing); }
  int grow_transmit() { return pair_.client.call(ipc::Op::grow, pair_.near, ipc::kTransmitRing); }
  /// From near to far; takes what is offered on the way. True when it arrives unchanged.
  bool carry(const std::string& octets) {
    std::string got;
    for (std::size_t sent = 0; got.size() < octets.size();) {
      if (offered(flag::kGrowTransmit)) refusals_ += grow_transmit();
      sent += pair_.client.write(pair_.near, std::string_view(octets).substr(sent));
      bench_.settle();
      bench_.pass(std::chrono::microseconds{100});
      const std::string more = pair_.server.read(pair_.far);
      if (offered(flag::kGrowReceive)) refusals_ += grow_receive();
      got += more;
    }
    return got == octets && refusals_ == 0;
  }

  Bench bench_;
  ConnectedPair pair_{bench_};
  int refusals_ = 0;
};

// req: T-TUNE
TEST_F(RingsTest, BulkMakesBothLargerAndLosesNothing) {
  const std::uint32_t before = receive_order();
  EXPECT_TRUE(carry(text(20'000'000)));
  EXPECT_GT(receive_order(), before);
  EXPECT_GT(transmit_order(), before);
}

// req: conformance 2.5
TEST_F(RingsTest, SetSizesAreOfferedAndKept) {
  set_size(pair_.server, pair_.far, SO_RCVBUF, 1 << 20);
  set_size(pair_.client, pair_.near, SO_SNDBUF, 1 << 20);
  ASSERT_TRUE(offered(flag::kGrowReceive) && offered(flag::kGrowTransmit));
  EXPECT_TRUE(carry(text(20'000'000)));
  EXPECT_EQ(receive_order(), 21U) << "twice what was set, and never more";
  EXPECT_EQ(transmit_order(), 21U);
}

TEST_F(RingsTest, WhatLiesInARingComesAlong) {
  const std::string octets = text(200'000);
  ASSERT_EQ(pair_.client.write(pair_.near, octets), octets.size());
  bench_.settle();
  set_size(pair_.server, pair_.far, SO_RCVBUF, 1 << 20);
  EXPECT_EQ(grow_receive(), 0);
  EXPECT_EQ(receive_order(), 21U);
  EXPECT_TRUE(pair_.server.read(pair_.far) == octets);
}

TEST_F(RingsTest, WhoIsNotOfferedOneKeepsHisRing) {
  const std::uint32_t before = receive_order();
  EXPECT_EQ(grow_receive(), 0);
  EXPECT_EQ(grow_transmit(), 0);
  EXPECT_EQ(receive_order(), before);
  EXPECT_EQ(pair_.client.call(ipc::Op::grow, pair_.near, 2), EINVAL);
  EXPECT_EQ(pair_.server.call(ipc::Op::grow, pair_.listener, ipc::kReceiveRing), ENOTCONN);
}

// A hostile client changes its index while it asks.
TEST_F(RingsTest, IndicesAreCheckedBeforeTheRingIsLarger) {
  set_size(pair_.client, pair_.near, SO_SNDBUF, 1 << 20);
  ASSERT_TRUE(offered(flag::kGrowTransmit));
  pair_.client.app(pair_.near).transmit_tail.publish(1U << 20U);
  EXPECT_NE(grow_transmit(), 0);
  EXPECT_EQ(pair_.client.call(ipc::Op::grow, pair_.near, ipc::kTransmitRing), ECONNABORTED);
}

// req: conformance ACL-5
TEST(RingsQuota, EndsTheGrowthAndNotTheConnection) {
  Config config = test::plain_config();
  config.host.quota.memory = 2 * Arena::kOctets + (4U << 20U);
  Bench bench{config};
  ConnectedPair pair{bench};
  set_size(pair.client, pair.near, SO_SNDBUF, 1 << 20);
  ASSERT_NE(pair.client.flags(pair.near) & flag::kGrowTransmit, 0U);
  EXPECT_EQ(pair.client.call(ipc::Op::grow, pair.near, ipc::kTransmitRing), ENOBUFS);
  EXPECT_EQ(pair.client.flags(pair.near) & flag::kGrowTransmit, 0U) << "not offered again";
  EXPECT_EQ(pair.client.write(pair.near, "on"), 2U);
  bench.settle();
  EXPECT_EQ(pair.server.read(pair.far), "on");
}

}  // namespace
}  // namespace zsock::host
