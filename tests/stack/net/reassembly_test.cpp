// Fragments: against a naive model, and against those who mean harm.

#include "daemon/stack/net/reassembly.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace zsock::net {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using Bytes = std::vector<std::byte>;

Bytes pattern(std::size_t size, unsigned seed = 1) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((i * 13 + seed) & 0xffU);
  return bytes;
}

FragmentKey key_of(std::uint32_t identification, std::uint32_t host = 2) {
  return {.interface = InterfaceId{1},
          .source = wire::IpAddress::v4(0xc0000200U + host),
          .destination = wire::IpAddress::v4(192, 0, 2, 1),
          .identification = identification,
          .protocol = 17};
}

class ReassemblyBench {
 public:
  SeededRng rng{3};
  Counters counters{};
  Reassembly reassembly;
  Instant now{};
  Bytes header = pattern(20, 99);

  explicit ReassemblyBench(const Config& config = {}, wire::Family family = wire::Family::ipv4)
      : reassembly(family, config, rng, counters) {}

  /// Offers octets [begin, end) of `data`; yields the payload it completes.
  std::optional<Bytes> add(const FragmentKey& key, const Bytes& data, std::size_t begin,
                           std::size_t end) {
    return add_as(key, ByteView(data).subspan(begin, end - begin), begin, end < data.size());
  }
  std::optional<Bytes> add_as(const FragmentKey& key, ByteView payload, std::size_t offset,
                              bool more) {
    const auto whole = reassembly.add(
        {.key = key, .offset = offset, .more = more, .header = header, .payload = payload}, now);
    reassembly.check_invariants();
    if (!whole) return std::nullopt;
    EXPECT_TRUE(std::equal(header.begin(), header.end(), whole->bytes.begin()));
    const ByteView rest = whole->bytes.subspan(whole->header_size);
    return Bytes(rest.begin(), rest.end());
  }
};

struct Cut {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<Cut> cut(std::size_t size, SeededRng& dice) {
  std::vector<Cut> cuts;
  for (std::size_t at = 0; at < size;) {
    const std::size_t length = 8 * (1 + dice.below(12));
    cuts.push_back({at, std::min(size, at + length)});
    at += length;
  }
  return cuts;
}

template <class T>
void shuffle(std::vector<T>& items, SeededRng& dice) {
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[dice.below(static_cast<std::uint32_t>(i))]);
  }
}

// RFC 791 3.2
// req: IP4-5, PR-6
TEST(ReassemblyModel, AnyOrderAndAnyDuplicatesGiveTheOriginal) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRng dice(seed);
    ReassemblyBench bench;
    const Bytes data = pattern(9 + dice.below(1200), static_cast<unsigned>(seed));
    std::vector<Cut> cuts = cut(data.size(), dice);
    if (cuts.size() < 2) continue;
    std::vector<Cut> sequence = cuts;
    for (const Cut& piece : cuts) {
      if (dice.below(3) == 0) sequence.push_back(piece);
    }
    shuffle(sequence, dice);
    std::map<std::size_t, bool> seen;
    for (const Cut& piece : sequence) {
      seen[piece.begin] = true;
      const auto whole = bench.add(key_of(1), data, piece.begin, piece.end);
      ASSERT_EQ(whole.has_value(), seen.size() == cuts.size());
      if (!whole) continue;
      EXPECT_EQ(*whole, data);
      break;
    }
    EXPECT_EQ(bench.reassembly.datagrams(), 0U);
    EXPECT_EQ(bench.reassembly.octets(), 0U);
  }
}

// RFC 5722 4, RFC 8200 4.5
// req: IP4-5, IP6-5, PR-6
TEST(ReassemblyModel, AnyOverlapGivesNothingUntilTheTimeIsUp) {
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRng dice(seed);
    ReassemblyBench bench;
    const Bytes data = pattern(200 + dice.below(1200), static_cast<unsigned>(seed));
    std::vector<Cut> sequence = cut(data.size(), dice);
    // One more piece that reaches into its neighbour, but does not stand for it.
    const std::size_t chosen = dice.below(static_cast<std::uint32_t>(sequence.size() - 1));
    const Cut& victim = sequence[chosen];
    const Cut& neighbor = sequence[chosen + 1];
    if (neighbor.end - neighbor.begin <= 8) continue;
    const Cut crossing{victim.begin, victim.end + 8};
    std::vector<Cut> order = sequence;
    shuffle(order, dice);
    // It must come while the datagram is unfinished.
    order.insert(order.begin() + dice.below(static_cast<std::uint32_t>(order.size())), crossing);
    for (const Cut& piece : order) {
      EXPECT_FALSE(bench.add(key_of(1), data, piece.begin, piece.end));
    }
    EXPECT_GE(bench.counters.drop_fragment_overlap, 1U);
    // Quarantined: a clean copy of the whole is swallowed, too.
    for (const Cut& piece : sequence) {
      EXPECT_FALSE(bench.add(key_of(1), data, piece.begin, piece.end));
    }
    bench.now += 30s;
    while (const auto expired = bench.reassembly.poll_expired(bench.now)) {
      EXPECT_TRUE(expired->first.empty());
    }
    EXPECT_EQ(bench.reassembly.octets(), 0U);
  }
}

