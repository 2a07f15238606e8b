// Multicast Listener Discovery, the listener's side.

#include "daemon/stack/net/mld.h"

#include "tests/stack/net/ip_bench.h"

namespace zsock::net {
namespace {

using wire::EtherType;
using wire::GroupRecord;
namespace type = wire::icmpv6_type;

const wire::IpAddress kAllNodes = ip("ff02::1");
const wire::IpAddress kGroup = ip("ff0e::77");
const wire::IpAddress kOther = ip("ff0e::78");
const wire::IpAddress kRouter = ip("fe80::99");

// RFC 8504 5.4, RFC 9777 5.2
// req: MLD-1
TEST(MldReport, GoesOutBeforeTheFirstProbe) {
  IpBench bench{Config{}};
  std::vector<std::uint8_t> order;
  for (int i = 0; i < 1000 && (order.empty() || order.back() != type::kNeighborSolicitation); ++i) {
    for (const Sent& sent : bench.drain()) {
      if (!sent.is(EtherType::ipv6)) continue;
      order.push_back(sent.icmp6().type);
      if (order.back() != type::kMldV2Report) continue;
      EXPECT_EQ(sent.v6().hop_limit, 1);
      EXPECT_EQ(sent.v6().destination, ip("ff02::16"));
      // Later ones come from the link-local address, once that is valid.
      EXPECT_TRUE(order.size() > 1 || sent.v6().source.is_unspecified());
      EXPECT_TRUE(wire::walk_ipv6_chain(sent.v6(), {}).router_alert);
    }
    bench.advance(1ms);
  }
  ASSERT_GE(order.size(), 2U);
  EXPECT_EQ(order.front(), type::kMldV2Report);
  EXPECT_EQ(order.back(), type::kNeighborSolicitation);
}

using Records = std::vector<std::pair<std::uint8_t, wire::IpAddress>>;

/// Type and group of what the reports of version 2 say.
Records reported(const std::vector<Sent>& frames) {
  Records records;
  for (const Sent& sent : frames) {
    if (!sent.is(EtherType::ipv6) || sent.icmp6().type != type::kMldV2Report) continue;
    const wire::Icmpv6 message = sent.icmp6();
    for (std::size_t at = 0; at < message.payload.size(); at += 20) {
      records.emplace_back(load_u8(message.payload, at),
                           wire::IpAddress::load(wire::Family::ipv6, message.payload, at + 4));
    }
  }
  return records;
}

/// Type and group of messages of version 1, which must be as RFC 2710 has them.
Records said_v1(const std::vector<Sent>& frames) {
  Records records;
  for (const Sent& sent : frames) {
    const wire::Icmpv6 message = sent.icmp6();
    if (message.type != type::kMldReport && message.type != type::kMldDone) continue;
    const auto group = wire::IpAddress::load(wire::Family::ipv6, message.payload, 0);
    EXPECT_EQ(message.payload.size(), 16U);
    EXPECT_EQ(message.rest, 0U);
    EXPECT_EQ(sent.v6().hop_limit, 1);
    EXPECT_TRUE(sent.v6().source.is_link_local());
    EXPECT_TRUE(wire::walk_ipv6_chain(sent.v6(), {}).router_alert);
    const bool report = message.type == type::kMldReport;
    EXPECT_EQ(sent.v6().destination, report ? group : ip("ff02::2"));
    EXPECT_EQ(sent.ethernet.destination, wire::multicast_mac(sent.v6().destination));
    records.emplace_back(message.type, group);
  }
  return records;
}

struct MldBench : IpBench {
  /// \param body  octets after the ICMPv6 header: 16 of version 1, 20 of version 2
  void query(std::uint16_t code, const wire::IpAddress& group, std::size_t body,
             std::uint8_t hop_limit = 1) {
    Bytes octets(20);
    group.store(octets, 0);
    octets.resize(body);
    message({.type = type::kMldQuery, .rest = std::uint32_t{code} << 16U, .payload = octets},
            kRouter, group.is_unspecified() ? kAllNodes : group, hop_limit);
  }
  void report_by(const wire::IpAddress& source, const wire::IpAddress& group,
                 std::uint8_t hop_limit = 1) {
    Bytes octets(16);
    group.store(octets, 0);
    message({.type = type::kMldReport, .payload = octets}, source, group, hop_limit);
  }
  void message(const wire::Icmpv6& said, const wire::IpAddress& source,
               const wire::IpAddress& destination, std::uint8_t hop_limit) {
    receive_v6({.next_header = wire::ip_protocol::kIcmpV6,
                .hop_limit = hop_limit,
                .source = source,
                .destination = destination},
               icmp6(said, source, destination), wire::multicast_mac(destination));
  }
  std::vector<Sent> within(Duration time) {
    advance(time);
    return drain();
  }
};

// RFC 9777 6.1
// req: MLD-1
TEST(MldReport, FollowsAJoinTwiceAndNamesNoAllNodes) {
  MldBench bench;
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].v6().source, bench.our_link_local);
  EXPECT_EQ(reported(frames), (Records{{GroupRecord::kToExclude, kGroup}}));
  const Records again = reported(bench.within(1s));
  EXPECT_THAT(again, testing::Contains(std::pair{GroupRecord::kIsExclude, kGroup}));
  EXPECT_THAT(again, testing::Contains(
                         std::pair{GroupRecord::kIsExclude, wire::solicited_node(bench.our_v6)}));
  for (const auto& [kind, group] : again) EXPECT_NE(group, kAllNodes);
  EXPECT_TRUE(bench.within(60s).empty());
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));  // a second member
  EXPECT_TRUE(bench.drain().empty());
}

