// Datagrams between two hosts (RFC 768).

#include <gtest/gtest.h>

#include <map>

#include "tests/support/seeds.h"
#include "tests/support/stream_peer.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

TwoHostsOptions options_for(std::uint64_t seed) {
  SeededRng rng{seed};
  TwoHostsOptions options{.seed = seed, .left = quick_host(), .right = quick_host()};
  options.link.faults = {.loss = rng.below(4) * 0.1,
                         .duplicate = rng.below(2) * 0.1,
                         .reorder = rng.below(2) * 0.2,
                         .corrupt = rng.below(2) * 0.1,
                         .delay = Duration{rng.below(20000)}};
  return options;
}

/// A datagram whose content follows from its number and size.
std::vector<std::byte> datagram(std::uint64_t number, std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = stream_octet(number, i);
  return bytes;
}

/// Sends numbered datagrams of many sizes and checks that only such arrive; how many did.
std::size_t expect_datagrams_whole(std::uint64_t seed, wire::Family family) {
  SCOPED_TRACE(repeat_with(seed));
  const TwoHostsOptions options = options_for(seed);
  TwoHosts hosts{options};
  UdpApp& server = hosts.right().open_udp(family);
  EXPECT_TRUE(hosts.right().stack().bind(server.id, hosts.right_endpoint(family, 53)));
  UdpApp& client = hosts.left().open_udp(family);
  SeededRng rng{seed};
  std::map<std::vector<std::byte>, unsigned> sent;
  std::size_t received = 0;
  hosts.add_agent([&] {
    while (const auto got = server.receive()) {
      ++received;
      EXPECT_TRUE(sent.contains(got->payload)) << got->payload.size();
      EXPECT_EQ(got->from.address, hosts.left().address(family));
    }
  });
  for (std::uint64_t number = 0; number < 40; ++number) {
    // One flipped bit never passes the checksum; two, in two fragments, may.
    const bool fragments = options.link.faults.corrupt <= 0 && rng.below(4) == 0;
    const std::size_t size = rng.below(fragments ? 6000 : 1400);
    auto bytes = datagram(seed * 1000 + number, size);
    if (client.send(bytes, hosts.right_endpoint(family, 53))) ++sent[std::move(bytes)];
    hosts.run_for(10ms);
  }
  hosts.run_for(5s);
  EXPECT_LE(received, sent.size() * 2);
  client.close();
  server.close();
  hosts.run_for(70s);
  EXPECT_TRUE(hosts.left().at_rest() && hosts.right().at_rest());
  return received;
}

/// How many octets each datagram has that comes of `octets` cut by `step`, and the frames that they
/// took.
struct Cut {
  std::vector<std::size_t> sizes;
  std::uint64_t frames = 0;
  std::uint64_t counted = 0;  ///< udp_out
};

Cut cut(const TwoHostsOptions& options, wire::Family family, std::size_t octets, std::uint16_t step,
        std::int64_t discovery) {
  TwoHosts hosts{options};
  UdpApp& server = hosts.right().open_udp(family);
  const wire::Endpoint to = hosts.right_endpoint(family, 53);
  EXPECT_TRUE(hosts.right().stack().bind(server.id, to));
  UdpApp& client = hosts.left().open_udp(family);
  const Option how =
      family == wire::Family::ipv4 ? Option::mtu_discovery : Option::mtu_discovery_v6;
  EXPECT_TRUE(hosts.left().stack().set_option(client.id, how, discovery, hosts.now()));
  EXPECT_TRUE(client.send(datagram(0, 1), to)) << "finds the neighbour";
  hosts.run_for(10ms);
  EXPECT_TRUE(server.receive());
  const Counters before = hosts.left().stack().counters();
  const auto bytes = datagram(1, octets);
  EXPECT_TRUE(client.send(bytes, to, step));
  hosts.run_for(10ms);
  Cut result;
  std::vector<std::byte> got;
  while (const auto piece = server.receive()) {
    result.sizes.push_back(piece->payload.size());
    got.insert(got.end(), piece->payload.begin(), piece->payload.end());
  }
  EXPECT_EQ(got, bytes);
  result.frames = hosts.left().stack().counters().frames_out - before.frames_out;
  result.counted = hosts.left().stack().counters().udp_out - before.udp_out;
  return result;
}

