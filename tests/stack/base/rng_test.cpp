#include "daemon/stack/base/rng.h"

#include <gtest/gtest.h>

#include <array>

namespace zsock {
namespace {

class FixedRng final : public Rng {
 public:
  explicit FixedRng(std::uint32_t value) : value_(value) {}
  std::uint32_t next_u32() override { return value_++; }

 private:
  std::uint32_t value_;
};

TEST(Rng, SameSeedSameRun) {
  SeededRng one(42);
  SeededRng two(42);
  SeededRng other(43);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const std::uint32_t value = one.next_u32();
    EXPECT_EQ(value, two.next_u32());
    differs = differs || value != other.next_u32();
  }
  EXPECT_TRUE(differs);
}

// The upper halves of the published SplitMix64 outputs for seed 1234567.
TEST(Rng, IsSplitMix64) {
  SeededRng rng(1234567);
  for (const std::uint64_t word : {6457827717110365317ULL, 3203168211198807973ULL,
                                   9817491932198370423ULL, 4593380528125082431ULL}) {
    EXPECT_EQ(rng.next_u32(), static_cast<std::uint32_t>(word >> 32U));
  }
}

TEST(Rng, JoinsTwoDrawsFirstOnTop) {
  FixedRng rng(7);
  EXPECT_EQ(rng.next_u64(), 0x0000000700000008ULL);
}

TEST(Rng, BelowStaysBelow) {
  FixedRng low(0);
  EXPECT_EQ(low.below(10), 0U);
  FixedRng high(0xffffffffU);
  EXPECT_EQ(high.below(10), 9U);
  EXPECT_EQ(high.below(0), 0U);
  FixedRng top(0xffffffffU);
  EXPECT_EQ(top.below(0xffffffffU), 0xfffffffeU);
}

TEST(Rng, BelowReachesEveryValueEvenly) {
  SeededRng rng(1);
  std::array<int, 6> seen{};
  for (int i = 0; i < 60000; ++i) ++seen.at(rng.below(6));
  for (const int count : seen) EXPECT_NEAR(count, 10000, 500);
}

}  // namespace
}  // namespace zsock
