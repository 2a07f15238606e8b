// The layer as a whole: echo, delivery, paths, frames out.

#include "daemon/stack/net/ip.h"

#include <set>

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

// RFC 791 3.2, RFC 8200 4.5
// req: IP4-7
TEST(IpSend, FragmentsWhatExceedsTheMtu) {
  for (const bool v6 : {false, true}) {
    SCOPED_TRACE(v6 ? "IPv6" : "IPv4");
    IpBench bench;
    bench.introduce_peer();
    const Bytes data = pattern(65500);
    const std::array<ByteView, 3> parts{ByteView(data).first(8), ByteView(data).subspan(8, 3001),
                                        ByteView(data).subspan(3009)};
    const wire::IpAddress to = v6 ? bench.peer_v6 : bench.peer_v4;
    const auto path = bench.net->route(to, wire::IpAddress::any(to.family()), 0);
    ASSERT_TRUE(path);
    ASSERT_TRUE(bench.net->send(
        {.path = *path, .destination = to, .protocol = proto::kUdp, .parts = parts}, bench.now));
    Bytes whole(data.size());
    std::set<std::uint32_t> identifications;
    std::size_t last = 0;
    for (const Sent& sent : bench.drain()) {
      EXPECT_LE(sent.ethernet.payload.size(), 1500U);
      std::size_t offset = 0;
      ByteView payload;
      bool more = false;
      if (v6) {
        const auto fragment = *wire::Ipv6Fragment::parse(sent.v6().payload);
        EXPECT_EQ(fragment.next_header, proto::kUdp);
        identifications.insert(fragment.identification);
        offset = fragment.offset;
        payload = fragment.payload;
        more = fragment.more_fragments;
      } else {
        identifications.insert(sent.v4().identification);
        EXPECT_FALSE(sent.v4().dont_fragment);
        offset = sent.v4().fragment_offset;
        payload = sent.v4().payload;
        more = sent.v4().more_fragments;
      }
      std::copy(payload.begin(), payload.end(),
                whole.begin() + static_cast<std::ptrdiff_t>(offset));
      if (!more) ++last;
    }
    EXPECT_EQ(last, 1U);
    EXPECT_EQ(identifications.size(), 1U);
    EXPECT_EQ(whole, data);
  }
}

// req: IP4-7, IP4-4
TEST(IpSend, NeverFragmentsWhenTold) {
  IpBench bench;
  bench.introduce_peer();
  const auto path = *bench.net->route(bench.peer_v4, wire::IpAddress::any(wire::Family::ipv4), 0);
  const Bytes data = pattern(1481);
  std::array<ByteView, 1> parts{ByteView(data)};
  EXPECT_EQ(bench.net
                ->send({.path = path,
                        .destination = bench.peer_v4,
                        .protocol = proto::kUdp,
                        .parts = parts,
                        .fragmentation = Outbound::Fragmentation::forbidden},
                       bench.now)
                .error(),
            SockError::message_too_long);
  parts[0] = ByteView(data).first(1480);
  ASSERT_TRUE(bench.net->send({.path = path,
                               .destination = bench.peer_v4,
                               .protocol = proto::kUdp,
                               .parts = parts,
                               .fragmentation = Outbound::Fragmentation::forbidden},
                              bench.now));
  const auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_TRUE(frames[0].v4().dont_fragment);
  EXPECT_EQ(frames[0].v4().identification, 0);
}

TEST(IpSend, RefusesWhatNoPacketCanHold) {
  IpBench bench;
  bench.introduce_peer();
  EXPECT_EQ(bench.send(bench.peer_v4, pattern(65516)).error(), SockError::message_too_long);
  EXPECT_TRUE(bench.send(bench.peer_v4, pattern(65515)));
  EXPECT_EQ(bench.send(bench.peer_v6, pattern(65536)).error(), SockError::message_too_long);
  EXPECT_TRUE(bench.send(bench.peer_v6, pattern(65535)));
}

