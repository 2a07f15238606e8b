// wire/ parses what libtins, an independent implementation, builds.

#include <gtest/gtest.h>
#include <tins/tins.h>

#include "daemon/stack/wire/arp.h"
#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/icmpv4.h"
#include "daemon/stack/wire/ndp.h"
#include "tests/oracle/tins_random.h"

namespace zsock::wire {
namespace {

using namespace oracle;  // NOLINT(google-build-using-namespace)

Tins::IPv4Address tins4(const IpAddress& address) {
  return Tins::IPv4Address(address.to_string());
}
Tins::IPv6Address tins6(const IpAddress& address) {
  return Tins::IPv6Address(address.to_string());
}
Tins::HWAddress<6> tins_mac(const MacAddr& mac) {
  return Tins::HWAddress<6>(mac.to_string());
}

/// A frame around `packet`, as libtins writes it, and what is inside it as we read it.
Octets frame_of(const Tins::PDU& packet, const MacAddr& destination, const MacAddr& source) {
  Tins::EthernetII frame(tins_mac(destination), tins_mac(source));
  frame.inner_pdu(packet.clone());
  return from_tins(frame.serialize());
}

TEST(WeReadTins, EthernetAndArp) {
  for_random_headers(31, 2000, [](SeededRng& rng) {
    const MacAddr destination = random_mac(rng);
    const MacAddr source = random_mac(rng);
    const MacAddr sender_mac = random_mac(rng);
    const MacAddr target_mac = random_mac(rng);
    const IpAddress sender_ip = random_v4(rng);
    const IpAddress target_ip = random_v4(rng);
    Tins::ARP arp(tins4(target_ip), tins4(sender_ip), tins_mac(target_mac), tins_mac(sender_mac));
    arp.opcode(rng.below(2) == 0 ? Tins::ARP::REQUEST : Tins::ARP::REPLY);
    const Octets frame = frame_of(arp, destination, source);
    const auto ethernet = Ethernet::parse(frame);
    ASSERT_TRUE(ethernet);
    EXPECT_EQ(ethernet->destination, destination);
    EXPECT_EQ(ethernet->source, source);
    ASSERT_EQ(ethernet->ether_type, static_cast<std::uint16_t>(EtherType::arp));
    const auto parsed = Arp::parse(ethernet->payload);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(static_cast<std::uint16_t>(parsed->operation), arp.opcode());
    EXPECT_EQ(parsed->sender_mac, sender_mac);
    EXPECT_EQ(parsed->sender_ip, sender_ip);
    EXPECT_EQ(parsed->target_mac, target_mac);
    EXPECT_EQ(parsed->target_ip, target_ip);
  });
}

TEST(WeReadTins, Ipv4WithOptions) {
  for_random_headers(32, 3000, [](SeededRng& rng) {
    const Ipv4 given = random_ipv4(rng);
    // libtins 4.0 writes a zero too many for each option with data, over the payload's first
    // octets.
    const Octets payload = Octets(4) + test::random_octets(rng, rng.below(100));
    Tins::IP ip(tins4(given.destination), tins4(given.source));
    ip.tos(given.tos);
    ip.id(given.identification);
    ip.ttl(given.ttl);
    ip.protocol(given.protocol);
    ip.fragment_offset(static_cast<std::uint16_t>(given.fragment_offset / 8));
    ip.flags(static_cast<Tins::IP::Flags>((given.dont_fragment ? 2 : 0) |
                                          (given.more_fragments ? 1 : 0)));
    const bool route = rng.below(3) == 0;
    if (route && rng.below(2) == 0) ip.noop();
    if (route) ip.record_route(Tins::IP::record_route_type(4, {Tins::IPv4Address("203.0.113.1")}));
    if (rng.below(2) == 0) ip.stream_identifier(7);
    ip /= Tins::RawPDU(u8(payload), u32(payload.size()));
    const Octets packet = from_tins(ip.serialize());
    const auto parsed = Ipv4::parse(packet);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->tos, given.tos);
    EXPECT_EQ(parsed->identification, given.identification);
    EXPECT_EQ(parsed->dont_fragment, given.dont_fragment);
    EXPECT_EQ(parsed->more_fragments, given.more_fragments);
    EXPECT_EQ(parsed->fragment_offset, given.fragment_offset);
    EXPECT_EQ(parsed->ttl, given.ttl);
    EXPECT_EQ(parsed->source, given.source);
    EXPECT_EQ(parsed->destination, given.destination);
    EXPECT_EQ(parsed->has_source_route, route);
    EXPECT_EQ(test::to_octets(parsed->payload), payload);
  });
}

/// An options header of `units` times 8 octets, filled with one padding option.
Tins::IPv6::ext_header padding(std::uint8_t kind, std::size_t units) {
  std::vector<std::uint8_t> options(units * 8 - 2);
  options[0] = 1;
  options[1] = static_cast<std::uint8_t>(options.size() - 2);
  return {kind, options.begin(), options.end()};
}

TEST(WeReadTins, Ipv6WithExtensionHeaders) {
  for_random_headers(33, 3000, [](SeededRng& rng) {
    const Ipv6 given = random_ipv6(rng);
    const Octets payload = test::random_octets(rng, 1 + rng.below(100));
    Tins::IPv6 ip(tins6(given.destination), tins6(given.source));
    ip.traffic_class(given.traffic_class);
    ip.flow_label(given.flow_label);
    ip.hop_limit(given.hop_limit);
    const std::size_t headers = rng.below(5);
    for (std::size_t i = 0; i < headers; ++i) {
      const bool first = i == 0 && rng.below(2) == 0;
      ip.add_header(padding(first ? ip_protocol::kHopByHop : ip_protocol::kDestinationOptions,
                            1 + rng.below(4)));
    }
    Tins::UDP udp(53, 1024);
    udp /= Tins::RawPDU(u8(payload), u32(payload.size()));
    ip /= udp;
    const Octets packet = from_tins(ip.serialize());
    const auto parsed = Ipv6::parse(packet);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->traffic_class, given.traffic_class);
    EXPECT_EQ(parsed->flow_label, given.flow_label);
    EXPECT_EQ(parsed->hop_limit, given.hop_limit);
    EXPECT_EQ(parsed->source, given.source);
    EXPECT_EQ(parsed->destination, given.destination);
    const auto chain = walk_ipv6_chain(*parsed, {});
    ASSERT_EQ(chain.end, Ipv6Chain::End::upper_layer);
    EXPECT_EQ(chain.protocol, ip_protocol::kUdp);
    EXPECT_EQ(load_u8(packet, chain.protocol_offset), ip_protocol::kUdp);
    EXPECT_TRUE(Udp::verify(chain.payload, given.source, given.destination));
    EXPECT_EQ(test::to_octets(Udp::parse(chain.payload)->payload), payload);
  });
}

