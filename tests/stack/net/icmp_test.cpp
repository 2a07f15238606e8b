// Errors reported by us and to us.

#include "daemon/stack/net/icmp.h"

#include "tests/stack/net/ip_bench.h"

namespace zsock::net {
namespace {

using wire::EtherType;
namespace proto = wire::ip_protocol;

Datagram received_udp(IpBench& bench, Bytes& frame, std::size_t size) {
  const Bytes udp = IpBench::udp(bench.peer_v4, bench.our_v4, pattern(size));
  frame = bench.ethernet(EtherType::ipv4, IpBench::packet(bench.v4(proto::kUdp), udp));
  return std::get<Datagram>(bench.receive(frame));
}

// RFC 1122 3.2.2.1, 4.1.3.1; RFC 1812 4.3.2.3
// req: ICM4-2, ICM4-3
TEST(IcmpRefuse, QuotesThePacketUpTo576Octets) {
  for (const std::size_t size : {std::size_t{4}, std::size_t{1400}}) {
    IpBench bench;
    bench.introduce_peer();
    Bytes frame;
    const Datagram datagram = received_udp(bench, frame, size);
    bench.net->refuse(datagram, Refusal::port_unreachable, bench.now);
    const auto frames = bench.drain();
    ASSERT_EQ(frames.size(), 1U);
    const wire::Icmpv4 error = frames[0].icmp4();
    EXPECT_EQ(error.type, wire::icmpv4_type::kUnreachable);
    EXPECT_EQ(error.code, 3);
    const std::size_t quoted = std::min<std::size_t>(28 + size, 576 - 28);
    EXPECT_THAT(error.payload, testing::ElementsAreArray(ByteView(frame).subspan(14, quoted)));
    EXPECT_EQ(frames[0].v4().source, bench.our_v4);
  }
}

// RFC 4443 3.1, 2.4(c)
// req: IC6-1
TEST(IcmpRefuse, QuotesUpToTheMinimumMtuOverIpv6) {
  IpBench bench;
  bench.introduce_peer();
  const Bytes udp = IpBench::udp(bench.peer_v6, bench.our_v6, pattern(1400));
  const Bytes frame = bench.ethernet(EtherType::ipv6, IpBench::packet(bench.v6(proto::kUdp), udp));
  const Datagram datagram = std::get<Datagram>(bench.receive(frame));
  bench.net->refuse(datagram, Refusal::port_unreachable, bench.now);
  const auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].icmp6().type, wire::icmpv6_type::kUnreachable);
  EXPECT_EQ(frames[0].icmp6().code, 4);
  EXPECT_EQ(frames[0].bytes.size(), 14U + 1280U);
}

// RFC 1122 3.2.2
// req: ICM4-2
TEST(IcmpRefuse, KeepsSilentToGroups) {
  IpBench bench;
  bench.introduce_peer();
  Bytes frame;
  Datagram datagram = received_udp(bench, frame, 4);
  datagram.to_group = true;
  bench.net->refuse(datagram, Refusal::port_unreachable, bench.now);
  EXPECT_TRUE(bench.drain().empty());
}

// RFC 1122 3.2.2: never about an error. Protocol 41 within ICMP is no matter here.
// req: ICM4-2
TEST(IcmpRefuse, NeverAnswersAnErrorWithAnError) {
  IpBench bench;
  bench.introduce_peer();
  const Bytes quoted = IpBench::packet(bench.v4(proto::kUdp), pattern(8));
  const Bytes error = IpBench::icmp4(3, 3, 0, quoted);
  const Bytes packet = IpBench::packet(bench.v4(proto::kIcmpV4), error);
  bench.net->refuse({.source = bench.peer_v4,
                     .destination = bench.our_v4,
                     .interface = bench.eth,
                     .protocol = proto::kIcmpV4,
                     .packet = packet},
                    Refusal::protocol_unreachable, bench.now);
  EXPECT_TRUE(bench.drain().empty());
}

// RFC 1812 4.3.2.8
// req: ICM4-4
TEST(IcmpRefuse, IsLimitedPerDestination) {
  IpBench bench;
  bench.introduce_peer();
  Bytes frame;
  for (int i = 0; i < 10; ++i) {
    bench.net->refuse(received_udp(bench, frame, 4), Refusal::port_unreachable, bench.now);
  }
  EXPECT_EQ(bench.drain().size(), 1U);
  EXPECT_EQ(bench.counters.drop_icmp_rate_limited, 9U);
}

