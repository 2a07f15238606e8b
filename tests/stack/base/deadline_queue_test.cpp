#include "daemon/stack/base/deadline_queue.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "tests/support/octets.h"

namespace zsock {
namespace {

Instant at(std::int64_t microseconds) {
  return Instant{Duration{microseconds}};
}

TEST(DeadlineQueue, StartsEmpty) {
  DeadlineQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_FALSE(queue.peek());
  EXPECT_FALSE(queue.pop_due(Instant::max()));
}

TEST(DeadlineQueue, ShowsTheEarliest) {
  DeadlineQueue queue;
  queue.push(at(30), 3);
  queue.push(at(10), 1);
  queue.push(at(20), 2);
  EXPECT_EQ(queue.peek(), (Deadline{at(10), 1}));
  EXPECT_EQ(queue.size(), 3U);
}

TEST(DeadlineQueue, YieldsWhatIsDueInOrderAndNoMore) {
  DeadlineQueue queue;
  queue.push(at(30), 3);
  queue.push(at(10), 1);
  queue.push(at(20), 2);
  EXPECT_FALSE(queue.pop_due(at(9)));
  EXPECT_EQ(queue.pop_due(at(20)), (Deadline{at(10), 1}));
  EXPECT_EQ(queue.pop_due(at(20)), (Deadline{at(20), 2}));
  EXPECT_FALSE(queue.pop_due(at(29)));
  EXPECT_EQ(queue.pop_due(at(30)), (Deadline{at(30), 3}));
  EXPECT_TRUE(queue.empty());
}

TEST(DeadlineQueue, KeepsStaleEntriesForTheirOwnerToJudge) {
  DeadlineQueue queue;
  queue.push(at(10), 1);
  queue.push(at(50), 1);
  EXPECT_EQ(queue.pop_due(at(10)), (Deadline{at(10), 1}));
  EXPECT_EQ(queue.peek(), (Deadline{at(50), 1}));
}

TEST(DeadlineQueue, OrdersEqualInstantsById) {
  DeadlineQueue queue;
  for (const std::uint32_t id : {5U, 1U, 4U, 2U, 3U}) queue.push(at(7), id);
  for (std::uint32_t id = 1; id <= 5; ++id) EXPECT_EQ(queue.pop_due(at(7))->id, id);
}

TEST(DeadlineQueue, TakesEntriesWhileItIsDrained) {
  DeadlineQueue queue;
  queue.push(at(10), 1);
  std::vector<std::uint32_t> seen;
  while (const auto due = queue.pop_due(at(20))) {
    seen.push_back(due->id);
    if (due->id < 3) queue.push(at(15), due->id + 1);
  }
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{1, 2, 3}));
}

TEST(DeadlineQueue, ForgetsAllWhenCleared) {
  DeadlineQueue queue;
  queue.push(at(10), 1);
  queue.clear();
  EXPECT_FALSE(queue.peek());
}

TEST(DeadlineQueueModel, EqualsASortedSet) {
  const std::uint64_t seed = test::test_seed(11);
  SCOPED_TRACE(test::seed_note(seed));
  SeededRng rng(seed);
  DeadlineQueue queue;
  std::multiset<std::pair<std::int64_t, std::uint32_t>> model;
  for (int step = 0; step < 20000; ++step) {
    if (rng.below(3) != 0) {
      const auto when = static_cast<std::int64_t>(rng.below(1000)) - 200;
      const std::uint32_t id = rng.below(10);
      queue.push(at(when), id);
      model.emplace(when, id);
    } else {
      const auto now = static_cast<std::int64_t>(rng.below(1000)) - 200;
      const auto due = queue.pop_due(at(now));
      const bool expected = !model.empty() && model.begin()->first <= now;
      ASSERT_EQ(due.has_value(), expected);
      if (!expected) continue;
      ASSERT_EQ(*due, (Deadline{at(model.begin()->first), model.begin()->second}));
      model.erase(model.begin());
    }
    ASSERT_EQ(queue.size(), model.size());
  }
}

using namespace std::chrono_literals;

/// What an owner does: pushes when it must, looks afresh when an entry comes up.
struct Owner {
  DeadlineQueue queue{};
  PendingDeadlines pending{};
  void wants(Instant due) {
    if (pending.must_push(due)) queue.push(due, 0);
  }
};

TEST(PendingDeadlines, OnlyTheEarliestNeedsAnEntry) {
  Owner owner;
  owner.wants(Instant{10s});
  owner.wants(Instant{20s});
  EXPECT_EQ(owner.queue.size(), 1U);
  owner.wants(Instant{5s});
  EXPECT_EQ(owner.queue.size(), 2U);
  EXPECT_EQ(owner.queue.peek()->when, Instant{5s});
}

TEST(PendingDeadlines, StaleEntriesAreNobodys) {
  PendingDeadlines pending;
  EXPECT_TRUE(pending.must_push(Instant{5s}));
  EXPECT_FALSE(pending.come_up(Instant{4s}));
  EXPECT_TRUE(pending.come_up(Instant{5s}));
  EXPECT_FALSE(pending.come_up(Instant{5s}));
  EXPECT_TRUE(pending.empty());
}

// A connection with keepalive in two hours and near timers all the time: the queue does not grow.
TEST(PendingDeadlines, NearDeadlinesDoNotMultiplyAFarOne) {
  Owner owner;
  const Instant far{7200s};
  owner.wants(far);
  for (int round = 0; round < 10000; ++round) {
    const Instant now{round * 500ms};
    owner.wants(now + 200ms);
    owner.wants(now + 40ms);
    owner.wants(now + 10ms);
    while (const auto due = owner.queue.pop_due(now + 300ms)) {
      if (owner.pending.come_up(due->when)) owner.wants(far + now.time_since_epoch());
    }
    ASSERT_LE(owner.queue.size(), 4U) << "round " << round;
  }
}

}  // namespace
}  // namespace zsock