TEST(WeReadTins, Icmpv4) {
  for_random_headers(34, 2000, [](SeededRng& rng) {
    const Octets data = test::random_octets(rng, rng.below(100));
    const std::uint16_t id = u16(rng);
    const std::uint16_t sequence = u16(rng);
    Tins::ICMP icmp;
    icmp.set_echo_reply(id, sequence);
    icmp /= Tins::RawPDU(u8(data), u32(data.size()));
    const Octets message = from_tins(icmp.serialize());
    const auto parsed = Icmpv4::parse(message);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->type, icmpv4_type::kEchoReply);
    EXPECT_EQ(parsed->rest, (std::uint32_t{id} << 16U) | sequence);
    EXPECT_EQ(test::to_octets(parsed->payload), data);
  });
}

TEST(WeReadTins, TcpOverBothFamilies) {
  for_random_headers(35, 5000, [](SeededRng& rng) {
    const Octets data = test::random_octets(rng, rng.below(200));
    const Ends ends = random_ends(rng);
    const Tcp given = random_tcp(rng);
    Tins::TCP tcp(given.destination_port, given.source_port);
    tcp.seq(given.sequence);
    tcp.ack_seq(given.acknowledgment);
    tcp.flags(given.flags);
    tcp.window(given.window);
    tcp.urg_ptr(given.urgent);
    // libtins aligns nothing, so the options lie at any offset.
    if (given.options.window_scale) tcp.winscale(*given.options.window_scale);
    if (given.options.sack_permitted) tcp.sack_permitted();
    if (given.options.max_segment_size) tcp.mss(*given.options.max_segment_size);
    Tins::TCP::sack_type edges;
    for (std::size_t i = 0; i < given.options.sack_count; ++i) {
      edges.push_back(given.options.sack[i].begin);
      edges.push_back(given.options.sack[i].end);
    }
    if (!edges.empty()) tcp.sack(edges);
    if (given.options.timestamps) {
      tcp.timestamp(given.options.timestamps->value, given.options.timestamps->echo);
    }
    tcp /= Tins::RawPDU(u8(data), u32(data.size()));

    Octets segment;
    if (ends.source.is_v4()) {
      const Octets packet =
          from_tins((Tins::IP(tins4(ends.destination), tins4(ends.source)) / tcp).serialize());
      segment = test::to_octets(Ipv4::parse(packet)->payload);
    } else {
      const Octets packet =
          from_tins((Tins::IPv6(tins6(ends.destination), tins6(ends.source)) / tcp).serialize());
      segment = test::to_octets(Ipv6::parse(packet)->payload);
    }
    EXPECT_TRUE(Tcp::verify(segment, ends.source, ends.destination));
    const auto parsed = Tcp::parse(segment);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->source_port, given.source_port);
    EXPECT_EQ(parsed->destination_port, given.destination_port);
    EXPECT_EQ(parsed->sequence, given.sequence);
    EXPECT_EQ(parsed->acknowledgment, given.acknowledgment);
    EXPECT_EQ(parsed->flags, given.flags);
    EXPECT_EQ(parsed->window, given.window);
    EXPECT_EQ(parsed->urgent, given.urgent);
    EXPECT_EQ(parsed->options, given.options);
    EXPECT_EQ(test::to_octets(parsed->payload), data);
  });
}