/// What becomes of an ICMPv4 error about a UDP packet of ours.
Input report_v4(IpBench& bench, std::uint8_t type, std::uint8_t code, std::uint32_t rest = 0) {
  const wire::Ipv4 ours{
      .protocol = proto::kUdp, .source = bench.our_v4, .destination = bench.peer_v4};
  Bytes quoted = IpBench::packet(ours, pattern(1400));
  quoted.resize(28);
  static Bytes frame;
  frame = bench.ethernet(
      EtherType::ipv4,
      IpBench::packet(bench.v4(proto::kIcmpV4), IpBench::icmp4(type, code, rest, quoted)));
  return bench.receive(frame);
}
Input report_v6(IpBench& bench, std::uint8_t type, std::uint8_t code, std::uint32_t rest = 0) {
  const wire::Ipv6 ours{
      .next_header = proto::kUdp, .source = bench.our_v6, .destination = bench.peer_v6};
  Bytes quoted = IpBench::packet(ours, pattern(1400));
  quoted.resize(48);
  static Bytes frame;
  frame = bench.ethernet(
      EtherType::ipv6,
      IpBench::packet(bench.v6(proto::kIcmpV6),
                      IpBench::icmp6({type, code, rest, quoted}, bench.peer_v6, bench.our_v6)));
  return bench.receive(frame);
}

struct Row {
  std::uint8_t type;
  std::uint8_t code;
  SockError error;
  bool hard;
};

// As Linux does, measured
// req: ICM4-5, UDP-3
TEST(IcmpReport, MeansWhatLinuxTakesItFor) {
  using enum SockError;
  for (const Row& row : {Row{3, 0, network_unreachable, false}, Row{3, 1, host_unreachable, false},
                         Row{3, 2, option_not_supported, true}, Row{3, 3, connection_refused, true},
                         Row{3, 9, network_unreachable, true}, Row{3, 10, host_unreachable, true},
                         Row{3, 13, host_unreachable, true}, Row{11, 0, host_unreachable, false},
                         Row{12, 0, protocol_error, true}}) {
    SCOPED_TRACE(testing::Message() << int{row.type} << "/" << int{row.code});
    IpBench bench;
    const Input input = report_v4(bench, row.type, row.code);
    const auto* error = std::get_if<TransportError>(&input);
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(error->error, row.error);
    EXPECT_EQ(error->hard, row.hard);
    EXPECT_EQ(error->local, bench.our_v4);
    EXPECT_EQ(error->remote, bench.peer_v4);
    EXPECT_EQ(error->reporter, bench.peer_v4);
    EXPECT_EQ(error->protocol, proto::kUdp);
    EXPECT_EQ(error->mtu, 0);
    EXPECT_EQ(error->transport.size(), 8U);
  }
  for (const Row& row : {Row{1, 0, network_unreachable, false}, Row{1, 1, access_denied, true},
                         Row{1, 3, host_unreachable, false}, Row{1, 4, connection_refused, true},
                         Row{1, 5, access_denied, true}, Row{1, 6, access_denied, true},
                         Row{3, 0, host_unreachable, false}, Row{4, 1, protocol_error, true}}) {
    SCOPED_TRACE(testing::Message() << "v6 " << int{row.type} << "/" << int{row.code});
    IpBench bench;
    const Input input = report_v6(bench, row.type, row.code);
    const auto* error = std::get_if<TransportError>(&input);
    ASSERT_NE(error, nullptr);
    EXPECT_EQ(error->error, row.error);
    EXPECT_EQ(error->hard, row.hard);
  }
}

// RFC 6633, RFC 6918, RFC 1122 3.2.2
// req: ICM4-6, ICM4-7, IC6-2
TEST(IcmpReport, IgnoresEveryOtherType) {
  for (unsigned type = 0; type < 256; ++type) {
    IpBench bench;
    bench.introduce_peer();
    const Input v4 = report_v4(bench, static_cast<std::uint8_t>(type), 0);
    EXPECT_EQ(std::holds_alternative<TransportError>(v4), type == 3 || type == 11 || type == 12)
        << type;
    EXPECT_EQ(bench.drain().size(), type == 8 ? 1U : 0U) << type;
    const Input v6 = report_v6(bench, static_cast<std::uint8_t>(type), 0);
    EXPECT_EQ(std::holds_alternative<TransportError>(v6), type == 1 || type == 3 || type == 4)
        << type;
    EXPECT_EQ(bench.drain().size(), type == 128 ? 1U : 0U) << type;
  }
}