TEST(ReassemblyOverlap, SpoilsWhenADuplicateDiffers) {
  ReassemblyBench bench;
  const Bytes data = pattern(64);
  Bytes forged = data;
  forged[3] ^= std::byte{1};
  bench.add(key_of(1), data, 0, 32);
  bench.add(key_of(1), forged, 0, 32);
  EXPECT_EQ(bench.counters.drop_fragment_overlap, 1U);
  EXPECT_FALSE(bench.add(key_of(1), data, 32, 64));
}

// RFC 8200 4.5
// req: IP4-5
TEST(ReassemblyOverlap, SpoilsWhenTheEndsContradict) {
  const Bytes data = pattern(64);
  {
    ReassemblyBench bench;
    bench.add_as(key_of(1), ByteView(data).first(16), 48, false);
    bench.add_as(key_of(1), ByteView(data).first(16), 64, true);
    EXPECT_EQ(bench.counters.drop_fragment_overlap, 1U);
  }
  {
    ReassemblyBench bench;
    bench.add_as(key_of(1), ByteView(data).first(16), 64, true);
    bench.add_as(key_of(1), ByteView(data).first(16), 32, false);
    EXPECT_EQ(bench.counters.drop_fragment_overlap, 1U);
  }
  {
    ReassemblyBench bench;
    bench.add_as(key_of(1), ByteView(data).first(16), 32, false);
    bench.add_as(key_of(1), ByteView(data).first(16), 16, false);
    EXPECT_EQ(bench.counters.drop_fragment_overlap, 1U);
  }
  {
    ReassemblyBench bench;
    bench.add_as(key_of(1), ByteView(data).first(16), 32, false);
    bench.add_as(key_of(1), ByteView(data).first(16), 32, true);
    EXPECT_EQ(bench.counters.drop_fragment_overlap, 1U);
  }
}

// req: IP4-5
TEST(ReassemblyInput, RefusesEmptyAndUnalignedPieces) {
  ReassemblyBench bench;
  const Bytes data = pattern(64);
  bench.add_as(key_of(1), {}, 0, true);
  bench.add_as(key_of(1), ByteView(data).first(12), 0, true);
  bench.add_as(key_of(1), {}, 8, false);
  EXPECT_EQ(bench.counters.drop_fragment_malformed, 3U);
  EXPECT_EQ(bench.reassembly.datagrams(), 0U);
}

TEST(ReassemblyInput, KeepsDatagramsOfDifferentKeysApart) {
  ReassemblyBench bench;
  const Bytes data = pattern(64);
  std::vector<FragmentKey> keys{key_of(1), key_of(2), key_of(1, 3), key_of(1), key_of(1)};
  keys[3].protocol = 6;
  keys[4].interface = InterfaceId{2};
  for (const FragmentKey& key : keys) EXPECT_FALSE(bench.add(key, data, 0, 32));
  EXPECT_EQ(bench.reassembly.datagrams(), keys.size());
  for (const FragmentKey& key : keys) EXPECT_EQ(bench.add(key, data, 32, 64), data);
}

// req: IP4-5
TEST(ReassemblyLimits, EndADatagramOfTooManyPieces) {
  ReassemblyBench bench;
  const Bytes data = pattern(8 * 66);
  for (std::size_t i = 0; i < 65; ++i) {
    EXPECT_FALSE(bench.add(key_of(1), data, 8 * i, 8 * i + 8));
  }
  EXPECT_EQ(bench.counters.drop_fragment_limit, 1U);
  EXPECT_FALSE(bench.add(key_of(1), data, 8 * 65, 8 * 66));
}

// req: IP4-6
TEST(ReassemblyLimits, HoldEachSourceToItsDatagrams) {
  Config config;
  config.reassembly_datagrams_per_source = 4;
  ReassemblyBench bench(config);
  const Bytes data = pattern(64);
  for (std::uint32_t id = 0; id < 10; ++id) bench.add(key_of(id), data, 0, 32);
  EXPECT_EQ(bench.reassembly.datagrams(), 4U);
  EXPECT_EQ(bench.counters.drop_fragment_limit, 6U);
  EXPECT_EQ(bench.add(key_of(9), data, 32, 64), data);  // the oldest went, the newest are there
  EXPECT_FALSE(bench.add(key_of(0, 3), data, 0, 32));   // another source is not affected
  EXPECT_EQ(bench.reassembly.datagrams(), 4U);
}

