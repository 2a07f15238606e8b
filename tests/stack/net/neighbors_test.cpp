// The cache of link addresses: states, timers, limits.

#include "daemon/stack/net/neighbors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace zsock::net {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;
using testing::ElementsAre;

const wire::MacAddr kMac{{2, 0, 0, 0, 0, 2}};
const wire::MacAddr kOtherMac{{2, 0, 0, 0, 0, 3}};
const wire::IpAddress kSource = wire::IpAddress::v4(192, 0, 2, 1);

ScopedAddress neighbor(std::uint32_t host) {
  return {InterfaceId{1}, wire::IpAddress::v4(0xc0000200U + host)};
}

class NeighborsBench {
 public:
  SeededRng rng{7};
  Counters counters{};
  PacketPool pool{};
  Config config{};
  Neighbors cache;
  Instant now{Duration(5000000)};

  explicit NeighborsBench(const Config& settings = {})
      : config(settings), cache(settings, rng, counters, pool) {}

  /// Passes time and tells when each question went out, in milliseconds from now.
  std::vector<int> questions_during(Duration duration) {
    const Instant start = now;
    const Instant end = now + duration;
    std::vector<int> asked;
    const auto take = [&] {
      while (cache.poll_solicitation()) {
        asked.push_back(static_cast<int>((now - start).count() / 1000));
      }
    };
    take();
    while (const auto deadline = cache.next_deadline()) {
      if (*deadline > end) break;
      now = std::max(now, *deadline);
      cache.on_deadline(now);
      cache.check_invariants();
      take();
    }
    now = end;
    return asked;
  }
  void wait(std::uint32_t host, std::size_t size, std::uint8_t mark = 0) {
    PacketPtr packet = pool.take(size);
    packet->bytes[0] = static_cast<std::byte>(mark);
    cache.wait(neighbor(host), kSource, std::move(packet), now);
    cache.check_invariants();
  }
  PacketList answer(std::uint32_t host, const wire::MacAddr& mac = kMac) {
    return cache.advertised(neighbor(host), {.mac = mac, .solicited = true, .override_entry = true},
                            now);
  }
  /// Resolved and reachable.
  void know(std::uint32_t host) {
    cache.resolve(neighbor(host), kSource, now);
    answer(host);
    while (cache.poll_solicitation()) {
    }
    while (cache.poll_event()) {
    }
  }
  std::optional<NeighborState> state(std::uint32_t host = 2) {
    return cache.state(neighbor(host), now);
  }
};

// RFC 4861 7.2.2, RFC 1122 2.3.2.1
// req: ARP-3, ND-2
TEST(NeighborsResolution, AsksThreeTimesOneSecondApartAndFailsAfterThree) {
  NeighborsBench bench;
  bench.wait(2, 100);
  EXPECT_THAT(bench.questions_during(2999ms), ElementsAre(0, 1000, 2000));
  EXPECT_EQ(bench.state(), NeighborState::incomplete);
  EXPECT_FALSE(bench.cache.poll_event());
  bench.questions_during(1ms);
  EXPECT_EQ(bench.state(), std::nullopt);
  const auto event = bench.cache.poll_event();
  ASSERT_TRUE(event);
  EXPECT_FALSE(event->reachable);
  EXPECT_EQ(event->next_hop, neighbor(2).address);
  EXPECT_EQ(bench.counters.neighbor_failed, 1U);
  EXPECT_EQ(bench.cache.waiting_octets(), 0U);
  EXPECT_FALSE(bench.cache.next_deadline());
}

// req: ARP-3
TEST(NeighborsResolution, AsksOnceHoweverManyPacketsWait) {
  NeighborsBench bench;
  for (int i = 0; i < 50; ++i) bench.wait(2, 100);
  EXPECT_THAT(bench.questions_during(500ms), ElementsAre(0));
}

