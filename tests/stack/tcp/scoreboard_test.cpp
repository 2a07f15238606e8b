// RFC 2018 5 and 8, RFC 8985 5.2; conformance INV-4.
#include "daemon/stack/tcp/scoreboard.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/stack/base/rng.h"
#include "tests/support/seeds.h"

namespace zsock::tcp {
namespace {

using namespace std::chrono_literals;
using Fate = Scoreboard::Fate;

constexpr Instant kStart{1h};

class ScoreboardTest : public testing::Test {
 protected:
  /// Ten segments of 1000 octets, a millisecond apart, from 1 on.
  ScoreboardTest() {
    for (std::uint64_t i = 0; i < 10; ++i) {
      board_.sent({i * 1000 + 1, i * 1000 + 1001}, kStart + i * 1ms);
    }
  }
  void expect_octets(std::uint64_t in_flight, std::uint64_t sacked, std::uint64_t lost) {
    EXPECT_EQ(board_.octets(Fate::in_flight), in_flight);
    EXPECT_EQ(board_.octets(Fate::sacked), sacked);
    EXPECT_EQ(board_.octets(Fate::lost), lost);
  }
  Scoreboard board_;
};

using ScoreboardSack = ScoreboardTest;
using ScoreboardLoss = ScoreboardTest;

// req: T-SACKS
TEST_F(ScoreboardSack, CountsEachOctetOnce) {
  EXPECT_EQ(board_.sack({3001, 5001}), 2000U);
  EXPECT_EQ(board_.sack({3001, 6001}), 1000U);
  EXPECT_EQ(board_.sack({3001, 6001}), 0U);
  expect_octets(7000, 3000, 0);
  EXPECT_EQ(board_.acknowledge(4001), 3000U) << "1000 of them are known already";
  expect_octets(4000, 2000, 0);
  board_.check_invariants(4001, 10001);
}

// Blocks need not respect our segments.
TEST_F(ScoreboardSack, CutsRecordsWhereBlocksEnd) {
  EXPECT_EQ(board_.sack({1501, 3501}), 2000U);
  board_.check_invariants(1, 10001);
  expect_octets(8000, 2000, 0);
  EXPECT_EQ(board_.acknowledge(1201), 1200U);
  board_.check_invariants(1201, 10001);
}

TEST_F(ScoreboardSack, NeighboursBecomeOneRecord) {
  board_.sack({2001, 3001});
  board_.sack({4001, 5001});
  EXPECT_EQ(board_.size(), 10U);
  board_.sack({3001, 4001});
  EXPECT_EQ(board_.size(), 8U);
  board_.check_invariants(1, 10001);
}

// req: T-SACKS: UNA < l < r <= NXT
TEST_F(ScoreboardSack, IgnoresBlocksThatCannotBe) {
  for (const Range block : {Range{1, 1001}, Range{0, 2001}, Range{3001, 3001}, Range{5001, 4001},
                            Range{9001, 10002}, Range{20001, 21001}}) {
    EXPECT_EQ(board_.sack(block), 0U) << block.begin;
  }
  expect_octets(10000, 0, 0);
  EXPECT_EQ(board_.sack({9001, 10001}), 1000U);
}

TEST_F(ScoreboardSack, TellsWhatWasDelivered) {
  board_.sack({3001, 4001});
  ASSERT_EQ(board_.deliveries().size(), 1U);
  EXPECT_EQ(board_.deliveries()[0].end, 4001U);
  EXPECT_EQ(board_.deliveries()[0].sent, kStart + 3ms);
  EXPECT_FALSE(board_.deliveries()[0].again);
  board_.forget_deliveries();
  board_.acknowledge(4001);
  EXPECT_EQ(board_.deliveries().size(), 3U) << "the sacked one was told before";
}

// A window probe may repeat what the peer says it holds.
TEST_F(ScoreboardSack, SendingAgainWhatIsHeldChangesNothing) {
  board_.sack({2001, 4001});
  board_.sent_again({3001, 3002}, kStart + 1s);
  expect_octets(8000, 2000, 0);
  board_.check_invariants(1, 10001);
}

// What goes out at one time, as one burst, is one record until the peer tells it apart.
TEST(ScoreboardSent, OneInstantIsOneRecord) {
  Scoreboard board;
  board.sent({1, 1001}, kStart);
  board.sent({1001, 64001}, kStart);
  EXPECT_EQ(board.size(), 1U);
  board.sent({64001, 65001}, kStart + 1us);
  EXPECT_EQ(board.size(), 2U);
  board.check_invariants(1, 65001);
}

// The attack of many small blocks (CVE-2019-11477) ends at the limit; nothing is counted wrongly.
TEST(ScoreboardLimit, RecordsAreLimited) {
  Scoreboard board;
  constexpr std::uint64_t kOctets = 40000;
  board.sent({1, 1 + kOctets}, kStart);
  for (std::uint64_t at = 3; at < kOctets; at += 2) board.sack({at, at + 1});
  EXPECT_LE(board.size(), Scoreboard::kMaxRecords);
  board.check_invariants(1, 1 + kOctets);
  for (std::uint64_t at = 0; at < 100; ++at) {
    board.sent({1 + kOctets + at, 2 + kOctets + at}, kStart + at * 1ms);
  }
  EXPECT_LE(board.size(), Scoreboard::kMaxRecords + 1);
  board.check_invariants(1, 1 + kOctets + 100);
  EXPECT_GT(board.sack({2, 1 + kOctets}), 30000U) << "whole records are still taken";
  board.acknowledge(1 + kOctets + 100);
  EXPECT_EQ(board.size(), 0U);
}

TEST_F(ScoreboardLoss, LostTextIsSentAgainLowestFirst) {
  board_.lose(*board_.oldest());
  board_.lose(*board_.oldest());
  expect_octets(8000, 0, 2000);
  EXPECT_EQ(board_.lost(64000), (Range{1, 2001}));
  EXPECT_EQ(board_.lost(500), (Range{1, 1001}));
  board_.sent_again({1, 1001}, kStart + 1s);
  expect_octets(9000, 0, 1000);
  EXPECT_EQ(board_.lost(64000), (Range{1001, 2001}));
  EXPECT_EQ(board_.oldest()->begin, 2001U) << "sent again is sent last";
  board_.check_invariants(1, 10001);
}

TEST_F(ScoreboardLoss, SentAgainInParts) {
  board_.lose(*board_.oldest());
  board_.sent_again({1, 301}, kStart + 1s);
  expect_octets(9300, 0, 700);
  EXPECT_EQ(board_.lost(64000), (Range{301, 1001}));
  board_.acknowledge(301);
  EXPECT_TRUE(board_.deliveries()[0].again);
}

// What is lost may turn out to have arrived after all.
TEST_F(ScoreboardLoss, SackEndsTheLoss) {
  board_.lose(*board_.oldest());
  board_.lose(*board_.oldest());
  EXPECT_EQ(board_.sack({1001, 2001}), 1000U);
  EXPECT_EQ(board_.lost(64000), (Range{1, 1001}));
  board_.acknowledge(2001);
  EXPECT_FALSE(board_.any_lost());
  board_.check_invariants(2001, 10001);
}

// RFC 6298 5.4; RFC 2018 8
TEST_F(ScoreboardLoss, TimeoutLosesAllButTheSacked) {
  board_.sack({3001, 5001});
  board_.lose_all(Scoreboard::Sacked::keep);
  expect_octets(0, 2000, 8000);
  EXPECT_EQ(board_.lost(64000), (Range{1, 3001}));
  board_.lose_all(Scoreboard::Sacked::forget);
  expect_octets(0, 0, 10000);
  board_.check_invariants(1, 10001);
}

// RFC 4015: nothing was lost after all; the order of time is kept.
TEST_F(ScoreboardLoss, WhatWasNotLostIsUnderWayAgain) {
  board_.lose_all(Scoreboard::Sacked::keep);
  board_.sent_again({1, 1001}, kStart + 100ms);
  board_.find_lost();
  expect_octets(10000, 0, 0);
  EXPECT_EQ(board_.oldest()->begin, 1001U);
  board_.check_invariants(1, 10001);
}

// A plain array of octets tells the same story.
TEST(ScoreboardRandom, AgreesWithOctetByOctet) {
  for (const std::uint64_t seed : test::seeds(50)) {
    SCOPED_TRACE(test::repeat_with(seed));
    SeededRng rng{seed};
    Scoreboard board;
    std::vector<Fate> octets;
    std::uint64_t una = 1;
    Instant now = kStart;
    const auto next = [&] { return una + octets.size(); };
    for (int step = 0; step < 400; ++step) {
      now += Duration{rng.below(2)};
      const std::uint64_t size = octets.size();
      const std::uint64_t from = size == 0 ? 0 : rng.below(static_cast<std::uint32_t>(size));
      const std::uint64_t to = std::min<std::uint64_t>(size, from + 1 + rng.below(20));
      switch (rng.below(6)) {
        case 0: {
          const std::uint64_t more = 1 + rng.below(30);
          board.sent({next(), next() + more}, now);
          octets.insert(octets.end(), more, Fate::in_flight);
          break;
        }
        case 1:
          if (from == 0) break;
          board.sack({una + from, una + to});
          std::fill(octets.begin() + static_cast<std::ptrdiff_t>(from),
                    octets.begin() + static_cast<std::ptrdiff_t>(to), Fate::sacked);
          break;
        case 2: {
          if (rng.below(3) != 0) break;
          board.acknowledge(una + from);
          octets.erase(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(from));
          una += from;
          break;
        }
        case 3: {
          const Scoreboard::Record* record = board.oldest();
          if (record == nullptr) break;
          std::fill(octets.begin() + static_cast<std::ptrdiff_t>(record->begin - una),
                    octets.begin() + static_cast<std::ptrdiff_t>(record->end - una), Fate::lost);
          board.lose(*record);
          break;
        }
        case 4:
          if (rng.below(4) != 0) break;
          board.find_lost();
          std::replace(octets.begin(), octets.end(), Fate::lost, Fate::in_flight);
          break;
        default: {
          const Range lost = board.lost(1 + rng.below(40));
          if (lost.length() == 0) break;
          const std::uint64_t end =
              lost.begin + 1 + rng.below(static_cast<std::uint32_t>(lost.length()));
          for (std::uint64_t at = lost.begin; at < end; ++at) {
            ASSERT_EQ(octets[at - una], Fate::lost);
            octets[at - una] = Fate::in_flight;
          }
          board.sent_again({lost.begin, end}, now);
        }
      }
      board.forget_deliveries();
      board.check_invariants(una, next());
      for (const Fate fate : {Fate::in_flight, Fate::sacked, Fate::lost}) {
        ASSERT_EQ(board.octets(fate),
                  static_cast<std::uint64_t>(std::count(octets.begin(), octets.end(), fate)));
      }
    }
  }
}

}  // namespace
}  // namespace zsock::tcp
