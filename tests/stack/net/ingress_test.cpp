// What is let in, and what is dropped and counted.

#include "daemon/stack/net/ingress.h"

#include "tests/stack/net/ip_bench.h"

namespace zsock::net {
namespace {

using wire::EtherType;
namespace proto = wire::ip_protocol;

const Datagram* datagram(const Input& input) {
  return std::get_if<Datagram>(&input);
}

// RFC 768
TEST(IngressDeliver, HandsUdpOverIpv4Up) {
  IpBench bench;
  const Bytes udp = IpBench::udp(bench.peer_v4, bench.our_v4, pattern(20));
  wire::Ipv4 header = bench.v4(proto::kUdp);
  header.ttl = 7;
  header.tos = 0x2c;
  const Bytes frame = bench.ethernet(EtherType::ipv4, IpBench::packet(header, udp));
  const Input input = bench.net->receive(
      bench.eth, {.bytes = frame, .checksum_verified = true, .segment_size = 900}, bench.now);
  const Datagram* got = datagram(input);
  ASSERT_NE(got, nullptr);
  EXPECT_EQ(got->source, bench.peer_v4);
  EXPECT_EQ(got->destination, bench.our_v4);
  EXPECT_EQ(got->interface, bench.eth);
  EXPECT_EQ(got->protocol, proto::kUdp);
  EXPECT_EQ(got->hop_limit, 7);
  EXPECT_EQ(got->traffic_class, 0x2c);
  EXPECT_FALSE(got->to_group);
  EXPECT_TRUE(got->checksum_verified);
  EXPECT_EQ(got->segment_size, 900);
  EXPECT_THAT(got->payload, testing::ElementsAreArray(udp));
  EXPECT_EQ(got->packet.size(), 20U + udp.size());
}

TEST(IngressDeliver, HandsUdpOverIpv6UpPastExtensionHeaders) {
  IpBench bench;
  const Bytes udp = IpBench::udp(bench.peer_v6, bench.our_v6, pattern(20));
  const Bytes options{std::byte{proto::kUdp}, std::byte{0}, std::byte{1}, std::byte{4},
                      std::byte{0},           std::byte{0}, std::byte{0}, std::byte{0}};
  const Bytes payload = join({options, udp});
  const Bytes frame = bench.ethernet(
      EtherType::ipv6, IpBench::packet(bench.v6(proto::kDestinationOptions), payload));
  const Input input = bench.receive(frame);
  ASSERT_NE(datagram(input), nullptr);
  EXPECT_THAT(datagram(input)->payload, testing::ElementsAreArray(udp));
}

// req: ETH-1
TEST(IngressDeliver, CutsOffPaddingByTheIpLength) {
  IpBench bench;
  const Bytes udp = IpBench::udp(bench.peer_v4, bench.our_v4, pattern(2));
  Bytes frame = bench.ethernet(EtherType::ipv4, IpBench::packet(bench.v4(proto::kUdp), udp));
  frame.resize(60, std::byte{0xee});
  const Input input = bench.receive(frame);
  ASSERT_NE(datagram(input), nullptr);
  EXPECT_EQ(datagram(input)->payload.size(), udp.size());
}

// RFC 1112 6, RFC 919
TEST(IngressDeliver, MarksGroupsAndBroadcasts) {
  IpBench bench;
  const auto received = [&](const wire::IpAddress& to, const wire::MacAddr& mac) {
    wire::Ipv4 header = bench.v4(proto::kUdp);
    header.destination = to;
    const Bytes frame = bench.ethernet(
        EtherType::ipv4, IpBench::packet(header, IpBench::udp(bench.peer_v4, to, pattern(4))), mac);
    const Input input = bench.receive(frame);
    return datagram(input) != nullptr && datagram(input)->to_group;
  };
  EXPECT_TRUE(received(ip("255.255.255.255"), wire::MacAddr::broadcast()));
  EXPECT_TRUE(received(ip("192.0.2.255"), wire::MacAddr::broadcast()));
  EXPECT_TRUE(received(ip("224.0.0.1"), wire::multicast_mac(ip("224.0.0.1"))));
  const wire::IpAddress group = ip("239.1.2.3");
  EXPECT_FALSE(received(group, wire::multicast_mac(group)));
  EXPECT_EQ(bench.counters.drop_frame_not_for_us, 1U);
  ASSERT_TRUE(bench.net->join(bench.eth, group, bench.now));
  EXPECT_TRUE(received(group, wire::multicast_mac(group)));
  // 224.1.2.3 has the same Ethernet address.
  EXPECT_FALSE(received(ip("224.1.2.3"), wire::multicast_mac(group)));
  EXPECT_EQ(bench.counters.drop_ipv4_bad_destination, 1U);
  ASSERT_TRUE(bench.net->leave(bench.eth, group, bench.now));
  EXPECT_FALSE(received(group, wire::multicast_mac(group)));
}

struct DropCase {
  const char* name;
  std::uint64_t Counters::*counter;
  Bytes (*frame)(IpBench&);
};

Bytes v4_frame(IpBench& bench, const wire::Ipv4& header,
               std::optional<wire::MacAddr> to = std::nullopt) {
  return bench.ethernet(EtherType::ipv4, IpBench::packet(header, pattern(16)), to);
}
Bytes v4_from(IpBench& bench, std::string_view source) {
  wire::Ipv4 header = bench.v4(proto::kUdp);
  header.source = ip(source);
  return v4_frame(bench, header);
}
Bytes v4_to(IpBench& bench, std::string_view destination) {
  wire::Ipv4 header = bench.v4(proto::kUdp);
  header.destination = ip(destination);
  return v4_frame(bench, header);
}
Bytes v6_frame(IpBench& bench, const wire::Ipv6& header,
               std::optional<wire::MacAddr> to = std::nullopt) {
  return bench.ethernet(EtherType::ipv6, IpBench::packet(header, pattern(16)), to);
}
Bytes v6_from(IpBench& bench, std::string_view source) {
  wire::Ipv6 header = bench.v6(proto::kUdp);
  header.source = ip(source);
  return v6_frame(bench, header);
}
Bytes v6_to(IpBench& bench, std::string_view destination) {
  wire::Ipv6 header = bench.v6(proto::kUdp);
  header.destination = ip(destination);
  return v6_frame(bench, header);
}
Bytes source_routed(IpBench& bench) {
  Bytes packet = IpBench::packet(bench.v4(proto::kUdp), pattern(16));
  const Bytes option{std::byte{131}, std::byte{7}, std::byte{4}, std::byte{192},
                     std::byte{0},   std::byte{2}, std::byte{9}, std::byte{0}};
  packet.insert(packet.begin() + 20, option.begin(), option.end());
  packet[0] = std::byte{0x47};
  store_be16(packet, 2, static_cast<std::uint16_t>(packet.size()));
  store_be16(packet, 10, 0);
  store_be16(packet, 10, wire::checksum(ByteView(packet).first(28)));
  return bench.ethernet(EtherType::ipv4, packet);
}

// req: ETH-1, ETH-7, IP4-1, IP4-2, IP4-3, IP4-9, IP4-10, IP6-1
TEST(IngressDrop, CountsEachReason) {
  const std::vector<DropCase> cases{
      {"short frame", &Counters::drop_frame_too_short, [](IpBench&) { return pattern(13); }},
      {"802.3 length", &Counters::drop_unknown_ether_type,
       [](IpBench& b) { return b.ethernet(static_cast<EtherType>(0x5ff), pattern(50)); }},
      {"unknown type", &Counters::drop_unknown_ether_type,
       [](IpBench& b) { return b.ethernet(static_cast<EtherType>(0x88cc), pattern(50)); }},
      {"tag", &Counters::drop_vlan,
       [](IpBench& b) { return b.ethernet(EtherType::vlan, pattern(1)); }},
      {"foreign frame", &Counters::drop_frame_not_for_us,
       [](IpBench& b) { return v4_frame(b, b.v4(17), mac("02:00:00:00:00:99")); }},
      {"frame from a group", &Counters::drop_frame_bad_source,
       [](IpBench& b) {
         Bytes frame = v4_frame(b, b.v4(17));
         frame[6] = std::byte{0x01};
         return frame;
       }},
      {"frame from nowhere", &Counters::drop_frame_bad_source,
       [](IpBench& b) {
         Bytes frame = v4_frame(b, b.v4(17));
         std::fill_n(frame.begin() + 6, 6, std::byte{0});
         return frame;
       }},
      {"header cut off", &Counters::drop_ipv4_malformed,
       [](IpBench& b) { return b.ethernet(EtherType::ipv4, pattern(19)); }},
      {"length beyond the frame", &Counters::drop_ipv4_malformed,
       [](IpBench& b) {
         Bytes frame = v4_frame(b, b.v4(17));
         frame.pop_back();
         return frame;
       }},
      {"header checksum", &Counters::drop_ipv4_checksum,
       [](IpBench& b) {
         Bytes frame = v4_frame(b, b.v4(17));
         frame[14 + 10] ^= std::byte{1};
         return frame;
       }},
      {"from a group", &Counters::drop_ipv4_bad_source,
       [](IpBench& b) { return v4_from(b, "224.0.0.9"); }},
      {"from 0/8", &Counters::drop_ipv4_bad_source,
       [](IpBench& b) { return v4_from(b, "0.1.2.3"); }},
      {"from class E", &Counters::drop_ipv4_bad_source,
       [](IpBench& b) { return v4_from(b, "240.0.0.1"); }},
      {"from everybody", &Counters::drop_ipv4_bad_source,
       [](IpBench& b) { return v4_from(b, "255.255.255.255"); }},
      {"from the subnet", &Counters::drop_ipv4_bad_source,
       [](IpBench& b) { return v4_from(b, "192.0.2.255"); }},
      {"from 127/8", &Counters::drop_ip_martian,
       [](IpBench& b) { return v4_from(b, "127.0.0.1"); }},
      {"to 127/8", &Counters::drop_ip_martian, [](IpBench& b) { return v4_to(b, "127.0.0.1"); }},
      {"from ourselves", &Counters::drop_ip_martian,
       [](IpBench& b) { return v4_from(b, "192.0.2.1"); }},
      {"to somebody else", &Counters::drop_ipv4_bad_destination,
       [](IpBench& b) { return v4_to(b, "198.51.100.1"); }},
      {"to us in a broadcast frame", &Counters::drop_ipv4_bad_destination,
       [](IpBench& b) { return v4_frame(b, b.v4(17), wire::MacAddr::broadcast()); }},
      {"source route", &Counters::drop_ipv4_source_route, source_routed},
      {"unknown protocol", &Counters::drop_unknown_protocol,
       [](IpBench& b) { return v4_frame(b, b.v4(41)); }},
      {"IPv6 header cut off", &Counters::drop_ipv6_malformed,
       [](IpBench& b) { return b.ethernet(EtherType::ipv6, pattern(39)); }},
      {"IPv4 in an IPv6 frame", &Counters::drop_ipv6_malformed,
       [](IpBench& b) {
         return b.ethernet(EtherType::ipv6, IpBench::packet(b.v4(17), pattern(40)));
       }},
      {"IPv6 from a group", &Counters::drop_ipv6_bad_source,
       [](IpBench& b) { return v6_from(b, "ff02::1"); }},
      {"IPv6 from a mapped address", &Counters::drop_ipv6_bad_source,
       [](IpBench& b) { return v6_from(b, "::ffff:192.0.2.9"); }},
      {"UDP from nowhere", &Counters::drop_ipv6_bad_source,
       [](IpBench& b) { return v6_from(b, "::"); }},
      {"UDP from ourselves", &Counters::drop_ipv6_bad_source,
       [](IpBench& b) { return v6_from(b, "2001:db8::1"); }},
      {"from ::1", &Counters::drop_ip_martian, [](IpBench& b) { return v6_from(b, "::1"); }},
      {"to ::1", &Counters::drop_ip_martian, [](IpBench& b) { return v6_to(b, "::1"); }},
      {"IPv6 to somebody else", &Counters::drop_ipv6_bad_destination,
       [](IpBench& b) { return v6_to(b, "2001:db8::99"); }},
      {"IPv6 to us in a group frame", &Counters::drop_ipv6_bad_destination,
       [](IpBench& b) { return v6_frame(b, b.v6(17), wire::multicast_mac(ip("ff02::1"))); }},
      {"no next header", &Counters::drop_ipv6_extension,
       [](IpBench& b) { return v6_frame(b, b.v6(proto::kNoNextHeader)); }},
      {"routing header", &Counters::drop_ipv6_extension,
       [](IpBench& b) {
         Bytes payload = pattern(24);
         payload[0] = std::byte{proto::kUdp};
         payload[1] = std::byte{2};
         payload[2] = std::byte{0};
         payload[3] = std::byte{1};
         return b.ethernet(EtherType::ipv6, IpBench::packet(b.v6(proto::kRouting), payload));
       }},
      {"unknown next header", &Counters::drop_unknown_protocol,
       [](IpBench& b) { return v6_frame(b, b.v6(200)); }},
      {"ICMPv4 cut off", &Counters::drop_icmp_malformed,
       [](IpBench& b) {
         return b.ethernet(EtherType::ipv4, IpBench::packet(b.v4(proto::kIcmpV4), pattern(7)));
       }},
      {"ICMPv6 checksum", &Counters::drop_icmp_malformed,
       [](IpBench& b) { return v6_frame(b, b.v6(proto::kIcmpV6)); }},
      {"ARP cut off", &Counters::drop_arp_malformed,
       [](IpBench& b) { return b.ethernet(EtherType::arp, pattern(27)); }},
  };
  for (const DropCase& drop : cases) {
    SCOPED_TRACE(drop.name);
    IpBench bench;
    const Bytes frame = drop.frame(bench);
    const Input input = bench.receive(frame);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(input));
    EXPECT_EQ(bench.counters.*drop.counter, 1U);
  }
}

// req: IP4-9: an address counts on its own interface only
TEST(IngressDrop, IsStrictAboutTheInterfaceOfAnAddress) {
  IpBench bench;
  const InterfaceId second = bench.net->add_interface({.mac = mac("02:00:00:00:00:07")}, bench.now);
  ASSERT_TRUE(bench.net->add_address(second, cidr("198.51.100.1/24"), bench.now));
  bench.receive(v4_to(bench, "198.51.100.1"));
  EXPECT_EQ(bench.counters.drop_ipv4_bad_destination, 1U);
}

// req: ETH-3
TEST(IngressDrop, HasNoIpv6BelowItsMinimumMtu) {
  IpBench bench;
  ASSERT_TRUE(bench.net->set_mtu(bench.eth, 1279));
  bench.receive(v6_frame(bench, bench.v6(proto::kUdp)));
  EXPECT_EQ(bench.counters.drop_unknown_ether_type, 1U);
  EXPECT_EQ(bench.net->route(bench.peer_v6, wire::IpAddress::any(wire::Family::ipv6), 0).error(),
            SockError::network_down);
}

std::vector<Bytes> fragments_v4(IpBench& bench, const Bytes& payload, std::size_t step) {
  std::vector<Bytes> frames;
  for (std::size_t at = 0; at < payload.size(); at += step) {
    const std::size_t size = std::min(step, payload.size() - at);
    wire::Ipv4 header = bench.v4(proto::kUdp);
    header.identification = 77;
    header.fragment_offset = static_cast<std::uint16_t>(at);
    header.more_fragments = at + size < payload.size();
    frames.push_back(bench.ethernet(EtherType::ipv4,
                                    IpBench::packet(header, ByteView(payload).subspan(at, size))));
  }
  return frames;
}

Bytes fragment_v6(IpBench& bench, ByteView payload, const wire::Ipv6Fragment& fragment) {
  Bytes header(wire::Ipv6Fragment::kHeaderSize);
  fragment.emit(header);
  return bench.ethernet(EtherType::ipv6,
                        IpBench::packet(bench.v6(proto::kFragment), join({header, payload})));
}

// RFC 3168 5.3: a mark on one fragment marks the datagram; where others are not ECN-capable, it is
// lost.
struct MarkCase {
  std::array<std::uint8_t, 3> codepoints{};
  std::optional<std::uint8_t> whole{};  ///< nothing: dropped
};
constexpr std::array kMarkCases{MarkCase{{2, 2, 2}, 2}, MarkCase{{2, 3, 2}, 3},
                                MarkCase{{3, 2, 2}, 3}, MarkCase{{3, 3, 3}, 3},
                                MarkCase{{0, 0, 0}, 0}, MarkCase{{0, 3, 0}, std::nullopt}};

std::optional<std::uint8_t> ecn_of(const Input& input) {
  const net::Datagram* whole = datagram(input);
  return whole != nullptr ? std::optional{whole->traffic_class} : std::nullopt;
}

// req: T-ECN
TEST(IngressFragments, OfIpv4KeepTheirMark) {
  for (const MarkCase& marks : kMarkCases) {
    IpBench bench;
    const Bytes udp = IpBench::udp(bench.peer_v4, bench.our_v4, pattern(4000));
    std::optional<std::uint8_t> whole;
    for (std::size_t i = 0; i < 3; ++i) {
      wire::Ipv4 header = bench.v4(proto::kUdp);
      header.identification = 77;
      header.fragment_offset = static_cast<std::uint16_t>(i * 1480);
      header.more_fragments = i < 2;
      header.tos = marks.codepoints.at(i);
      const ByteView part =
          ByteView(udp).subspan(i * 1480, std::min<std::size_t>(1480, udp.size() - i * 1480));
      whole = ecn_of(bench.receive(bench.ethernet(EtherType::ipv4, IpBench::packet(header, part))));
    }
    EXPECT_EQ(whole, marks.whole);
    EXPECT_EQ(bench.counters.drop_fragment_ecn, marks.whole ? 0U : 1U);
  }
}

// req: T-ECN
TEST(IngressFragments, OfIpv6KeepTheirMark) {
  for (const MarkCase& marks : kMarkCases) {
    IpBench bench;
    const Bytes udp = IpBench::udp(bench.peer_v6, bench.our_v6, pattern(3000));
    std::optional<std::uint8_t> whole;
    for (std::size_t i = 0; i < 3; ++i) {
      Bytes fragment(wire::Ipv6Fragment::kHeaderSize);
      wire::Ipv6Fragment{.next_header = proto::kUdp,
                         .offset = static_cast<std::uint16_t>(i * 1232),
                         .more_fragments = i < 2,
                         .identification = 9}
          .emit(fragment);
      wire::Ipv6 header = bench.v6(proto::kFragment);
      header.traffic_class = marks.codepoints.at(i);
      const ByteView part =
          ByteView(udp).subspan(i * 1232, std::min<std::size_t>(1232, udp.size() - i * 1232));
      const Bytes frame =
          bench.ethernet(EtherType::ipv6, IpBench::packet(header, join({fragment, part})));
      whole = ecn_of(bench.receive(frame));
    }
    EXPECT_EQ(whole, marks.whole);
  }
}

// RFC 791 3.2
// req: IP4-5
TEST(IngressFragments, OfIpv4BecomeOneDatagram) {
  IpBench bench;
  const Bytes udp = IpBench::udp(bench.peer_v4, bench.our_v4, pattern(4000));
  auto frames = fragments_v4(bench, udp, 1480);
  std::swap(frames[0], frames[2]);
  EXPECT_EQ(datagram(bench.receive(frames[0])), nullptr);
  EXPECT_EQ(datagram(bench.receive(frames[1])), nullptr);
  const Input input = bench.receive(frames[2]);
  ASSERT_NE(datagram(input), nullptr);
  EXPECT_THAT(datagram(input)->payload, testing::ElementsAreArray(udp));
  EXPECT_TRUE(wire::Ipv4::parse(datagram(input)->packet));
  EXPECT_FALSE(wire::Ipv4::parse(datagram(input)->packet)->is_fragment());
  EXPECT_EQ(bench.counters.fragments_in, 3U);
  EXPECT_EQ(bench.counters.reassembled, 1U);
}

// RFC 8200 4.5
// req: IP6-5
TEST(IngressFragments, OfIpv6BecomeOneDatagram) {
  IpBench bench;
  const Bytes udp = IpBench::udp(bench.peer_v6, bench.our_v6, pattern(2000));
  const wire::Ipv6Fragment first{
      .next_header = proto::kUdp, .more_fragments = true, .identification = 9};
  wire::Ipv6Fragment last = first;
  last.offset = 1232;
  last.more_fragments = false;
  bench.receive(fragment_v6(bench, ByteView(udp).first(1232), first));
  const Bytes frame = fragment_v6(bench, ByteView(udp).subspan(1232), last);
  const Input input = bench.receive(frame);
  ASSERT_NE(datagram(input), nullptr);
  EXPECT_THAT(datagram(input)->payload, testing::ElementsAreArray(udp));
  EXPECT_EQ(wire::Ipv6::parse(datagram(input)->packet)->next_header, proto::kUdp);
}

// RFC 6946
// req: IP6-5
TEST(IngressFragments, ThatAreAtomicStandAlone) {
  IpBench bench;
  const Bytes udp = IpBench::udp(bench.peer_v6, bench.our_v6, pattern(100));
  const wire::Ipv6Fragment first{
      .next_header = proto::kUdp, .more_fragments = true, .identification = 9};
  bench.receive(fragment_v6(bench, ByteView(udp).first(64), first));
  wire::Ipv6Fragment atomic = first;
  atomic.more_fragments = false;
  const Bytes frame = fragment_v6(bench, udp, atomic);
  const Input input = bench.receive(frame);
  ASSERT_NE(datagram(input), nullptr);
  EXPECT_THAT(datagram(input)->payload, testing::ElementsAreArray(udp));
  EXPECT_EQ(bench.counters.drop_fragment_overlap, 0U);
}

// RFC 791 3.2: the sum is taken in more than 16 bits
// req: IP4-5
TEST(IngressFragments, ThatReachBeyondTheLargestPacketAreDropped) {
  IpBench bench;
  wire::Ipv4 header = bench.v4(proto::kUdp);
  header.fragment_offset = 65528;
  bench.receive(bench.ethernet(EtherType::ipv4, IpBench::packet(header, pattern(100))));
  EXPECT_EQ(bench.counters.drop_fragment_malformed, 1U);
}

wire::Icmpv6 only_icmp6(IpBench& bench) {
  const auto frames = bench.drain();
  EXPECT_EQ(frames.size(), 1U);
  return frames.empty() ? wire::Icmpv6{} : frames[0].icmp6();
}

// RFC 8200 4.5, RFC 7112 5
// req: IP6-3, IP6-5
TEST(IngressFragments, OfIpv6ThatAreWrongAreReported) {
  const Bytes udp = pattern(64);
  {
    IpBench bench;  // not a multiple of 8
    bench.introduce_peer();
    bench.receive(fragment_v6(bench, ByteView(udp).first(13),
                              {.next_header = proto::kUdp, .more_fragments = true}));
    const wire::Icmpv6 error = only_icmp6(bench);
    EXPECT_EQ(error.type, wire::icmpv6_type::kParameterProblem);
    EXPECT_EQ(error.code, 0);
    EXPECT_EQ(error.rest, 4U);
  }
  {
    IpBench bench;  // beyond 65535
    bench.introduce_peer();
    bench.receive(fragment_v6(bench, udp, {.next_header = proto::kUdp, .offset = 65528}));
    const wire::Icmpv6 error = only_icmp6(bench);
    EXPECT_EQ(error.code, 0);
    EXPECT_EQ(error.rest, 42U);
  }
  {
    IpBench bench;  // the upper layer's header is not all there
    bench.introduce_peer();
    bench.receive(fragment_v6(bench, ByteView(udp).first(16),
                              {.next_header = proto::kTcp, .more_fragments = true}));
    const wire::Icmpv6 error = only_icmp6(bench);
    EXPECT_EQ(error.code, 3);
    EXPECT_EQ(error.rest, 0U);
    EXPECT_EQ(bench.counters.drop_fragment_malformed, 1U);
  }
}

// RFC 1122 3.3.2, RFC 8200 4.5
// req: IP4-6, ICM4-2
TEST(IngressFragments, ThatStayAloneAreReportedOnlyWithTheFirst) {
  IpBench bench;
  bench.introduce_peer();
  const Bytes udp = IpBench::udp(bench.peer_v4, bench.our_v4, pattern(4000));
  const auto frames = fragments_v4(bench, udp, 1480);
  const auto reports = [&] {
    std::size_t count = 0;
    for (const Sent& sent : bench.drain()) {
      if (!sent.is(EtherType::ipv4)) continue;  // verification of the neighbour
      EXPECT_EQ(sent.icmp4().type, wire::icmpv4_type::kTimeExceeded);
      EXPECT_EQ(sent.icmp4().code, 1);
      ++count;
    }
    return count;
  };
  bench.receive(frames[1]);
  bench.advance(31s);
  EXPECT_EQ(reports(), 0U);
  EXPECT_EQ(bench.counters.drop_fragment_timeout, 1U);
  bench.receive(frames[0]);
  bench.advance(29s);
  bench.introduce_peer();
  bench.advance(1s);
  EXPECT_EQ(reports(), 1U);
}

// RFC 4443 3.4
// req: IP6-2, IP6-3, IP6-4
TEST(IngressExtension, ReportsWhatItCannotDo) {
  IpBench bench;
  bench.introduce_peer();
  Bytes routing = pattern(24);
  routing[0] = std::byte{proto::kUdp};
  routing[1] = std::byte{2};
  routing[2] = std::byte{0};
  routing[3] = std::byte{1};
  bench.receive(
      bench.ethernet(EtherType::ipv6, IpBench::packet(bench.v6(proto::kRouting), routing)));
  wire::Icmpv6 error = only_icmp6(bench);
  EXPECT_EQ(error.code, 0);
  EXPECT_EQ(error.rest, 42U);
  bench.advance(1s);
  bench.receive(v6_frame(bench, bench.v6(200)));
  error = only_icmp6(bench);
  EXPECT_EQ(error.code, 1);
  EXPECT_EQ(error.rest, 6U);
}

// RFC 8200 4.2: the action bits of unknown options, to us and to a group.
// req: IP6-2, IP6-3
TEST(IngressExtension, FollowsTheActionBitsOfUnknownOptions) {
  struct Row {
    unsigned type;
    bool accepted;
    bool reported;
    bool reported_to_group;
  };
  for (const Row& row : {Row{0x1e, true, false, false}, Row{0x5e, false, false, false},
                         Row{0x9e, false, true, true}, Row{0xde, false, true, false}}) {
    for (const bool to_group : {false, true}) {
      SCOPED_TRACE(testing::Message() << row.type << (to_group ? " group" : ""));
      IpBench bench;
      bench.introduce_peer();
      const wire::IpAddress to = to_group ? ip("ff02::1") : bench.our_v6;
      const Bytes options{std::byte{proto::kUdp}, std::byte{0}, std::byte(row.type), std::byte{4},
                          std::byte{0},           std::byte{0}, std::byte{0},        std::byte{0}};
      wire::Ipv6 header = bench.v6(proto::kDestinationOptions);
      header.destination = to;
      const Bytes frame = bench.ethernet(
          EtherType::ipv6,
          IpBench::packet(header, join({options, IpBench::udp(bench.peer_v6, to, pattern(8))})),
          to_group ? wire::multicast_mac(to) : bench.our_mac);
      EXPECT_EQ(datagram(bench.receive(frame)) != nullptr, row.accepted);
      const auto frames = bench.drain();
      ASSERT_EQ(frames.size(), (to_group ? row.reported_to_group : row.reported) ? 1U : 0U);
      if (frames.empty()) continue;
      EXPECT_EQ(frames[0].icmp6().code, 2);
      EXPECT_EQ(frames[0].icmp6().rest, 42U);
      EXPECT_EQ(frames[0].v6().source, bench.our_v6);
    }
  }
}

// Every prefix of good frames, and good frames with one octet changed.
TEST(IngressHostile, SurvivesTruncationsAndDamage) {
  IpBench bench;
  bench.introduce_peer();
  const Bytes udp4 = IpBench::udp(bench.peer_v4, bench.our_v4, pattern(100));
  std::vector<Bytes> frames = fragments_v4(bench, udp4, 48);
  frames.push_back(v6_frame(bench, bench.v6(proto::kFragment)));
  frames.push_back(v6_frame(bench, bench.v6(proto::kHopByHop)));
  frames.push_back(source_routed(bench));
  frames.push_back(bench.ethernet(
      EtherType::ipv6,
      IpBench::packet(bench.v6(proto::kIcmpV6),
                      IpBench::icmp6({.type = wire::icmpv6_type::kPacketTooBig,
                                      .rest = 1300,
                                      .payload = IpBench::packet(bench.v6(17), pattern(16))},
                                     bench.peer_v6, bench.our_v6))));
  for (const Bytes& frame : frames) {
    for (std::size_t size = 0; size <= frame.size(); ++size)
      bench.receive(ByteView(frame).first(size));
    for (std::size_t i = 0; i < frame.size(); ++i) {
      Bytes damaged = frame;
      for (const unsigned bits : {0x01U, 0x80U, 0xffU}) {
        damaged[i] = frame[i] ^ std::byte(bits);
        bench.receive(damaged);
      }
    }
    bench.drain();
  }
  bench.advance(120s);
}

}  // namespace
}  // namespace zsock::net