/// Ten of forty datagrams in the mean: loss is at most 30 %, but a lossy link may also keep the two
/// hosts from finding each other for a while.
void expect_datagrams_whole(wire::Family family) {
  std::size_t received = 0;
  const auto all = seeds(200);
  for (const std::uint64_t seed : all) {
    received += expect_datagrams_whole(seed, family);
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(received, all.size() * 10);
}

// req: PR-9
TEST(UdpScenario, DatagramsArriveWholeOrNotOverIpv4) {
  expect_datagrams_whole(wire::Family::ipv4);
}

// req: PR-9
TEST(UdpScenario, DatagramsArriveWholeOrNotOverIpv6) {
  expect_datagrams_whole(wire::Family::ipv6);
}

// RFC 768, RFC 791 3.1: the largest datagram, in fragments.
TEST(UdpScenario, LargestDatagramArrives) {
  TwoHostsOptions options{.left = quick_host(), .right = quick_host()};
  options.left.rings = options.right.rings = {.receive = 1U << 17U, .transmit = 1U << 17U};
  TwoHosts hosts{options};
  UdpApp& server = hosts.right().open_udp(wire::Family::ipv4);
  ASSERT_TRUE(hosts.right().stack().bind(server.id, hosts.right_endpoint(wire::Family::ipv4, 53)));
  UdpApp& client = hosts.left().open_udp(wire::Family::ipv4);
  ASSERT_TRUE(client.send(datagram(1, 65507), hosts.right_endpoint(wire::Family::ipv4, 53)));
  hosts.run_for(1s);
  const auto got = server.receive();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->payload, datagram(1, 65507));
}

// RFC 1122 4.1.3.3; conformance 2.6
TEST(UdpScenario, ConnectedSocketLearnsOfAClosedPort) {
  TwoHosts hosts{{.left = quick_host(), .right = quick_host()}};
  UdpApp& client = hosts.left().open_udp(wire::Family::ipv4);
  ASSERT_TRUE(hosts.left().stack().connect(client.id, hosts.right_endpoint(wire::Family::ipv4, 53),
                                           {}, hosts.now()));
  ASSERT_TRUE(client.send(datagram(1, 100), std::nullopt));
  hosts.run_for(1s);
  EXPECT_EQ(hosts.left().stack().take_error(client.id), SockError::connection_refused);
}

// UDP_SEGMENT: who cuts makes no difference to who receives. A device is asked to where that is so.
TEST(UdpScenario, CutByTheDeviceOrByTheStack) {
  const std::vector<std::size_t> pieces{1000, 1000, 1000, 1000, 1000, 250};
  for (const wire::Family family : {wire::Family::ipv4, wire::Family::ipv6}) {
    TwoHostsOptions options{.left = quick_host(), .right = quick_host()};
    const Cut by_stack = cut(options, family, 5250, 1000, 1);
    EXPECT_EQ(by_stack.sizes, pieces);
    EXPECT_EQ(by_stack.frames, 6U);
    options.left.datagram_segmentation = true;
    for (const Delivery delivery : {Delivery::plain, Delivery::whole}) {
      options.link.delivery = delivery;
      const Cut by_device = cut(options, family, 5250, 1000, 1);
      EXPECT_EQ(by_device.sizes, pieces);
      EXPECT_EQ(by_device.frames, 1U);
      EXPECT_EQ(by_device.counted, 6U);
      EXPECT_EQ(cut(options, family, 1000, 1000, 1).frames, 1U) << "nothing to cut";
    }
    options.link.delivery = Delivery::plain;
    const std::uint16_t most = family == wire::Family::ipv4 ? 1472 : 1452;
    const auto more = static_cast<std::uint16_t>(most + 1);
    EXPECT_EQ(cut(options, family, 3000, most, 1).frames, 1U);
    EXPECT_EQ(cut(options, family, 3000, more, 1).frames, 5U) << "each in two fragments";
  }
}

// RFC 6864 4.1: packets that may be fragmented have identifications of their own.
TEST(UdpScenario, WhatMayBeFragmentedIsCutByTheStack) {
  TwoHostsOptions options{.left = quick_host(), .right = quick_host()};
  options.left.datagram_segmentation = true;
  EXPECT_EQ(cut(options, wire::Family::ipv4, 5250, 1000, 0).frames, 6U);
  EXPECT_EQ(cut(options, wire::Family::ipv6, 5250, 1000, 0).frames, 1U);
}

}  // namespace
}  // namespace zsock::test