// RFC 1191 3, RFC 8201 4, RFC 5927 7
// req: PMTU-1, PMTU-2
TEST(IcmpReport, OffersAPathMtuThatCountsOnlyWhenTheTransportAgrees) {
  IpBench bench;
  const auto v4_path =
      *bench.net->route(bench.peer_v4, wire::IpAddress::any(wire::Family::ipv4), 0);
  const Input input = report_v4(bench, 3, 4, 1400);
  const auto* error = std::get_if<TransportError>(&input);
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->error, SockError::none);
  EXPECT_EQ(error->mtu, 1400);
  EXPECT_EQ(bench.net->path_mtu(v4_path, bench.peer_v4, bench.now), 1500);
  bench.net->learn_path_mtu(*error, bench.now);
  EXPECT_EQ(bench.net->path_mtu(v4_path, bench.peer_v4, bench.now), 1400);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(report_v4(bench, 3, 4, 1500)));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(report_v6(bench, 2, 0, 1279)));
  const Input v6 = report_v6(bench, 2, 0, 1300);
  EXPECT_EQ(std::get<TransportError>(v6).mtu, 1300);
}

// req: ICM4-5
TEST(IcmpReport, AboutPacketsThatAreNotOursIsDropped) {
  IpBench bench;
  const auto quoted_from = [&](const wire::IpAddress& source, const wire::IpAddress& destination,
                               std::size_t size) {
    Bytes quoted = IpBench::packet(
        wire::Ipv4{.protocol = proto::kUdp, .source = source, .destination = destination},
        pattern(64));
    quoted.resize(size);
    return std::holds_alternative<std::monostate>(
        bench.receive_v4(bench.v4(proto::kIcmpV4), IpBench::icmp4(3, 3, 0, quoted)));
  };
  EXPECT_FALSE(quoted_from(bench.our_v4, bench.peer_v4, 28));
  EXPECT_TRUE(quoted_from(bench.peer_v4, bench.our_v4, 28));
  EXPECT_TRUE(quoted_from(bench.our_v4, ip("224.0.0.1"), 28));
  EXPECT_EQ(bench.counters.drop_icmp_no_match, 2U);
  EXPECT_TRUE(quoted_from(bench.our_v4, bench.peer_v4, 27));
  EXPECT_TRUE(quoted_from(bench.our_v4, bench.peer_v4, 0));
  EXPECT_EQ(bench.counters.drop_icmp_malformed, 2U);
}

// RFC 1122 3.2.2.6
// req: ICM4-1
TEST(IcmpEcho, IsNotAnsweredToABroadcastNorBeyondTheLimit) {
  IpBench bench;
  bench.introduce_peer();
  wire::Ipv4 header = bench.v4(proto::kIcmpV4);
  header.destination = ip("192.0.2.255");
  const Bytes request = IpBench::icmp4(8, 0, 1, pattern(8));
  bench.receive_v4(header, request, wire::MacAddr::broadcast());
  EXPECT_TRUE(bench.drain().empty());
  for (int i = 0; i < 200; ++i) bench.receive_v4(bench.v4(proto::kIcmpV4), request);
  EXPECT_EQ(bench.drain().size(), 50U);
  EXPECT_EQ(bench.counters.drop_icmp_rate_limited, 150U);
}

// RFC 791 3.2: ping -s 60000
TEST(IcmpEcho, AnswersLargeRequestsInFragments) {
  IpBench bench;
  bench.introduce_peer();
  const Bytes message = IpBench::icmp4(8, 0, 1, pattern(60000));
  for (std::size_t at = 0; at < message.size(); at += 1480) {
    const std::size_t size = std::min<std::size_t>(1480, message.size() - at);
    wire::Ipv4 header = bench.v4(proto::kIcmpV4);
    header.identification = 1;
    header.fragment_offset = static_cast<std::uint16_t>(at);
    header.more_fragments = at + size < message.size();
    bench.receive_v4(header, ByteView(message).subspan(at, size));
  }
  const auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 41U);
  Bytes whole(60008);
  for (const Sent& sent : frames) {
    EXPECT_LE(sent.bytes.size(), 1514U);
    const wire::Ipv4 packet = sent.v4();
    std::copy(packet.payload.begin(), packet.payload.end(), whole.begin() + packet.fragment_offset);
  }
  const auto reply = wire::Icmpv4::parse(whole);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->type, 0);
}

}  // namespace
}  // namespace zsock::net
