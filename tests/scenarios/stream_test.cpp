// Conformance 5.3: what arrives is what was sent, whatever the link does, and it arrives.

#include <gtest/gtest.h>

#include <array>

#include "tests/support/seeds.h"
#include "tests/support/stream_peer.h"

namespace zsock::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPort = 80;

template <class T, std::size_t n>
T pick(Rng& rng, const T (&choices)[n]) {
  return choices[rng.below(n)];
}

HostOptions random_host(Rng& rng, wire::Family family) {
  HostOptions host = quick_host();
  constexpr std::uint16_t kMtus4[] = {1500, 1500, 9000, 1280, 576};
  constexpr std::uint16_t kMtus6[] = {1500, 1500, 9000, 1280};
  constexpr std::size_t kRings[] = {1U << 12U, 1U << 14U, 1U << 16U};
  host.mtu = family == wire::Family::ipv4 ? pick(rng, kMtus4) : pick(rng, kMtus6);
  host.rings = {.receive = pick(rng, kRings), .transmit = pick(rng, kRings)};
  host.max_segmentation = rng.below(2) == 0 ? 0 : 65535;
  host.stack.tcp.window_scaling = rng.below(4) != 0;
  host.stack.tcp.timestamps = rng.below(4) != 0;
  host.stack.tcp.sack = rng.below(4) != 0;
  return host;
}

/// Loss up to 30 %, and everything else that links do.
LinkOptions random_link(Rng& rng) {
  constexpr double kLoss[] = {0, 0.01, 0.05, 0.1, 0.2, 0.3};
  constexpr double kSome[] = {0, 0, 0.02, 0.1};
  constexpr std::uint64_t kRate[] = {0, 0, 1'000'000, 20'000'000};
  LinkOptions link;
  link.faults = {.loss = pick(rng, kLoss),
                 .duplicate = pick(rng, kSome),
                 .reorder = pick(rng, kSome),
                 .corrupt = pick(rng, kSome),
                 .delay = Duration{rng.below(50000)},
                 .jitter = Duration{rng.below(2) * rng.below(20000)},
                 .rate = pick(rng, kRate),
                 .queue_frames = 20 + rng.below(200)};
  link.mtu = 9000;
  if (rng.below(4) == 0) link.delivery = Delivery::whole;
  return link;
}

TwoHostsOptions random_options(std::uint64_t seed, wire::Family family) {
  SeededRng rng{seed};
  TwoHostsOptions options{.seed = seed,
                          .link = random_link(rng),
                          .left = random_host(rng, family),
                          .right = random_host(rng, family)};
  // Every other one with rings that grow, and an application that zsockd would serve.
  for (HostOptions* host : {&options.left, &options.right}) {
    host->rings.grow = host->tells_reading = seed % 2 == 0;
  }
  return options;
}

/// One connection, streams of random length both ways, a link that heals after a while.
void expect_streams_arrive(std::uint64_t seed, wire::Family family) {
  SCOPED_TRACE(repeat_with(seed));
  TwoHosts hosts{random_options(seed, family)};
  SeededRng rng{seed + 1000000};
  const unsigned stall_percent = rng.below(3) * 5;
  // Who stops now and then does not read octet by octet as well.
  const std::uint32_t least = stall_percent == 0 ? 1 : 500;
  StreamPlan forth{.seed = seed * 2,
                   .peer_seed = seed * 2 + 1,
                   .octets = rng.below(1U << (6 + rng.below(12))),
                   .piece = least + rng.below(6000),
                   .stall_percent = stall_percent,
                   .stall = Duration{1 + rng.below(3000000)}};
  StreamPlan back = forth;
  std::swap(back.seed, back.peer_seed);
  back.octets = rng.below(1U << (6 + rng.below(12)));
  back.piece = least + rng.below(6000);

  ListenerApp& listener = hosts.right().listen(hosts.right_endpoint(family, kPort), 5);
  TcpApp* client = &hosts.left().connect(hosts.right_endpoint(family, kPort));
  std::optional<StreamPeer> client_peer{{hosts, *client, forth}};
  std::optional<StreamPeer> server_peer;
  hosts.add_agent([&] {
    // A bad link may swallow all three requests for the neighbour's address; applications try
    // again.
    const SocketStatus seen = client->status();
    if (seen.failed && !seen.connected && seen.error == SockError::host_unreachable) {
      client->close();
      client = &hosts.left().connect(hosts.right_endpoint(family, kPort));
      client_peer.emplace(hosts, *client, forth);
    }
    if (!server_peer && !listener.children.empty())
      server_peer.emplace(hosts, *listener.children[0], back);
    client_peer->act();
    if (server_peer) server_peer->act();
  });
  hosts.at(hosts.now() + 5s + Duration{rng.below(30000000)}, [&] { hosts.link().heal(); });

  // PR-2: within the longest timeout after the last harm, and some.
  const bool finished = hosts.run_until(
      [&] { return client_peer->done() && server_peer && server_peer->done(); }, 400s);
  ASSERT_TRUE(finished) << client->state() << ", read " << client_peer->read() << " of "
                        << back.octets << ", wrote " << client_peer->written() << " of "
                        << forth.octets << ", peer read "
                        << (server_peer ? server_peer->read() : 0);
  EXPECT_TRUE(client_peer->intact() && server_peer->intact());
  EXPECT_EQ(client_peer->read(), back.octets);
  EXPECT_EQ(server_peer->read(), forth.octets);
  EXPECT_FALSE(client->status().failed || listener.children[0]->status().failed);

  // PR-10: nothing is left.
  client->close();
  listener.children[0]->close();
  hosts.right().close(listener);
  EXPECT_TRUE(
      hosts.run_until([&] { return hosts.left().at_rest() && hosts.right().at_rest(); }, 400s));
}

// req: PR-1, PR-2, PR-10
TEST(StreamScenario, ArrivesOverIpv4) {
  for (const std::uint64_t seed : seeds(600)) {
    expect_streams_arrive(seed, wire::Family::ipv4);
    if (HasFatalFailure()) return;
  }
}

// req: PR-1, PR-2, PR-10
TEST(StreamScenario, ArrivesOverIpv6) {
  for (const std::uint64_t seed : seeds(600)) {
    expect_streams_arrive(seed, wire::Family::ipv6);
    if (HasFatalFailure()) return;
  }
}

std::pair<std::uint64_t, std::uint64_t> trace_of(std::uint64_t seed) {
  TwoHosts hosts{random_options(seed, wire::Family::ipv4)};
  ListenerApp& listener = hosts.right().listen(hosts.right_endpoint(wire::Family::ipv4, kPort), 5);
  TcpApp& client = hosts.left().connect(hosts.right_endpoint(wire::Family::ipv4, kPort));
  StreamPeer peer{hosts, client, {.seed = seed, .octets = 20000}};
  hosts.add_agent([&] {
    peer.act();
    std::array<std::byte, 1000> buffer;
    for (TcpApp* child : listener.children) child->read(buffer);
  });
  hosts.run_for(30s);
  return {hosts.link().frames(), hosts.link().hash()};
}

// req: PT-2
TEST(StreamScenario, SameSeedGivesTheSameFrames) {
  for (const std::uint64_t seed : seeds(10)) EXPECT_EQ(trace_of(seed), trace_of(seed));
  EXPECT_NE(trace_of(1), trace_of(2));
}

}  // namespace
}  // namespace zsock::test