// RFC 4861 7.2.5
// req: ND-2
TEST(NeighborsResolution, ReleasesWaitingPacketsInOrder) {
  NeighborsBench bench;
  for (std::uint8_t i = 0; i < 3; ++i) bench.wait(2, 10, i);
  PacketList released = bench.answer(2);
  for (std::uint8_t i = 0; i < 3; ++i) EXPECT_EQ(released.pop()->bytes[0], std::byte{i});
  EXPECT_TRUE(released.empty());
  EXPECT_EQ(bench.state(), NeighborState::reachable);
  EXPECT_EQ(*bench.cache.use(neighbor(2), kSource, bench.now), kMac);
  EXPECT_TRUE(bench.cache.poll_event()->reachable);
  EXPECT_EQ(bench.counters.neighbor_resolved, 1U);
}

// RFC 4861 7.2.5: unsolicited, so nothing is known of the way there.
TEST(NeighborsResolution, LeavesAnUnsolicitedAnswerStale) {
  NeighborsBench bench;
  bench.cache.resolve(neighbor(2), kSource, bench.now);
  bench.cache.advertised(neighbor(2), {.mac = kMac}, bench.now);
  EXPECT_EQ(bench.state(), NeighborState::stale);
}

TEST(NeighborsResolution, IgnoresAnAnswerWithoutAnAddress) {
  NeighborsBench bench;
  bench.cache.resolve(neighbor(2), kSource, bench.now);
  bench.cache.advertised(neighbor(2), {.solicited = true}, bench.now);
  EXPECT_EQ(bench.state(), NeighborState::incomplete);
}

// RFC 4861 7.2.5, RFC 9131 is not followed
// req: ND-3, ARP-7
TEST(NeighborsResolution, NeverCreatesAnEntryFromAnAnswer) {
  NeighborsBench bench;
  bench.answer(2);
  EXPECT_EQ(bench.cache.size(), 0U);
  bench.cache.heard(neighbor(2), kMac, Neighbors::Create::no, bench.now);
  EXPECT_EQ(bench.cache.size(), 0U);
}

// RFC 1122 2.3.2.2
// req: ARP-4
TEST(NeighborsQueue, KeepsTheNewestWithinItsOctets) {
  Config config;
  config.neighbor_queue_octets = 1000;
  NeighborsBench bench(config);
  for (std::uint8_t i = 0; i < 5; ++i) bench.wait(2, 400, i);
  EXPECT_EQ(bench.cache.waiting_octets(), 800U);
  EXPECT_EQ(bench.counters.drop_neighbor_queue_full, 3U);
  PacketList released = bench.answer(2);
  EXPECT_EQ(released.pop()->bytes[0], std::byte{3});
  EXPECT_EQ(released.pop()->bytes[0], std::byte{4});
}

// req: ARP-4
TEST(NeighborsQueue, IsBoundedOverAllNeighbours) {
  Config config;
  config.neighbor_queue_octets = 1000;
  NeighborsBench bench(config);
  for (std::uint32_t host = 2; host < 102; ++host) bench.wait(host, 900);
  EXPECT_LE(bench.cache.waiting_octets(), 16000U);
  EXPECT_GT(bench.counters.drop_neighbor_queue_full, 0U);
}

TEST(NeighborsQueue, DropsWhatAloneIsTooLarge) {
  Config config;
  config.neighbor_queue_octets = 1000;
  NeighborsBench bench(config);
  bench.wait(2, 1001);
  EXPECT_EQ(bench.counters.drop_neighbor_queue_full, 1U);
  EXPECT_EQ(bench.cache.waiting_octets(), 0U);
}

// RFC 4861 7.3.2, 6.3.2
// req: ND-2, ARP-2
TEST(NeighborsStates, StaysReachableForHalfToOneAndAHalfOfTheBase) {
  std::set<std::int64_t> lengths;
  NeighborsBench bench;
  for (std::uint32_t host = 2; host < 60; ++host) {
    bench.know(host);
    Duration age{};
    while (bench.cache.state(neighbor(host), bench.now + age) == NeighborState::reachable) {
      age += 100ms;
    }
    EXPECT_GE(age, Duration(15s));
    EXPECT_LE(age, Duration(45s + 100ms));
    lengths.insert(age.count());
  }
  EXPECT_GT(lengths.size(), 20U);
}

