// Neighbour Discovery and duplicate address detection.

#include "daemon/stack/net/ndp.h"

#include "tests/stack/net/ip_bench.h"

namespace zsock::net {
namespace {

using wire::EtherType;
namespace type = wire::icmpv6_type;

const wire::IpAddress kAllNodes = ip("ff02::1");

// RFC 4861 7.2.4
// req: ND-1, ND-2
TEST(NdpAnswer, GoesToTheAskerWithOurAddress) {
  IpBench bench;
  const wire::IpAddress group = wire::solicited_node(bench.our_v6);
  bench.receive_solicitation({.target = bench.our_v6, .source_link_address = bench.peer_mac},
                             bench.peer_v6, group, wire::multicast_mac(group));
  const auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].ethernet.destination, bench.peer_mac);
  EXPECT_EQ(frames[0].v6().hop_limit, 255);
  EXPECT_EQ(frames[0].v6().destination, bench.peer_v6);
  const auto said = wire::NeighborAdvertisement::parse(
      frames[0].icmp6(), {frames[0].v6().source, frames[0].v6().destination, 255});
  ASSERT_TRUE(said);
  EXPECT_TRUE(said->solicited);
  EXPECT_TRUE(said->override_entry);
  EXPECT_FALSE(said->router);
  EXPECT_EQ(said->target, bench.our_v6);
  EXPECT_EQ(said->target_link_address, bench.our_mac);
}

// RFC 4861 7.2.4
TEST(NdpAnswer, GoesToEverybodyWhenTheAskerHasNoAddress) {
  IpBench bench;
  const wire::IpAddress group = wire::solicited_node(bench.our_v6);
  bench.receive_solicitation({.target = bench.our_v6}, ip("::"), group, wire::multicast_mac(group));
  const auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].v6().destination, kAllNodes);
  EXPECT_EQ(frames[0].ethernet.destination, wire::multicast_mac(kAllNodes));
}

// RFC 4861 7.1.1, RFC 6980 5
// req: ND-1
TEST(NdpInput, DropsWhatIsNotFromThisLink) {
  IpBench bench;
  Bytes message(wire::NeighborSolicitation::kMaxSize);
  const wire::NeighborSolicitation question{.target = bench.our_v6,
                                            .source_link_address = bench.peer_mac};
  message.resize(question.emit(message, bench.peer_v6, bench.our_v6));
  wire::Ipv6 header = bench.v6(wire::ip_protocol::kIcmpV6);
  header.hop_limit = 254;
  bench.receive_v6(header, message);
  EXPECT_EQ(bench.counters.drop_ndp_invalid, 1U);

  Bytes fragment(wire::Ipv6Fragment::kHeaderSize);
  wire::Ipv6Fragment{.next_header = wire::ip_protocol::kIcmpV6}.emit(fragment);
  header.hop_limit = 255;
  header.next_header = wire::ip_protocol::kFragment;
  bench.receive_v6(header, join({fragment, message}));
  EXPECT_EQ(bench.counters.drop_ndp_invalid, 2U);
  EXPECT_TRUE(bench.drain().empty());
}

// req: ND-1
TEST(NdpInput, BelievesNobodyWhoSpeaksInOurName) {
  IpBench bench;
  bench.receive_solicitation({.target = bench.our_v6, .source_link_address = bench.peer_mac},
                             bench.our_v6, bench.our_v6, bench.our_mac);
  bench.receive_advertisement(
      {.override_entry = true, .target = bench.our_v6, .target_link_address = bench.peer_mac},
      bench.peer_v6, bench.our_v6);
  EXPECT_EQ(bench.counters.drop_ndp_invalid, 2U);
  EXPECT_TRUE(bench.drain().empty());
}

// RFC 4861 7.2.2
// req: ND-2
TEST(NdpResolve, AsksTheGroupThenSendsWhatWaited) {
  IpBench bench;
  ASSERT_TRUE(bench.send(bench.peer_v6, pattern(8)));
  auto frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  const wire::IpAddress group = wire::solicited_node(bench.peer_v6);
  EXPECT_EQ(frames[0].ethernet.destination, wire::multicast_mac(group));
  EXPECT_EQ(frames[0].v6().source, bench.our_v6);
  EXPECT_EQ(frames[0].v6().destination, group);
  const auto question = wire::NeighborSolicitation::parse(
      frames[0].icmp6(), {bench.our_v6, group, frames[0].v6().hop_limit});
  ASSERT_TRUE(question);
  EXPECT_EQ(question->target, bench.peer_v6);
  EXPECT_EQ(question->source_link_address, bench.our_mac);
  bench.receive_advertisement({.solicited = true,
                               .override_entry = true,
                               .target = bench.peer_v6,
                               .target_link_address = bench.peer_mac},
                              bench.peer_v6, bench.our_v6);
  frames = bench.drain();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].ethernet.destination, bench.peer_mac);
  EXPECT_EQ(frames[0].v6().next_header, wire::ip_protocol::kUdp);
  EXPECT_TRUE(bench.net->poll_event()->reachable);
}