// req: IP4-6
TEST(ReassemblyLimits, HoldEachSourceToItsOctets) {
  Config config;
  config.reassembly_octets_per_source = 10000;
  config.reassembly_octets = 1000000;
  ReassemblyBench bench(config);
  const Bytes data = pattern(4000);
  for (std::uint32_t id = 0; id < 20; ++id) {
    bench.add(key_of(id), data, 0, 2000);
    EXPECT_LE(bench.reassembly.octets(), 10000U);
  }
  EXPECT_GT(bench.counters.drop_fragment_limit, 10U);
}

// req: IP4-6
TEST(ReassemblyLimits, TakeFromTheHeaviestWhenAllTogetherAreTooMuch) {
  Config config;
  config.reassembly_octets = 20000;
  config.reassembly_octets_per_source = 16000;
  ReassemblyBench bench(config);
  const Bytes data = pattern(4000);
  bench.add(key_of(1, 9), data, 0, 2000);  // the oldest, and modest
  for (std::uint32_t id = 0; id < 30; ++id) bench.add(key_of(id, 2), data, 0, 2000);
  for (std::uint32_t id = 0; id < 30; ++id) {
    bench.add(key_of(id, 3), data, 0, 2000);
    EXPECT_LE(bench.reassembly.octets(), 20000U);
  }
  EXPECT_EQ(bench.add(key_of(1, 9), data, 2000, 4000), data);
}

// As Linux' ipfrag_max_dist
// req: IP4-6
TEST(ReassemblyLimits, GiveUpAnIpv4DatagramItsSenderHasLeftFarBehind) {
  for (const wire::Family family : {wire::Family::ipv4, wire::Family::ipv6}) {
    ReassemblyBench bench({}, family);
    const Bytes data = pattern(64);
    bench.add(key_of(1), data, 0, 32);
    for (std::uint32_t id = 100; id < 140; ++id) {
      bench.add(key_of(id), data, 0, 32);
      bench.add(key_of(id), data, 32, 64);
    }
    EXPECT_EQ(bench.add(key_of(1), data, 32, 64).has_value(), family == wire::Family::ipv6);
  }
}

// RFC 1122 3.3.2
// req: IP4-6
TEST(ReassemblyTime, EndsExactlyAndShowsTheFirstFragment) {
  ReassemblyBench bench;
  const Bytes data = pattern(64);
  bench.add(key_of(1), data, 0, 32);
  bench.now += 10s;
  bench.add(key_of(2), data, 32, 64);
  EXPECT_EQ(bench.reassembly.next_deadline(), Instant{} + 30s);
  EXPECT_FALSE(bench.reassembly.poll_expired(Instant{} + 29999ms));
  const auto expired = bench.reassembly.poll_expired(Instant{} + 30s);
  ASSERT_TRUE(expired);
  EXPECT_EQ(expired->first.size(), 20U + 32U);
  EXPECT_TRUE(std::equal(data.begin(), data.begin() + 32, expired->first.begin() + 20));
  EXPECT_FALSE(bench.reassembly.poll_expired(Instant{} + 30s));
  const auto headless = bench.reassembly.poll_expired(Instant{} + 40s);
  ASSERT_TRUE(headless);
  EXPECT_TRUE(headless->first.empty());
  EXPECT_EQ(bench.counters.drop_fragment_timeout, 2U);
  EXPECT_FALSE(bench.reassembly.next_deadline());
}

// RFC 8200 4.5
// req: IP6-5
TEST(ReassemblyTime, IsAMinuteForIpv6) {
  ReassemblyBench bench({}, wire::Family::ipv6);
  bench.add(key_of(1), pattern(64), 0, 32);
  EXPECT_EQ(bench.reassembly.next_deadline(), Instant{} + 60s);
}

TEST(ReassemblyInput, CompletesTheLargestDatagram) {
  ReassemblyBench bench;
  const Bytes data = pattern(65515);
  std::optional<Bytes> whole;
  for (std::size_t at = 0; at < data.size(); at += 1480) {
    whole = bench.add(key_of(1), data, at, std::min(data.size(), at + 1480));
  }
  ASSERT_TRUE(whole);
  EXPECT_EQ(*whole, data);
}

}  // namespace
}  // namespace zsock::net
