#include "daemon/stack/base/ring_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <limits>

#include "tests/support/octets.h"

namespace zsock {
namespace {

using test::octets;
using test::Octets;

Octets contents(const ByteRing& ring) {
  Octets all(ring.size());
  ring.read_at(ring.head(), all);
  return all;
}

TEST(ByteRing, WithoutMemoryHoldsNothing) {
  ByteRing ring;
  EXPECT_EQ(ring.capacity(), 0U);
  EXPECT_EQ(ring.room(), 0U);
  ring.append({});
  EXPECT_TRUE(ring.advance_tail(0));
  EXPECT_FALSE(ring.advance_tail(1));
  EXPECT_TRUE(ring.peek(0, 0)[0].empty());
}

TEST(ByteRing, GivesBackWhatWasAppended) {
  Octets memory(8);
  ByteRing ring{memory};
  ring.append(octets("01 02 03"));
  ring.append(octets("04"));
  EXPECT_EQ(ring.size(), 4U);
  EXPECT_EQ(ring.room(), 4U);
  EXPECT_EQ(contents(ring), octets("01 02 03 04"));
  EXPECT_TRUE(ring.advance_head(2));
  EXPECT_EQ(contents(ring), octets("03 04"));
}

TEST(ByteRing, WrapsInTwoSpans) {
  Octets memory(8);
  ByteRing ring{memory};
  ring.append(octets("00 00 00 00 00 00"));
  ASSERT_TRUE(ring.advance_head(6));
  ring.append(octets("01 02 03 04 05 06 07 08"));
  EXPECT_EQ(ring.room(), 0U);
  const auto parts = ring.peek(6, 8);
  EXPECT_EQ(parts[0].size(), 2U);
  EXPECT_EQ(parts[1].size(), 6U);
  EXPECT_EQ(contents(ring), octets("01 02 03 04 05 06 07 08"));
  const auto inner = ring.peek(9, 2);
  EXPECT_EQ(test::to_octets(inner[0]), octets("04 05"));
  EXPECT_TRUE(inner[1].empty());
}

// req: T-TUNE
TEST(ByteRing, MovesToLargerMemoryWithAllItHolds) {
  for (std::uint64_t start = 0; start < 20; ++start) {
    Octets small(8);
    Octets large(32);
    ByteRing ring{small};
    for (std::uint64_t i = 0; i < start; ++i) {
      ring.append(octets("00"));
      ASSERT_TRUE(ring.advance_head(i + 1));
    }
    ring.append(octets("01 02 03"));
    ring.write_at(start + 5, octets("06 07 08"));  // beyond a gap
    ring.move_to(large, start + 8);
    std::ranges::fill(small, std::byte{0xee});
    EXPECT_EQ(ring.capacity(), 32U);
    EXPECT_EQ(ring.head(), start);
    EXPECT_EQ(contents(ring), octets("01 02 03"));
    ring.append(octets("04 05"));
    ASSERT_TRUE(ring.advance_tail(start + 8));
    EXPECT_EQ(contents(ring), octets("01 02 03 04 05 06 07 08")) << start;
    EXPECT_EQ(ring.room(), 24U);
  }
}

TEST(ByteRing, KeepsTextBeyondTheTailUntilItIsReached) {
  Octets memory(8);
  ByteRing ring{memory};
  ring.append(octets("01"));
  ring.write_at(4, octets("05 06"));
  EXPECT_EQ(ring.size(), 1U);
  ring.append(octets("02 03 04"));
  EXPECT_TRUE(ring.advance_tail(6));
  EXPECT_EQ(contents(ring), octets("01 02 03 04 05 06"));
}

TEST(ByteRing, RefusesHostileIndices) {
  Octets memory(8);
  ByteRing ring{memory};
  ASSERT_TRUE(ring.advance_tail(5));
  ASSERT_TRUE(ring.advance_head(3));
  EXPECT_FALSE(ring.advance_tail(4)) << "behind the tail";
  EXPECT_FALSE(ring.advance_tail(2)) << "behind the head";
  EXPECT_FALSE(ring.advance_tail(12)) << "beyond the capacity";
  EXPECT_FALSE(ring.advance_tail(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_FALSE(ring.advance_head(2)) << "behind the head";
  EXPECT_FALSE(ring.advance_head(6)) << "beyond the tail";
  EXPECT_FALSE(ring.advance_head(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(ring.head(), 3U);
  EXPECT_EQ(ring.tail(), 5U);
  EXPECT_TRUE(ring.advance_tail(11)) << "exactly full";
  EXPECT_TRUE(ring.advance_head(11)) << "exactly empty";
}

TEST(ByteRingDeathTest, HoldsItsOwnSideToTheContract) {
  Octets memory(8);
  EXPECT_DEATH(ByteRing(MutableBytes(memory).first(6)), "");
  ByteRing ring{memory};
  ring.append(octets("01 02"));
  EXPECT_DEATH(ring.append(Octets(7)), "");
  EXPECT_DEATH(ring.write_at(4, Octets(5)), "");
  EXPECT_DEATH(static_cast<void>(ring.peek(1, 2)), "");
  ASSERT_TRUE(ring.advance_head(1));
  EXPECT_DEATH(ring.write_at(0, Octets(1)), "");
  EXPECT_DEATH(static_cast<void>(ring.peek(0, 1)), "");
}

TEST(ByteRing, BehavesLikeADeque) {
  const std::uint64_t seed = test::test_seed(20240101);
  SCOPED_TRACE(test::seed_note(seed));
  SeededRng rng(seed);
  Octets memory(64);
  ByteRing ring{memory};
  std::deque<std::byte> model;
  for (int step = 0; step < 20000; ++step) {
    if (rng.below(2) == 0) {
      const auto size = rng.below(static_cast<std::uint32_t>(ring.room()) + 1);
      const Octets bytes = test::random_octets(rng, size);
      ring.append(bytes);
      model.insert(model.end(), bytes.begin(), bytes.end());
    } else {
      const auto size = rng.below(static_cast<std::uint32_t>(ring.size()) + 1);
      ASSERT_TRUE(ring.advance_head(ring.head() + size));
      model.erase(model.begin(), model.begin() + size);
    }
    ASSERT_EQ(contents(ring), Octets(model.begin(), model.end())) << "step " << step;
  }
}

}  // namespace
}  // namespace zsock
