// ARP, and those who lie by it.

#include "daemon/stack/net/arp.h"

#include "tests/stack/net/ip_bench.h"

namespace zsock::net {
namespace {

using wire::EtherType;
using Operation = wire::Arp::Operation;

wire::Arp request(const IpBench& bench) {
  return {.operation = Operation::request,
          .sender_mac = bench.peer_mac,
          .sender_ip = bench.peer_v4,
          .target_ip = bench.our_v4};
}

// RFC 826
// req: ARP-1
TEST(ArpReply, AnswersForOurAddressOnly) {
  IpBench bench;
  bench.receive(bench.arp_frame(request(bench)));
  const auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].ethernet.destination, bench.peer_mac);
  EXPECT_EQ(frames[0].arp().operation, Operation::reply);
  EXPECT_EQ(frames[0].arp().sender_mac, bench.our_mac);
  EXPECT_EQ(frames[0].arp().sender_ip, bench.our_v4);
  EXPECT_EQ(frames[0].arp().target_ip, bench.peer_v4);
  wire::Arp other = request(bench);
  other.target_ip = ip("192.0.2.99");
  bench.receive(bench.arp_frame(other));
  EXPECT_TRUE(bench.drain().empty());
}

// RFC 5227 2.4: somebody probes for our address; it gets an answer and no entry.
// req: ARP-7
TEST(ArpReply, DefendsAgainstProbesWithoutAnEntry) {
  IpBench bench;
  wire::Arp probe = request(bench);
  probe.sender_ip = ip("0.0.0.0");
  bench.receive(bench.arp_frame(probe));
  EXPECT_EQ(bench.drain().size(), 1U);
}

// RFC 5227 2.3
TEST(ArpAnnounce, TellsANewAddressToEverybody) {
  IpBench bench;
  ASSERT_TRUE(bench.net->add_address(bench.eth, cidr("198.51.100.1/24"), bench.now));
  const auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_TRUE(frames[0].ethernet.destination.is_broadcast());
  EXPECT_EQ(frames[0].arp().sender_ip, ip("198.51.100.1"));
  EXPECT_EQ(frames[0].arp().target_ip, ip("198.51.100.1"));
}

/// Where a packet to the peer goes: its link address, or nothing while it is asked for.
std::optional<wire::MacAddr> destination_used(IpBench& bench) {
  EXPECT_TRUE(bench.send(bench.peer_v4, pattern(8)));
  for (const Sent& sent : bench.drain()) {
    if (sent.is(EtherType::ipv4)) return sent.ethernet.destination;
  }
  return std::nullopt;
}

// req: ARP-1
TEST(ArpLearn, KnowsWhoeverAskedForUs) {
  IpBench bench;
  bench.receive(bench.arp_frame(request(bench)));
  bench.drain();
  EXPECT_EQ(destination_used(bench), bench.peer_mac);
}

// req: ARP-7
TEST(ArpLearn, CreatesNothingFromGratuitousOrUnaskedMessages) {
  IpBench bench;
  wire::Arp gratuitous = request(bench);
  gratuitous.target_ip = bench.peer_v4;
  bench.receive(bench.arp_frame(gratuitous));
  wire::Arp unasked = request(bench);
  unasked.operation = Operation::reply;
  unasked.target_mac = bench.our_mac;
  bench.receive(bench.arp_frame(unasked, bench.our_mac));
  EXPECT_EQ(destination_used(bench), std::nullopt);
}

// RFC 826
// req: ARP-1
TEST(ArpLearn, UpdatesWhomItKnowsFromAnyMessage) {
  IpBench bench;
  bench.introduce_peer();
  wire::Arp gratuitous = request(bench);
  gratuitous.target_ip = bench.peer_v4;
  gratuitous.sender_mac = mac("02:00:00:00:00:22");
  bench.receive(bench.arp_frame(gratuitous));
  EXPECT_EQ(destination_used(bench), gratuitous.sender_mac);
}

// req: ARP-7
TEST(ArpSpoof, IsCountedAndIgnored) {
  const std::vector<std::pair<const char*, const char*>> senders{
      {"ff:ff:ff:ff:ff:ff", "192.0.2.2"},   {"01:00:5e:00:00:01", "192.0.2.2"},
      {"00:00:00:00:00:00", "192.0.2.2"},   {"02:00:00:00:00:01", "192.0.2.2"},
      {"02:00:00:00:00:02", "224.0.0.1"},   {"02:00:00:00:00:02", "255.255.255.255"},
      {"02:00:00:00:00:02", "192.0.2.255"}, {"02:00:00:00:00:02", "127.0.0.1"}};
  for (const auto& [sender_mac, sender_ip] : senders) {
    SCOPED_TRACE(testing::Message() << sender_mac << " " << sender_ip);
    IpBench bench;
    wire::Arp message = request(bench);
    message.sender_mac = mac(sender_mac);
    message.sender_ip = ip(sender_ip);
    bench.receive(bench.arp_frame(message));
    EXPECT_EQ(bench.counters.drop_arp_spoofed, 1U);
    EXPECT_TRUE(bench.drain().empty());
  }
}

// RFC 5227 2.4
// req: ARP-6, ARP-7
TEST(ArpConflict, IsCountedAndOurAddressDefended) {
  IpBench bench;
  wire::Arp message = request(bench);
  message.sender_ip = bench.our_v4;
  bench.receive(bench.arp_frame(message));
  EXPECT_EQ(bench.counters.arp_address_conflict, 1U);
  const auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].arp().sender_ip, bench.our_v4);
  EXPECT_EQ(frames[0].arp().sender_mac, bench.our_mac);
  EXPECT_TRUE(bench.net->is_local(bench.our_v4));
}

// RFC 1122 2.3.2.1
// req: ARP-3
TEST(ArpResolve, AsksThriceAndReportsFailure) {
  IpBench bench;
  ASSERT_TRUE(bench.send(bench.peer_v4, pattern(8)));
  EXPECT_FALSE(bench.net->ready(
      *bench.net->route(bench.peer_v4, wire::IpAddress::any(wire::Family::ipv4), 0), bench.now));
  bench.advance(2999ms);
  EXPECT_EQ(bench.drain().size(), 3U);
  EXPECT_FALSE(bench.net->poll_event());
  bench.advance(1ms);
  const auto event = bench.net->poll_event();
  ASSERT_TRUE(event);
  EXPECT_FALSE(event->reachable);
  EXPECT_EQ(event->next_hop, bench.peer_v4);
  EXPECT_TRUE(bench.drain().empty());
}

}  // namespace
}  // namespace zsock::net
