#include "daemon/stack/base/range_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "tests/support/octets.h"

namespace zsock {
namespace {

std::vector<Range> ranges(const RangeSet& set) {
  std::vector<Range> all;
  for (const Range range : set) all.push_back(range);
  return all;
}

using Ranges = std::vector<Range>;

TEST(RangeSet, StartsEmpty) {
  const RangeSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.size(), 0U);
  EXPECT_EQ(set.octets(), 0U);
  EXPECT_FALSE(set.first());
  EXPECT_FALSE(set.last());
  EXPECT_FALSE(set.max());
  EXPECT_FALSE(set.first_gap(0));
  EXPECT_FALSE(set.contains(0));
  EXPECT_TRUE(set.contains(3, 3));
  EXPECT_FALSE(set.overlaps(0, 10));
}

TEST(RangeSet, CountsOnlyWhatIsNew) {
  RangeSet set;
  EXPECT_EQ(set.add(10, 20), 10U);
  EXPECT_EQ(set.add(10, 20), 0U);
  EXPECT_EQ(set.add(12, 15), 0U);
  EXPECT_EQ(set.add(5, 12), 5U);
  EXPECT_EQ(set.add(18, 25), 5U);
  EXPECT_EQ(set.add(0, 30), 10U);
  EXPECT_EQ(set.add(7, 7), 0U);
  EXPECT_EQ(ranges(set), (Ranges{{0, 30}}));
}

TEST(RangeSet, MergesWhatTouches) {
  RangeSet set;
  set.add(10, 20);
  set.add(30, 40);
  EXPECT_EQ(set.size(), 2U);
  EXPECT_EQ(set.add(20, 30), 10U);
  EXPECT_EQ(ranges(set), (Ranges{{10, 40}}));
  set.add(5, 10);
  EXPECT_EQ(ranges(set), (Ranges{{5, 40}}));
}

TEST(RangeSet, KeepsApartWhatDoesNot) {
  RangeSet set;
  set.add(10, 20);
  set.add(21, 30);
  set.add(0, 9);
  EXPECT_EQ(ranges(set), (Ranges{{0, 9}, {10, 20}, {21, 30}}));
  EXPECT_EQ(set.octets(), 28U);
  EXPECT_EQ(set.max(), 30U);
  EXPECT_EQ(set.first(), (Range{0, 9}));
  EXPECT_EQ(set.last(), (Range{21, 30}));
}

TEST(RangeSet, AnswersForPositionsAndRanges) {
  RangeSet set;
  set.add(10, 20);
  set.add(30, 40);
  EXPECT_FALSE(set.contains(9));
  EXPECT_TRUE(set.contains(10));
  EXPECT_TRUE(set.contains(19));
  EXPECT_FALSE(set.contains(20));
  EXPECT_TRUE(set.contains(12, 20));
  EXPECT_FALSE(set.contains(12, 21));
  EXPECT_FALSE(set.contains(15, 35));
  EXPECT_FALSE(set.overlaps(20, 30));
  EXPECT_TRUE(set.overlaps(20, 31));
  EXPECT_TRUE(set.overlaps(0, 11));
  EXPECT_TRUE(set.overlaps(15, 35));
  EXPECT_FALSE(set.overlaps(15, 15));
  EXPECT_EQ(set.find(35), (Range{30, 40}));
  EXPECT_FALSE(set.find(25));
}

TEST(RangeSet, NamesTheFirstGap) {
  RangeSet set;
  set.add(10, 20);
  set.add(30, 40);
  EXPECT_EQ(set.first_gap(0), (Range{0, 10}));
  EXPECT_EQ(set.first_gap(10), (Range{20, 30}));
  EXPECT_EQ(set.first_gap(15), (Range{20, 30}));
  EXPECT_EQ(set.first_gap(25), (Range{25, 30}));
  EXPECT_FALSE(set.first_gap(30));
  EXPECT_FALSE(set.first_gap(40));
}

TEST(RangeSet, ErasesBeforeAPosition) {
  RangeSet set;
  set.add(10, 20);
  set.add(30, 40);
  set.erase_before(10);
  EXPECT_EQ(ranges(set), (Ranges{{10, 20}, {30, 40}}));
  set.erase_before(15);
  EXPECT_EQ(ranges(set), (Ranges{{15, 20}, {30, 40}}));
  set.erase_before(20);
  EXPECT_EQ(ranges(set), (Ranges{{30, 40}}));
  set.erase_before(35);
  EXPECT_EQ(ranges(set), (Ranges{{35, 40}}));
  set.erase_before(100);
  EXPECT_TRUE(set.empty());
}

TEST(RangeSet, ReachesTheEndsOfTheNumberLine) {
  constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();
  RangeSet set;
  EXPECT_EQ(set.add(kTop - 5, kTop), 5U);
  EXPECT_EQ(set.add(0, 5), 5U);
  EXPECT_EQ(set.add(0, kTop), kTop - 10);
  EXPECT_EQ(ranges(set), (Ranges{{0, kTop}}));
}

TEST(RangeSetDeathTest, WantsOrderedBounds) {
  RangeSet set;
  EXPECT_DEATH(set.add(2, 1), "");
}

/// The naive model: one flag per position.
class Bitmap {
 public:
  explicit Bitmap(std::size_t size) : bits_(size) {}
  std::uint64_t add(std::size_t begin, std::size_t end) {
    std::uint64_t added = 0;
    for (std::size_t i = begin; i < end; ++i) {
      added += bits_[i] ? 0U : 1U;
      bits_[i] = true;
    }
    return added;
  }
  void erase_before(std::size_t position) {
    for (std::size_t i = 0; i < position; ++i) bits_[i] = false;
  }
  [[nodiscard]] bool at(std::size_t position) const { return bits_[position]; }
  [[nodiscard]] Ranges ranges() const {
    Ranges all;
    for (std::size_t i = 0; i < bits_.size(); ++i) {
      if (!bits_[i]) continue;
      if (!all.empty() && all.back().end == i) {
        ++all.back().end;
      } else {
        all.push_back({i, i + 1});
      }
    }
    return all;
  }

 private:
  std::vector<bool> bits_;
};

// req: PR-7
TEST(RangeSetModel, EqualsABitmap) {
  constexpr std::uint32_t kSpace = 64;
  const std::uint64_t seed = test::test_seed(7);
  SCOPED_TRACE(test::seed_note(seed));
  SeededRng rng(seed);
  for (int run = 0; run < 400; ++run) {
    RangeSet set;
    Bitmap model(kSpace + 1);
    for (int step = 0; step < 50; ++step) {
      const std::uint32_t a = rng.below(kSpace + 1);
      const std::uint32_t b = std::min(kSpace, a + rng.below(12));
      if (rng.below(8) == 0) {
        set.erase_before(a);
        model.erase_before(a);
      } else {
        ASSERT_EQ(set.add(a, b), model.add(a, b));
      }
      const Ranges expected = model.ranges();
      ASSERT_EQ(ranges(set), expected) << "run " << run << " step " << step;
      bool all = true;
      bool any = false;
      for (std::uint32_t i = a; i < b; ++i) {
        ASSERT_EQ(set.contains(i), model.at(i));
        all = all && model.at(i);
        any = any || model.at(i);
      }
      ASSERT_EQ(set.contains(a, b), all);
      ASSERT_EQ(set.overlaps(a, b), any);
    }
  }
}

}  // namespace
}  // namespace zsock