// RFC 9777 6.1: switches need not wait until a group that has been left times out.
// req: MLD-1
TEST(MldReport, FollowsTheLastLeaveTwice) {
  MldBench bench;
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  bench.within(2s);
  ASSERT_TRUE(bench.net->leave(bench.eth, kGroup, bench.now));
  EXPECT_TRUE(bench.drain().empty());
  ASSERT_TRUE(bench.net->leave(bench.eth, kGroup, bench.now));
  const std::pair left{GroupRecord::kToInclude, kGroup};
  EXPECT_EQ(reported(bench.drain()), Records{left});
  EXPECT_THAT(reported(bench.within(1s)), testing::Contains(left));
  EXPECT_TRUE(bench.within(60s).empty());
}

// RFC 9777 6.2
// req: MLD-1
TEST(MldQuery, IsAnsweredOnceWithinItsDelay) {
  MldBench bench;
  for (int i = 0; i < 100; ++i) bench.query(5000, ip("::"), 20);
  EXPECT_TRUE(bench.drain().empty());
  EXPECT_EQ(bench.within(5s).size(), 1U);
  bench.query(5000, ip("::"), 20, 2);
  EXPECT_EQ(bench.counters.drop_ndp_invalid, 1U);
  bench.query(5000, ip("::"), 18);  // RFC 9777 8.1: neither version
  EXPECT_EQ(bench.counters.drop_ndp_invalid, 2U);
  EXPECT_TRUE(bench.within(60s).empty());
}

// RFC 9777 8.2.1: until a querier of version 1 has been silent for long.
// req: MLD-1
TEST(MldV1, IsSpokenWhereTheQuerierDoes) {
  MldBench bench;
  bench.query(1000, ip("::"), 16);
  const Records answer = said_v1(bench.within(1s));
  EXPECT_THAT(answer,
              testing::Contains(std::pair{type::kMldReport, wire::solicited_node(bench.our_v6)}));
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  EXPECT_EQ(said_v1(bench.drain()), (Records{{type::kMldReport, kGroup}}));
  EXPECT_THAT(said_v1(bench.within(1s)), testing::Contains(std::pair{type::kMldReport, kGroup}));
  ASSERT_TRUE(bench.net->leave(bench.eth, kGroup, bench.now));
  EXPECT_EQ(said_v1(bench.drain()), (Records{{type::kMldDone, kGroup}}));
  EXPECT_TRUE(bench.within(257s).empty());
  bench.within(2s);
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  EXPECT_EQ(reported(bench.drain()), (Records{{GroupRecord::kToExclude, kGroup}}));
}

// RFC 2710 4: one listener's report is enough for the querier; only one of this link counts.
// req: MLD-1
TEST(MldV1, AnotherListenersReportMakesOursNeedless) {
  MldBench bench;
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  ASSERT_TRUE(bench.net->join(bench.eth, kOther, bench.now));
  bench.within(2s);
  bench.query(1000, ip("::"), 16);
  bench.report_by(ip("fe80::77"), kGroup);
  bench.report_by(bench.peer_v6, kOther);
  bench.report_by(ip("fe80::77"), kOther, 2);
  const Records answer = said_v1(bench.within(1s));
  EXPECT_THAT(answer, testing::Not(testing::Contains(std::pair{type::kMldReport, kGroup})));
  EXPECT_THAT(answer, testing::Contains(std::pair{type::kMldReport, kOther}));
  bench.query(1000, ip("::"), 16);
  EXPECT_THAT(said_v1(bench.within(1s)), testing::Contains(std::pair{type::kMldReport, kGroup}));
}

// RFC 9777 6.2: of a group that we do not listen to, we have nothing to say.
// req: MLD-1
TEST(MldQuery, OfAnotherGroupIsNotOurs) {
  MldBench bench;
  ASSERT_TRUE(bench.net->join(bench.eth, kGroup, bench.now));
  bench.within(2s);
  Bytes octets(20);
  kOther.store(octets, 0);
  bench.message({.type = type::kMldQuery, .rest = 1000U << 16U, .payload = octets}, kRouter,
                kAllNodes, 1);
  EXPECT_TRUE(bench.within(60s).empty());
  kGroup.store(octets, 0);
  bench.message({.type = type::kMldQuery, .rest = 1000U << 16U, .payload = octets}, kRouter,
                kAllNodes, 1);
  EXPECT_EQ(bench.within(60s).size(), 1U);
}

}  // namespace
}  // namespace zsock::net
