// RFC 2018 4, RFC 2883 4.
#include "daemon/stack/tcp/sack_report.h"

#include <gtest/gtest.h>

#include <vector>

namespace zsock::tcp {
namespace {

std::vector<Range> taken(SackReport& report, const RangeSet& held, std::size_t most = 4) {
  const auto blocks = report.take(held, most);
  return {blocks.span().begin(), blocks.span().end()};
}

/// Text of 100 octets at each position, in this order.
void hold(SackReport& report, RangeSet& held, std::initializer_list<std::uint64_t> positions) {
  for (const std::uint64_t position : positions) {
    held.add(position, position + 100);
    report.note_held(position);
  }
}

// RFC 2018 4 (1), (3): the newest first, then what was told before.
TEST(TcpSackReport, NewestRangeComesFirst) {
  SackReport report;
  RangeSet held;
  hold(report, held, {1000, 3000, 2000});
  const std::vector<Range> expected{{2000, 2100}, {3000, 3100}, {1000, 1100}};
  EXPECT_EQ(taken(report, held), expected);
  EXPECT_EQ(taken(report, held), expected) << "told again, for the ACK may be lost";
}

TEST(TcpSackReport, OldestGivesWay) {
  SackReport report;
  RangeSet held;
  hold(report, held, {1000, 2000, 3000, 4000, 5000});
  EXPECT_EQ(taken(report, held, 3), (std::vector<Range>{{5000, 5100}, {4000, 4100}, {3000, 3100}}));
  EXPECT_EQ(taken(report, held).size(), 4U);
}

// RFC 2018 4: no block twice, although two of its parts were news.
TEST(TcpSackReport, RangesThatGrewTogetherAreOne) {
  SackReport report;
  RangeSet held;
  hold(report, held, {1000, 2000, 1100, 1200});
  EXPECT_EQ(taken(report, held), (std::vector<Range>{{1000, 1300}, {2000, 2100}}));
}

TEST(TcpSackReport, ForgetsWhatIsAcknowledged) {
  SackReport report;
  RangeSet held;
  hold(report, held, {1000, 2000});
  held.erase_before(2100);
  EXPECT_TRUE(taken(report, held).empty());
}

// RFC 2883 4: first, once, and even when it equals the block behind it.
TEST(TcpSackReport, DuplicateIsToldOnceAndFirst) {
  SackReport report;
  RangeSet held;
  hold(report, held, {1000});
  report.note_duplicate({1000, 1100});
  EXPECT_TRUE(report.duplicate_waits());
  EXPECT_EQ(taken(report, held), (std::vector<Range>{{1000, 1100}, {1000, 1100}}));
  EXPECT_FALSE(report.duplicate_waits());
  EXPECT_EQ(taken(report, held), (std::vector<Range>{{1000, 1100}}));
}

TEST(TcpSackReport, DuplicateWaitsForRoom) {
  SackReport report;
  report.note_duplicate({1000, 1100});
  EXPECT_TRUE(taken(report, {}, 0).empty());
  EXPECT_TRUE(report.duplicate_waits());
}

}  // namespace
}  // namespace zsock::tcp