// RFC 4861 7.3.3
// req: ND-2
TEST(NeighborsStates, ProbesAStaleNeighbourFiveSecondsAfterUseByUnicast) {
  NeighborsBench bench;
  bench.know(2);
  bench.questions_during(46s);
  ASSERT_EQ(bench.state(), NeighborState::stale);
  EXPECT_FALSE(bench.cache.next_deadline().has_value() &&
               *bench.cache.next_deadline() > bench.now);  // nothing happens unless used
  ASSERT_NE(bench.cache.use(neighbor(2), kSource, bench.now), nullptr);
  EXPECT_EQ(bench.state(), NeighborState::delay);
  EXPECT_THAT(bench.questions_during(4999ms), ElementsAre());
  bench.now += 1ms;
  bench.cache.on_deadline(bench.now);
  EXPECT_EQ(bench.state(), NeighborState::probe);
  const auto question = bench.cache.poll_solicitation();
  ASSERT_TRUE(question);
  EXPECT_EQ(question->to, kMac);
  EXPECT_EQ(question->source, kSource);
  EXPECT_NE(bench.cache.use(neighbor(2), kSource, bench.now), nullptr);  // still sends there
  EXPECT_THAT(bench.questions_during(2999ms), ElementsAre(1000, 2000));
  bench.questions_during(1ms);
  EXPECT_EQ(bench.state(), std::nullopt);
  EXPECT_FALSE(bench.cache.poll_event()->reachable);
}

// RFC 4861 7.3.1
// req: ND-2
TEST(NeighborsStates, TakesTheUpperLayersWordForReachability) {
  NeighborsBench bench;
  bench.know(2);
  bench.questions_during(46s);
  bench.cache.use(neighbor(2), kSource, bench.now);
  bench.questions_during(4s);
  bench.cache.confirm(neighbor(2), bench.now);
  EXPECT_EQ(bench.state(), NeighborState::reachable);
  EXPECT_THAT(bench.questions_during(10s), ElementsAre());
  EXPECT_EQ(bench.state(), NeighborState::reachable);
}

TEST(NeighborsStates, ConfirmsNothingThatIsUnresolved) {
  NeighborsBench bench;
  bench.cache.confirm(neighbor(2), bench.now);
  bench.cache.resolve(neighbor(2), kSource, bench.now);
  bench.cache.confirm(neighbor(2), bench.now);
  EXPECT_EQ(bench.state(), NeighborState::incomplete);
}

// RFC 4861 7.2.5: the table of override, solicited and differing addresses.
// req: ND-2
TEST(NeighborsAdvertised, FollowsTheRulesOfOverride) {
  struct Row {
    Advertisement said;
    NeighborState state;
    wire::MacAddr mac;
  };
  const std::vector<Row> rows{
      {{.mac = kOtherMac}, NeighborState::stale, kMac},
      {{.mac = kOtherMac, .solicited = true}, NeighborState::stale, kMac},
      {{.mac = kOtherMac, .override_entry = true}, NeighborState::stale, kOtherMac},
      {{.mac = kOtherMac, .solicited = true, .override_entry = true},
       NeighborState::reachable,
       kOtherMac},
      {{.mac = kMac}, NeighborState::reachable, kMac},
      {{.solicited = true}, NeighborState::reachable, kMac},
      {{.override_entry = true}, NeighborState::reachable, kMac},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(i);
    NeighborsBench bench;
    bench.know(2);
    bench.cache.advertised(neighbor(2), rows[i].said, bench.now);
    EXPECT_EQ(bench.state(), rows[i].state);
    EXPECT_EQ(*bench.cache.use(neighbor(2), kSource, bench.now), rows[i].mac);
  }
}

// RFC 4861 7.2.3
TEST(NeighborsHeard, EntersAndUpdatesWithoutBelievingInReachability) {
  NeighborsBench bench;
  bench.cache.heard(neighbor(2), kMac, Neighbors::Create::yes, bench.now);
  EXPECT_EQ(bench.state(), NeighborState::stale);
  bench.answer(2);
  bench.cache.heard(neighbor(2), kMac, Neighbors::Create::yes, bench.now);
  EXPECT_EQ(bench.state(), NeighborState::reachable);
  bench.cache.heard(neighbor(2), kOtherMac, Neighbors::Create::yes, bench.now);
  EXPECT_EQ(bench.state(), NeighborState::stale);
}