TEST(WeReadTins, NeighborDiscovery) {
  for_random_headers(36, 2000, [](SeededRng& rng) {
    const Ends ends{random_v6(rng), random_v6(rng)};
    const NdpContext context{ends.source, ends.destination, 255};
    const IpAddress target = random_v6(rng);
    const MacAddr mac = random_mac(rng);
    Tins::ICMPv6 ns(Tins::ICMPv6::NEIGHBOUR_SOLICIT);
    ns.target_addr(tins6(target));
    ns.source_link_layer_addr(tins_mac(mac));
    Octets packet =
        from_tins((Tins::IPv6(tins6(ends.destination), tins6(ends.source)) / ns).serialize());
    auto icmp = Icmpv6::parse(Ipv6::parse(packet)->payload, ends.source, ends.destination);
    ASSERT_TRUE(icmp);
    const auto solicitation = NeighborSolicitation::parse(*icmp, context);
    ASSERT_TRUE(solicitation);
    EXPECT_EQ(solicitation->target, target);
    EXPECT_EQ(solicitation->source_link_address, mac);

    Tins::ICMPv6 na(Tins::ICMPv6::NEIGHBOUR_ADVERT);
    na.target_addr(tins6(target));
    na.target_link_layer_addr(tins_mac(mac));
    const bool router = rng.below(2) == 0;
    const bool solicited = rng.below(2) == 0;
    const bool override_entry = rng.below(2) == 0;
    na.router(router ? 1 : 0);
    na.solicited(solicited ? 1 : 0);
    na.override(override_entry ? 1 : 0);
    packet = from_tins((Tins::IPv6(tins6(ends.destination), tins6(ends.source)) / na).serialize());
    icmp = Icmpv6::parse(Ipv6::parse(packet)->payload, ends.source, ends.destination);
    ASSERT_TRUE(icmp);
    const auto advertisement = NeighborAdvertisement::parse(*icmp, context);
    ASSERT_TRUE(advertisement);
    EXPECT_EQ(advertisement->router, router);
    EXPECT_EQ(advertisement->solicited, solicited);
    EXPECT_EQ(advertisement->override_entry, override_entry);
    EXPECT_EQ(advertisement->target, target);
    EXPECT_EQ(advertisement->target_link_address, mac);
  });
}

}  // namespace
}  // namespace zsock::wire
