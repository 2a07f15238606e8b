// Whatever a peer and an application do, the invariants of conformance 5.4 hold.
#include <gtest/gtest.h>

#include <cstdlib>

#include "daemon/stack/base/rng.h"
#include "tests/support/tcp_host.h"

namespace zsock::test {
namespace {

const char* const kFlags[] = {".",   "P.", "F.", "R", "R.",     "S", "S.",
                              "FP.", "U.", "SF", "",  "FSRPU.", "P", "SFR"};

/// Numbers near the edges of everything.
std::uint32_t near(Rng& rng, std::uint32_t value) {
  switch (rng.below(8)) {
    case 0:
      return rng.next_u32();
    case 1:
      return value + 65536 - rng.below(3000);
    case 2:
      return value - rng.below(5000);
    default:
      return value + rng.below(4) - 1;
  }
}

void peer_acts(TcpHost& host, Rng& rng) {
  const auto received = static_cast<std::uint32_t>(host.connection().receive_tail());
  const auto sent = static_cast<std::uint32_t>(host.connection().transmit_head());
  Seg segment{.flags = kFlags[rng.below(3) == 0 ? rng.below(std::size(kFlags)) : 0],
              .seq = near(rng, received + 1),
              .ack = near(rng, sent + 1 + rng.below(host.info().in_flight + 1)),
              .win = static_cast<std::uint16_t>(rng.below(4) == 0 ? 0 : rng.next_u32()),
              .len = rng.below(2) == 0 ? 0 : rng.below(3000),
              .urg = static_cast<std::uint16_t>(rng.next_u32())};
  if (rng.below(2) == 0) segment.ts = Ts{.val = near(rng, 1000), .ecr = rng.next_u32()};
  if (rng.below(4) == 0) segment.ws = static_cast<std::uint8_t>(rng.next_u32());
  if (rng.below(4) == 0) segment.mss = static_cast<std::uint16_t>(rng.next_u32());
  if (rng.below(2) == 0) {
    // Blocks that may be true, and such that cannot.
    segment.sack.emplace();
    for (std::uint32_t blocks = 1 + rng.below(4); blocks > 0; --blocks) {
      const std::uint32_t begin = near(rng, sent + 1 + rng.below(host.info().in_flight + 1));
      segment.sack->emplace_back(begin, begin + rng.below(3000));
    }
  }
  if (rng.below(4) == 0) segment.merged = static_cast<std::uint16_t>(1 + rng.below(1500));
  host.receives(segment);
}

void application_acts(TcpHost& host, Rng& rng) {
  tcp::SocketOptions options;
  switch (rng.below(12)) {
    case 0:
      options.no_delay = rng.below(2) == 0;
      options.cork = rng.below(2) == 0;
      options.keep_alive = rng.below(2) == 0;
      options.max_segment = static_cast<std::uint16_t>(rng.next_u32());
      return host.sets(options);
    case 1:
      return host.connection().send_urgent(rng.next_u32());
    case 2:
      if (rng.below(20) == 0) host.shuts_down();
      return;
    case 3:
      if (rng.below(40) == 0) host.closes();
      return;
    case 4:
      host.connection().on_icmp_error({.error = static_cast<SockError>(rng.below(30)),
                                       .path_mss = static_cast<std::uint16_t>(rng.next_u32()),
                                       .sequence = host.local(near(rng, 1))},
                                      host.now());
      return;
    case 5:
    case 6:
      host.reads(rng.below(5000));
      return;
    default:
      // Never beyond the ring: that is tested apart.
      const auto& connection = host.connection();
      const std::uint64_t room = 8192 - (connection.transmit_tail() - connection.transmit_head());
      if (connection.state() != tcp::State::closed && !host.writing_is_over()) {
        host.writes(rng.below(static_cast<std::uint32_t>(room) + 1));
      }
  }
}

void torment(std::uint64_t seed) {
  SeededRng rng{seed};
  TcpHost::Setup setup;
  setup.receive_ring = 4096U << rng.below(3);
  setup.transmit_ring = 8192;
  setup.config.timestamps = rng.below(2) == 0;
  setup.config.sack = rng.below(4) != 0;
  TcpHost host{setup};
  if (rng.below(3) == 0) {
    host.opens();
  } else if (rng.below(2) == 0) {
    tcp::HalfOpen half_open = host.half_open();
    half_open.sack = setup.config.sack;
    host.accepts(half_open);
  } else {
    host.establish({.ts = Ts{.val = 1000}, .sack = true});
  }
  for (int step = 0; step < 400; ++step) {
    switch (rng.below(4)) {
      case 0:
        application_acts(host, rng);
        break;
      case 1:
        host.advance(Duration{rng.below(rng.below(10) == 0 ? 2'000'000'000 : 300'000)});
        break;
      default:
        peer_acts(host, rng);
    }
    if (rng.below(3) != 0) host.sends_all(rng.below(2) == 0 ? 0 : 64000);
  }
}

// Conformance 5.4. ZSOCK_SEEDS=FIRST:LAST runs others, as many as wanted.
TEST(TcpHostile, RandomPeersBreakNoInvariant) {
  std::uint64_t first = 1;
  std::uint64_t last = 200;
  if (const char* wanted = std::getenv("ZSOCK_SEEDS")) {
    char* rest = nullptr;
    first = last = std::strtoull(wanted, &rest, 10);
    if (*rest == ':') last = std::strtoull(rest + 1, nullptr, 10);
  }
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    torment(seed);
  }
}

// The connection is a value of modest size: a million of them fit into a gigabyte.
TEST(TcpMemory, ConnectionIsSmall) {
  EXPECT_LE(sizeof(tcp::Connection), 1024U);
  EXPECT_LE(sizeof(tcp::HalfOpen), 128U);
}

}  // namespace
}  // namespace zsock::test