// RFC 6583 7.1
// req: ND-3, ARP-5
TEST(NeighborsLimits, GiveUnresolvedOnesABudgetOfTheirOwn) {
  Config config;
  config.neighbor_limit = 32;
  config.incomplete_limit = 8;
  NeighborsBench bench(config);
  for (std::uint32_t host = 2; host < 12; ++host) bench.know(host);
  for (std::uint32_t host = 1000; host < 2000; ++host) {
    bench.now += 1us;
    bench.wait(host, 100);
  }
  EXPECT_EQ(bench.cache.size(), 18U);
  for (std::uint32_t host = 2; host < 12; ++host) {
    EXPECT_EQ(bench.state(host), NeighborState::reachable);
  }
  EXPECT_EQ(bench.counters.drop_neighbor_table_full, 992U);
  EXPECT_EQ(bench.state(1999), NeighborState::incomplete);  // the oldest went
  // Whoever waited for an evicted one is told.
  std::size_t told = 0;
  while (const auto event = bench.cache.poll_event()) told += event->reachable ? 0U : 1U;
  EXPECT_EQ(told, 992U);
}

// req: ARP-5
TEST(NeighborsLimits, EvictUnresolvedThenStaleThenTheLeastUsed) {
  Config config;
  config.neighbor_limit = 3;
  NeighborsBench bench(config);
  bench.know(2);
  bench.now += 1s;
  bench.cache.heard(neighbor(3), kMac, Neighbors::Create::yes, bench.now);
  bench.now += 1s;
  bench.cache.resolve(neighbor(4), kSource, bench.now);
  bench.cache.heard(neighbor(5), kMac, Neighbors::Create::yes, bench.now);
  EXPECT_EQ(bench.state(4), std::nullopt);
  bench.now += 1s;
  bench.cache.heard(neighbor(6), kMac, Neighbors::Create::yes, bench.now);
  EXPECT_EQ(bench.state(3), std::nullopt);
  EXPECT_EQ(bench.state(2), NeighborState::reachable);
  bench.cache.check_invariants();
}

// req: ND-3
TEST(NeighborsLimits, CountPerInterface) {
  Config config;
  config.neighbor_limit = 2;
  NeighborsBench bench(config);
  for (std::uint32_t i = 1; i <= 3; ++i) {
    ScopedAddress key = neighbor(2);
    key.interface = InterfaceId{i};
    bench.cache.heard(key, kMac, Neighbors::Create::yes, bench.now);
  }
  EXPECT_EQ(bench.cache.size(), 3U);
  EXPECT_EQ(bench.counters.drop_neighbor_table_full, 0U);
}

// Random life: invariants hold, and nothing is asked more than once a second.
TEST(NeighborsRandom, KeepsItsInvariants) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Config config;
    config.neighbor_limit = 8;
    config.incomplete_limit = 4;
    config.neighbor_queue_octets = 500;
    NeighborsBench bench(config);
    SeededRng dice(seed);
    for (int step = 0; step < 2000; ++step) {
      const std::uint32_t host = 2 + dice.below(20);
      switch (dice.below(7)) {
        case 0:
          if (bench.cache.use(neighbor(host), kSource, bench.now) == nullptr) bench.wait(host, 100);
          break;
        case 1:
          bench.pool.give_all(bench.answer(host, dice.below(2) == 0 ? kMac : kOtherMac));
          break;
        case 2:
          bench.pool.give_all(
              bench.cache.heard(neighbor(host), kMac, Neighbors::Create::yes, bench.now));
          break;
        case 3:
          bench.cache.confirm(neighbor(host), bench.now);
          break;
        case 4:
          bench.pool.give_all(bench.cache.advertised(
              neighbor(host), {.mac = kOtherMac, .solicited = dice.below(2) == 0}, bench.now));
          break;
        default:
          bench.questions_during(Duration(dice.below(3000000)));
          break;
      }
      while (bench.cache.poll_event()) {
      }
      bench.cache.check_invariants();
    }
  }
}

}  // namespace
}  // namespace zsock::net