// RFC 8201 4
// req: PMTU-2
TEST(IpSend, KeepsToThePathMtu) {
  IpBench bench;
  bench.introduce_peer();
  bench.net->learn_path_mtu({.remote = bench.peer_v6, .mtu = 1300}, bench.now);
  ASSERT_TRUE(bench.send(bench.peer_v6, pattern(1400)));
  for (const Sent& sent : bench.drain()) EXPECT_LE(sent.ethernet.payload.size(), 1300U);
}

TEST(IpSend, SaysWhenTheQueueIsFull) {
  Config config = IpBench::instant_addresses();
  config.output_queue_packets = 10;
  IpBench bench(config);
  bench.introduce_peer();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(bench.send(bench.peer_v4, pattern(8)));
  EXPECT_TRUE(bench.net->output_full(bench.eth));
  EXPECT_EQ(bench.send(bench.peer_v4, pattern(8)).error(), SockError::no_buffers);
  bench.receive_v4(bench.v4(proto::kIcmpV4), IpBench::icmp4(8, 0, 1, pattern(8)));
  EXPECT_EQ(bench.counters.drop_output_queue_full, 1U);
  EXPECT_EQ(bench.drain().size(), 10U);
  EXPECT_FALSE(bench.net->output_full(bench.eth));
  EXPECT_TRUE(bench.send(bench.peer_v4, pattern(8)));
}

// RFC 1112 6.4, RFC 919
// req: ETH-2
TEST(IpSend, AddressesGroupsAndBroadcastsWithoutAsking) {
  IpBench bench;
  ASSERT_TRUE(bench.send(ip("239.129.2.3"), pattern(8)));
  ASSERT_TRUE(bench.send(ip("255.255.255.255"), pattern(8)));
  ASSERT_TRUE(bench.send(ip("192.0.2.255"), pattern(8)));
  ASSERT_TRUE(bench.send(ip("ff02::fb"), pattern(8)));
  const auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 4U);
  EXPECT_EQ(frames[0].ethernet.destination, mac("01:00:5e:01:02:03"));
  EXPECT_EQ(frames[0].v4().ttl, 1);
  EXPECT_TRUE(frames[1].ethernet.destination.is_broadcast());
  EXPECT_EQ(frames[1].v4().ttl, 64);
  EXPECT_TRUE(frames[2].ethernet.destination.is_broadcast());
  EXPECT_EQ(frames[3].ethernet.destination, mac("33:33:00:00:00:fb"));
  EXPECT_EQ(frames[3].v6().source, bench.our_link_local);
}

// req: ETH-7
TEST(IpLoopback, CarriesOurOwnAddressesWithoutALink) {
  IpBench bench;
  for (const char* text : {"127.0.0.1", "127.1.2.3", "::1", "192.0.2.1", "2001:db8::1"}) {
    SCOPED_TRACE(text);
    const wire::IpAddress to = ip(text);
    const auto path = bench.net->route(to, wire::IpAddress::any(to.family()), 0);
    ASSERT_TRUE(path);
    EXPECT_EQ(path->interface, kLoopbackInterface);
    EXPECT_EQ(path->mtu, 65535);
    ASSERT_TRUE(bench.send(to, IpBench::udp(path->source, to, pattern(20000))));
    EXPECT_TRUE(bench.drain().empty());
    TxFrame frame;
    ASSERT_TRUE(bench.net->poll_transmit(kLoopbackInterface, frame, bench.now));
    const Bytes bytes = IpBench::flatten(frame);
    const Input input = bench.net->receive(kLoopbackInterface, {.bytes = bytes}, bench.now);
    const auto* datagram = std::get_if<Datagram>(&input);
    ASSERT_NE(datagram, nullptr);
    EXPECT_EQ(datagram->destination, to);
    EXPECT_EQ(datagram->payload.size(), 20008U);
  }
}

// RFC 1122 3.2.1.3(g)
// req: ETH-7
TEST(IpLoopback, NeverLeaves) {
  IpBench bench;
  EXPECT_EQ(bench.net->route(bench.peer_v4, ip("127.0.0.1"), 0).error(), SockError::invalid);
  EXPECT_EQ(bench.net->route(bench.peer_v6, ip("::1"), 0).error(), SockError::invalid);
}

