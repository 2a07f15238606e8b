// The layer as a whole: echo, delivery, paths, frames out.

#include "daemon/stack/net/ip.h"

#include "tests/stack/net/ip_bench.h"

namespace zsock::net {
namespace {

using wire::EtherType;
namespace proto = wire::ip_protocol;

// RFC 1122 3.2.2.6
// req: ICM4-1
TEST(IpEcho, AnswersOverIpv4WithTheSamePayload) {
  IpBench bench;
  bench.introduce_peer();
  const Bytes data = pattern(56);
  bench.receive_v4(bench.v4(proto::kIcmpV4),
                   IpBench::icmp4(wire::icmpv4_type::kEcho, 0, 0x12340001, data));
  const auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].ethernet.destination, bench.peer_mac);
  EXPECT_EQ(frames[0].v4().source, bench.our_v4);
  EXPECT_EQ(frames[0].v4().destination, bench.peer_v4);
  EXPECT_EQ(frames[0].icmp4().type, wire::icmpv4_type::kEchoReply);
  EXPECT_EQ(frames[0].icmp4().rest, 0x12340001U);
  EXPECT_THAT(frames[0].icmp4().payload, testing::ElementsAreArray(data));
}

// RFC 4443 4.2
// req: IC6-1
TEST(IpEcho, AnswersOverIpv6WithTheSamePayload) {
  IpBench bench;
  bench.introduce_peer();
  const Bytes data = pattern(56);
  bench.receive_v6(bench.v6(proto::kIcmpV6),
                   IpBench::icmp6({.type = wire::icmpv6_type::kEcho, .rest = 7, .payload = data},
                                  bench.peer_v6, bench.our_v6));
  const auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].v6().source, bench.our_v6);
  EXPECT_EQ(frames[0].icmp6().type, wire::icmpv6_type::kEchoReply);
  EXPECT_EQ(frames[0].icmp6().rest, 7U);
  EXPECT_THAT(frames[0].icmp6().payload, testing::ElementsAreArray(data));
}

// RFC 1122 2.3.2.2
// req: ARP-4
TEST(IpEcho, ResolvesTheAskerFirstWhenUnknown) {
  IpBench bench;
  bench.receive_v4(bench.v4(proto::kIcmpV4),
                   IpBench::icmp4(wire::icmpv4_type::kEcho, 0, 1, pattern(8)));
  auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  ASSERT_TRUE(frames[0].is(EtherType::arp));
  EXPECT_EQ(frames[0].arp().target_ip, bench.peer_v4);
  bench.receive(bench.arp_frame({.operation = wire::Arp::Operation::reply,
                                 .sender_mac = bench.peer_mac,
                                 .sender_ip = bench.peer_v4,
                                 .target_mac = bench.our_mac,
                                 .target_ip = bench.our_v4},
                                bench.our_mac));
  frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].icmp4().type, wire::icmpv4_type::kEchoReply);
}

}  // namespace
}  // namespace zsock::net
