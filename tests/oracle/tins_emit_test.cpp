// libtins, an independent implementation, parses what wire/ emits.

#include <gtest/gtest.h>
#include <tins/tins.h>

#include "daemon/stack/wire/arp.h"
#include "daemon/stack/wire/checksum.h"
#include "daemon/stack/wire/ethernet.h"
#include "daemon/stack/wire/icmpv4.h"
#include "daemon/stack/wire/ndp.h"
#include "tests/oracle/tins_random.h"

namespace zsock::wire {
namespace {

using namespace oracle;  // NOLINT(google-build-using-namespace)

TEST(TinsReadsUs, Arp) {
  for_random_headers(21, 2000, [](SeededRng& rng) {
    const Arp arp{.operation = rng.below(2) == 0 ? Arp::Operation::request : Arp::Operation::reply,
                  .sender_mac = random_mac(rng),
                  .sender_ip = random_v4(rng),
                  .target_mac = random_mac(rng),
                  .target_ip = random_v4(rng)};
    Octets frame(Ethernet::kHeaderSize + Arp::kSize);
    const Ethernet ethernet{random_mac(rng), random_mac(rng), 0x0806, {}};
    ethernet.emit(frame);
    arp.emit(MutableBytes(frame).subspan(Ethernet::kHeaderSize));
    const Tins::EthernetII tins(u8(frame), u32(frame.size()));
    EXPECT_EQ(tins.dst_addr().to_string(), ethernet.destination.to_string());
    EXPECT_EQ(tins.src_addr().to_string(), ethernet.source.to_string());
    const auto& inner = tins.rfind_pdu<Tins::ARP>();
    EXPECT_EQ(inner.opcode(), static_cast<std::uint16_t>(arp.operation));
    EXPECT_EQ(inner.sender_hw_addr().to_string(), arp.sender_mac.to_string());
    EXPECT_EQ(inner.sender_ip_addr().to_string(), arp.sender_ip.to_string());
    EXPECT_EQ(inner.target_hw_addr().to_string(), arp.target_mac.to_string());
    EXPECT_EQ(inner.target_ip_addr().to_string(), arp.target_ip.to_string());
    EXPECT_EQ(inner.hw_addr_format(), 1);
    EXPECT_EQ(inner.prot_addr_format(), 0x0800);
    EXPECT_EQ(inner.hw_addr_length(), 6);
    EXPECT_EQ(inner.prot_addr_length(), 4);
  });
}

TEST(TinsReadsUs, Ipv4) {
  for_random_headers(22, 3000, [](SeededRng& rng) {
    // Not empty: libtins forgets the protocol number of a packet without payload.
    const Octets payload = test::random_octets(rng, 1 + rng.below(200));
    const Ipv4 ip = random_ipv4(rng);
    Octets packet(Ipv4::kMinHeaderSize);
    ip.emit(packet, payload.size());
    packet = packet + payload;
    const Tins::IP tins(u8(packet), u32(packet.size()));
    EXPECT_EQ(tins.tos(), ip.tos);
    EXPECT_EQ(tins.tot_len(), packet.size());
    EXPECT_EQ(tins.id(), ip.identification);
    EXPECT_EQ(tins.flags() & Tins::IP::DONT_FRAGMENT, ip.dont_fragment ? 2 : 0);
    EXPECT_EQ(tins.flags() & Tins::IP::MORE_FRAGMENTS, ip.more_fragments ? 1 : 0);
    EXPECT_EQ(tins.fragment_offset() * 8, ip.fragment_offset);
    EXPECT_EQ(tins.ttl(), ip.ttl);
    EXPECT_EQ(tins.protocol(), ip.protocol);
    EXPECT_EQ(tins.src_addr().to_string(), ip.source.to_string());
    EXPECT_EQ(tins.dst_addr().to_string(), ip.destination.to_string());
    // libtins sums the header afresh when it serializes.
    Tins::IP again(tins);
    const auto serialized = again.serialize();
    EXPECT_EQ(from_tins(serialized), packet);
  });
}

TEST(TinsReadsUs, Ipv6) {
  for_random_headers(23, 3000, [](SeededRng& rng) {
    const Octets payload = test::random_octets(rng, rng.below(200));
    const Ipv6 ip = random_ipv6(rng);
    Octets packet(Ipv6::kHeaderSize);
    ip.emit(packet, payload.size());
    packet = packet + payload;
    const Tins::IPv6 tins(u8(packet), u32(packet.size()));
    EXPECT_EQ(tins.version(), 6);
    EXPECT_EQ(tins.traffic_class(), ip.traffic_class);
    EXPECT_EQ(tins.flow_label(), ip.flow_label);
    EXPECT_EQ(tins.payload_length(), payload.size());
    EXPECT_EQ(tins.next_header(), ip.next_header);
    EXPECT_EQ(tins.hop_limit(), ip.hop_limit);
    EXPECT_EQ(IpAddress::parse(tins.src_addr().to_string()), ip.source);
    EXPECT_EQ(IpAddress::parse(tins.dst_addr().to_string()), ip.destination);
  });
}

TEST(TinsReadsUs, Icmpv4Echo) {
  for_random_headers(24, 2000, [](SeededRng& rng) {
    const Octets data = test::random_octets(rng, rng.below(100));
    const Icmpv4 icmp{.type = icmpv4_type::kEcho, .rest = rng.next_u32(), .payload = data};
    Octets message(Icmpv4::kHeaderSize);
    icmp.emit(message);
    message = message + data;
    Tins::ICMP tins(u8(message), u32(message.size()));
    EXPECT_EQ(tins.type(), Tins::ICMP::ECHO_REQUEST);
    EXPECT_EQ(tins.id(), icmp.rest >> 16U);
    EXPECT_EQ(tins.sequence(), icmp.rest & 0xffffU);
    EXPECT_EQ(from_tins(tins.serialize()), message);
  });
}

TEST(TinsReadsUs, Udp) {
  for_random_headers(25, 3000, [](SeededRng& rng) {
    const Octets data = test::random_octets(rng, rng.below(300));
    const Udp udp{.source_port = u16(rng), .destination_port = u16(rng), .payload = data};
    const Ends ends = random_ends(rng);
    Octets datagram(Udp::kHeaderSize);
    udp.emit(datagram, ends.source, ends.destination);
    datagram = datagram + data;
    const Tins::UDP tins(u8(datagram), u32(datagram.size()));
    EXPECT_EQ(tins.sport(), udp.source_port);
    EXPECT_EQ(tins.dport(), udp.destination_port);
    EXPECT_EQ(tins.length(), datagram.size());
    EXPECT_EQ(transport_checksum(ends, ip_protocol::kUdp, datagram), 0);
  });
}

TEST(TinsReadsUs, Tcp) {
  for_random_headers(26, 5000, [](SeededRng& rng) {
    const Octets data = test::random_octets(rng, rng.below(300));
    Tcp tcp = random_tcp(rng);
    tcp.payload = data;
    const Ends ends = random_ends(rng);
    Octets segment(Tcp::kMaxHeaderSize);
    segment.resize(tcp.emit_partial(segment, ends.source, ends.destination, data.size()));
    segment = segment + data;
    store_be16(segment, 16, checksum(segment));
    const Tins::TCP tins(u8(segment), u32(segment.size()));
    EXPECT_EQ(tins.sport(), tcp.source_port);
    EXPECT_EQ(tins.dport(), tcp.destination_port);
    EXPECT_EQ(tins.seq(), tcp.sequence);
    EXPECT_EQ(tins.ack_seq(), tcp.acknowledgment);
    EXPECT_EQ(tins.flags(), tcp.flags);
    EXPECT_EQ(tins.window(), tcp.window);
    EXPECT_EQ(tins.urg_ptr(), tcp.urgent);
    EXPECT_EQ(tins.data_offset() * 4U, tcp.header_size());
    EXPECT_EQ(tins.inner_pdu() == nullptr ? 0U : tins.inner_pdu()->size(), data.size());
    EXPECT_EQ(transport_checksum(ends, ip_protocol::kTcp, segment), 0);
    expect_options(tins, tcp.options);
  });
}

TEST(TinsReadsUs, NeighborDiscovery) {
  for_random_headers(27, 2000, [](SeededRng& rng) {
    const Ends ends{random_v6(rng), random_v6(rng)};
    NeighborSolicitation ns{.target = random_v6(rng)};
    if (rng.below(2) == 0) ns.source_link_address = random_mac(rng);
    Octets out(NeighborSolicitation::kMaxSize);
    out.resize(ns.emit(out, ends.source, ends.destination));
    const Tins::ICMPv6 solicitation(u8(out), u32(out.size()));
    EXPECT_EQ(solicitation.type(), Tins::ICMPv6::NEIGHBOUR_SOLICIT);
    EXPECT_EQ(IpAddress::parse(solicitation.target_addr().to_string()), ns.target);
    if (ns.source_link_address) {
      EXPECT_EQ(solicitation.source_link_layer_addr().to_string(),
                ns.source_link_address->to_string());
    }
    EXPECT_EQ(transport_checksum(ends, ip_protocol::kIcmpV6, out), 0);

    NeighborAdvertisement na{.router = rng.below(2) == 0,
                             .solicited = rng.below(2) == 0,
                             .override_entry = rng.below(2) == 0,
                             .target = random_v6(rng),
                             .target_link_address = random_mac(rng)};
    out.resize(NeighborAdvertisement::kMaxSize);
    out.resize(na.emit(out, ends.source, ends.destination));
    const Tins::ICMPv6 advertisement(u8(out), u32(out.size()));
    EXPECT_EQ(advertisement.type(), Tins::ICMPv6::NEIGHBOUR_ADVERT);
    EXPECT_EQ(advertisement.router() == 1, na.router);
    EXPECT_EQ(advertisement.solicited() == 1, na.solicited);
    EXPECT_EQ(advertisement.override() == 1, na.override_entry);
    EXPECT_EQ(IpAddress::parse(advertisement.target_addr().to_string()), na.target);
    EXPECT_EQ(advertisement.target_link_layer_addr().to_string(),
              na.target_link_address->to_string());
    EXPECT_EQ(transport_checksum(ends, ip_protocol::kIcmpV6, out), 0);
  });
}

TEST(TinsReadsUs, MldReport) {
  for_random_headers(28, 500, [](SeededRng& rng) {
    std::vector<GroupRecord> groups(1 + rng.below(5));
    for (GroupRecord& group : groups) {
      group = {static_cast<std::uint8_t>(1 + rng.below(6)), random_v6(rng)};
    }
    const Ends ends{random_v6(rng), random_v6(rng)};
    Octets out(8 + 20 * groups.size());
    ASSERT_EQ(emit_mld_report(out, groups, ends.source, ends.destination), out.size());
    const Tins::ICMPv6 tins(u8(out), u32(out.size()));
    const auto records = tins.multicast_address_records();
    ASSERT_EQ(records.size(), groups.size());
    auto group = groups.begin();
    for (const auto& record : records) {
      EXPECT_EQ(record.type, group->type);
      EXPECT_TRUE(record.sources.empty());
      EXPECT_EQ(IpAddress::parse(record.multicast_address.to_string()), group++->group);
    }
    EXPECT_EQ(transport_checksum(ends, ip_protocol::kIcmpV6, out), 0);
  });
}

}  // namespace
}  // namespace zsock::wire