// RFC 1122 3.3.1, 3.3.4
// req: IP4-9
TEST(IpRoute, FindsNextHopAndSource) {
  IpBench bench;
  const auto any4 = wire::IpAddress::any(wire::Family::ipv4);
  EXPECT_EQ(bench.net->route(ip("203.0.113.1"), any4, 0).error(), SockError::network_unreachable);
  ASSERT_TRUE(bench.net->add_route(cidr("0.0.0.0/0"), ip("192.0.2.254")));
  const auto path = bench.net->route(ip("203.0.113.1"), any4, 0);
  ASSERT_TRUE(path);
  EXPECT_EQ(path->next_hop, ip("192.0.2.254"));
  EXPECT_EQ(path->source, bench.our_v4);
  EXPECT_EQ(path->interface, bench.eth);
  EXPECT_EQ(path->mtu, 1500);
  EXPECT_EQ(bench.net->route(bench.peer_v4, any4, 0)->next_hop, bench.peer_v4);
  EXPECT_EQ(bench.net->route(bench.peer_v4, ip("192.0.2.77"), 0).error(),
            SockError::address_not_available);
  EXPECT_EQ(bench.net->route(bench.peer_v4, bench.our_v6, 0).error(), SockError::invalid);
}

TEST(IpRoute, NeedsAScopeWhenALinkLocalDestinationIsAmbiguous) {
  IpBench bench;
  const auto any6 = wire::IpAddress::any(wire::Family::ipv6);
  EXPECT_EQ(bench.net->route(ip("fe80::9"), any6, 0)->source, bench.our_link_local);
  const InterfaceId second = bench.net->add_interface({.mac = mac("02:00:00:00:00:07")}, bench.now);
  EXPECT_EQ(bench.net->route(ip("fe80::9"), any6, 0).error(), SockError::invalid);
  EXPECT_EQ(bench.net->route(ip("fe80::9"), any6, second.value)->interface, second);
  EXPECT_EQ(bench.net->route(ip("fe80::9"), bench.our_link_local, 0)->interface, bench.eth);
  EXPECT_EQ(bench.net->route(ip("fe80::9"), any6, 99).error(), SockError::no_device);
}

TEST(IpRoute, TakesOnlyGatewaysOnTheLink) {
  IpBench bench;
  const auto refused = [&](std::string_view gateway) {
    const auto added = bench.net->add_route(cidr("198.51.100.0/24"), ip(gateway));
    return !added && added.error() == SockError::network_unreachable;
  };
  EXPECT_TRUE(refused("203.0.113.1"));
  EXPECT_TRUE(refused("192.0.2.1"));
  EXPECT_TRUE(refused("192.0.2.255"));
  EXPECT_TRUE(refused("224.0.0.1"));
  EXPECT_TRUE(refused("2001:db8::9"));
  EXPECT_TRUE(bench.net->add_route(cidr("::/0"), ip("fe80::9")));
  Config config = IpBench::instant_addresses();
  config.route_limit = 4;
  IpBench small(config);
  std::size_t added = 0;
  while (small.net->add_route({wire::IpAddress::v4(static_cast<std::uint32_t>(added) << 24U), 8},
                              ip("192.0.2.254"))) {
    ++added;
  }
  EXPECT_LE(added, 4U);
}

// RFC 1122 3.3.1.4
// req: IP4-9
TEST(IpRoute, MovesToAnotherGatewayWhenOneIsDead) {
  IpBench bench;
  ASSERT_TRUE(bench.net->add_route(cidr("0.0.0.0/0"), ip("192.0.2.253")));
  ASSERT_TRUE(bench.net->add_route(cidr("0.0.0.0/0"), ip("192.0.2.254")));
  ASSERT_TRUE(bench.send(ip("203.0.113.1"), pattern(8)));
  bench.advance(3s);
  const auto path =
      bench.net->route(ip("203.0.113.1"), wire::IpAddress::any(wire::Family::ipv4), 0);
  EXPECT_EQ(path->next_hop, ip("192.0.2.254"));
}