/// A layer whose addresses are still under test.
class DadBench : public IpBench {
 public:
  DadBench() : IpBench(Config{}) {}
  [[nodiscard]] bool is_tentative(const wire::IpAddress& address) const {
    for (const auto& row : net->addresses()) {
      if (row.address.address == address) return row.tentative;
    }
    return false;
  }
  [[nodiscard]] bool is_duplicate(const wire::IpAddress& address) const {
    for (const auto& row : net->addresses()) {
      if (row.address.address == address) return row.duplicate;
    }
    return false;
  }
  /// Passes time until the probe for our global address goes out.
  std::optional<wire::NeighborSolicitation> await_probe() {
    for (int i = 0; i < 1000; ++i) {
      for (const Sent& sent : drain()) {
        if (!sent.is(EtherType::ipv6) || sent.icmp6().type != type::kNeighborSolicitation) continue;
        const auto probe = wire::NeighborSolicitation::parse(
            sent.icmp6(), {sent.v6().source, sent.v6().destination, sent.v6().hop_limit});
        EXPECT_TRUE(probe);
        EXPECT_TRUE(sent.v6().source.is_unspecified());
        if (probe->target == our_v6) return *probe;
      }
      advance(1ms);
    }
    return std::nullopt;
  }
  void receive_probe(const std::optional<std::array<std::uint8_t, 6>>& nonce) {
    const wire::IpAddress group = wire::solicited_node(our_v6);
    receive_solicitation({.target = our_v6, .nonce = nonce}, ip("::"), group,
                         wire::multicast_mac(group));
  }
};

// RFC 4862 5.4.2, RFC 7527 4.1
// req: ND-4
TEST(DadProbe, GoesOutWithinASecondWithANonceAndEndsOneSecondLater) {
  DadBench bench;
  EXPECT_TRUE(bench.is_tentative(bench.our_v6));
  EXPECT_FALSE(bench.net->is_local(bench.our_v6));
  EXPECT_FALSE(bench.net->route(bench.peer_v6, wire::IpAddress::any(wire::Family::ipv6), 0));
  const auto probe = bench.await_probe();
  ASSERT_TRUE(probe);
  EXPECT_TRUE(probe->nonce);
  EXPECT_FALSE(probe->source_link_address);
  bench.advance(998ms);
  EXPECT_TRUE(bench.is_tentative(bench.our_v6));
  bench.advance(2ms);
  EXPECT_FALSE(bench.is_tentative(bench.our_v6));
  EXPECT_TRUE(bench.net->is_local(bench.our_v6));
}

// RFC 4862 5.4.3, 5.4.4
// req: ND-4
TEST(DadConflict, ByAnotherProbeOrAnAdvertisementEndsTheAddress) {
  for (const bool by_probe : {true, false}) {
    DadBench bench;
    ASSERT_TRUE(bench.await_probe());
    if (by_probe) {
      bench.receive_probe(std::array<std::uint8_t, 6>{9, 9, 9, 9, 9, 9});
    } else {
      Bytes message(wire::NeighborAdvertisement::kMaxSize);
      const wire::NeighborAdvertisement said{
          .override_entry = true, .target = bench.our_v6, .target_link_address = bench.peer_mac};
      message.resize(said.emit(message, bench.our_v6, kAllNodes));
      bench.receive_v6({.next_header = wire::ip_protocol::kIcmpV6,
                        .hop_limit = 255,
                        .source = bench.our_v6,
                        .destination = kAllNodes},
                       message, wire::multicast_mac(kAllNodes));
    }
    EXPECT_TRUE(bench.is_duplicate(bench.our_v6));
    EXPECT_EQ(bench.counters.duplicate_address, 1U);
    bench.advance(10s);
    EXPECT_FALSE(bench.net->is_local(bench.our_v6));
  }
}

// RFC 7527 4.2
// req: ND-4
TEST(DadConflict, IsNotOurOwnProbeComeBack) {
  DadBench bench;
  const auto probe = bench.await_probe();
  ASSERT_TRUE(probe);
  bench.receive_probe(probe->nonce);
  EXPECT_TRUE(bench.is_tentative(bench.our_v6));
  bench.advance(10s);
  EXPECT_TRUE(bench.net->is_local(bench.our_v6));
  EXPECT_EQ(bench.counters.duplicate_address, 0U);
}

// RFC 4862 5.4.3
// req: ND-4
TEST(DadTentative, AnswersNoResolution) {
  DadBench bench;
  ASSERT_TRUE(bench.await_probe());
  const wire::IpAddress group = wire::solicited_node(bench.our_v6);
  bench.receive_solicitation({.target = bench.our_v6, .source_link_address = bench.peer_mac},
                             bench.peer_v6, group, wire::multicast_mac(group));
  EXPECT_TRUE(bench.drain().empty());
  EXPECT_TRUE(bench.is_tentative(bench.our_v6));
}

}  // namespace
}  // namespace zsock::net