TEST(IpAddresses, RefuseWhatNoInterfaceCanHave) {
  IpBench bench;
  const auto error = [&](std::string_view text) {
    const auto added = bench.net->add_address(bench.eth, cidr(text), bench.now);
    return added ? SockError::none : added.error();
  };
  for (const char* text : {"0.0.0.0/0", "224.0.0.1/4", "127.0.0.2/8", "255.255.255.255/32",
                           "240.0.0.1/8", "198.51.100.0/24", "198.51.100.255/24", "::/0", "::1/128",
                           "ff02::1/16", "::ffff:192.0.2.1/128"}) {
    EXPECT_EQ(error(text), SockError::invalid) << text;
  }
  EXPECT_EQ(error("192.0.2.1/16"), SockError::address_in_use);
  EXPECT_EQ(error("198.51.100.0/31"), SockError::none);
  EXPECT_EQ(bench.net->add_address(InterfaceId{9}, cidr("192.0.2.9/24"), bench.now).error(),
            SockError::invalid);
  EXPECT_EQ(bench.net->add_address(kLoopbackInterface, cidr("192.0.2.9/24"), bench.now).error(),
            SockError::invalid);
  EXPECT_FALSE(bench.net->set_mtu(bench.eth, 67));
  EXPECT_EQ(bench.net->interface(InterfaceId{9}), nullptr);
  EXPECT_EQ(bench.net->join(bench.eth, bench.peer_v4, bench.now).error(), SockError::invalid);
  EXPECT_EQ(bench.net->join(InterfaceId{9}, ip("239.1.1.1"), bench.now).error(),
            SockError::no_device);
}

// RFC 9293 3.9.1: what TCP builds its segments on
// req: IP4-4, IP4-7, IP4-8
TEST(IpBeginFrame, WritesBothHeadersForAWholeSuperSegment) {
  IpBench bench;
  bench.introduce_peer();
  for (const wire::IpAddress& to : {bench.peer_v4, bench.peer_v6}) {
    const auto path = *bench.net->route(to, wire::IpAddress::any(to.family()), 0);
    ASSERT_TRUE(bench.net->ready(path, bench.now));
    TxFrame frame;
    const std::size_t start =
        bench.net->begin_frame(frame,
                               {.path = path,
                                .destination = to,
                                .protocol = proto::kTcp,
                                .options = {.traffic_class = 4},
                                .fragmentation = Outbound::Fragmentation::forbidden},
                               60020, bench.now);
    Bytes bytes = join({ByteView(frame.header).first(start), pattern(60020)});
    const auto ethernet = wire::Ethernet::parse(bytes);
    EXPECT_EQ(ethernet->destination, bench.peer_mac);
    EXPECT_EQ(ethernet->source, bench.our_mac);
    if (to.is_v4()) {
      EXPECT_EQ(start, 34U);
      const auto packet = wire::Ipv4::parse(ethernet->payload);
      ASSERT_TRUE(packet);
      EXPECT_TRUE(packet->dont_fragment);
      EXPECT_EQ(packet->payload.size(), 60020U);
      EXPECT_EQ(packet->tos, 4);
      EXPECT_EQ(packet->ttl, 64);
    } else {
      EXPECT_EQ(start, 54U);
      const auto packet = wire::Ipv6::parse(ethernet->payload);
      ASSERT_TRUE(packet);
      EXPECT_EQ(packet->payload.size(), 60020U);
      EXPECT_EQ(packet->traffic_class, 4);
    }
  }
}

TEST(IpBeginFrame, HasNoLinkHeaderOnTheLoopback) {
  IpBench bench;
  const auto path = *bench.net->route(ip("127.0.0.1"), wire::IpAddress{}, 0);
  EXPECT_TRUE(bench.net->ready(path, bench.now));
  TxFrame frame;
  EXPECT_EQ(bench.net->begin_frame(
                frame, {.path = path, .destination = ip("127.0.0.1"), .protocol = proto::kTcp}, 20,
                bench.now),
            20U);
}

}  // namespace
}  // namespace zsock::net
