#include "libzsock/spin.h"

#include <gtest/gtest.h>

#include "libzsock/ipc/spin.h"
#include "libzsock/socket.h"
#include "tests/libzsock/library_test_base.h"

namespace zsock::test {
namespace {

using ipc::SpinBudget;
using How = SpinBudget::How;

constexpr std::int64_t kLimit = 100'000;

SpinBudget after(int waits, std::int64_t waited, How how) {
  SpinBudget budget;
  for (int i = 0; i < waits; ++i) budget.learn(waited, how, kLimit);
  return budget;
}

TEST(SpinBudget, GrowsUpToTheLimitWithShortWaits) {
  EXPECT_EQ(SpinBudget{}.value(), 0);
  EXPECT_GT(after(1, 40'000, How::slept).value(), 0);
  EXPECT_EQ(after(3, 40'000, How::slept).value(), kLimit);
  EXPECT_EQ(after(50, 40'000, How::looked).value(), kLimit);
}

TEST(SpinBudget, IsGivenUpWithLongWaits) {
  EXPECT_EQ(after(10, 10'000'000, How::slept).value(), 0);
  SpinBudget budget = after(2, 40'000, How::slept);
  for (int i = 0; i < 4; ++i) budget.learn(10'000'000, How::slept, kLimit);
  EXPECT_EQ(budget.value(), 0);
}

TEST(SpinBudget, IsGivenUpWhenTheWholeOfItWasNotEnough) {
  SpinBudget budget = after(10, 40'000, How::looked);
  budget.learn(110'000, How::slept, kLimit);
  EXPECT_LE(budget.value(), kLimit / 4);
  budget.learn(200'000, How::slept, kLimit);
  EXPECT_EQ(budget.value(), 0);
}

TEST(SpinBudget, WithoutLimitThereIsNone) {
  SpinBudget budget;
  for (int i = 0; i < 10; ++i) budget.learn(1'000, How::slept, 0);
  EXPECT_EQ(budget.value(), 0);
}

// A looker gets the CPU back last; who sleeps and is woken, at once.
TEST(SpinCrowding, NobodyLooksForAWhileAfterAnOfferThatCostATimeSlice) {
  ipc::Crowding crowding;
  const auto at = [](std::int64_t time) { return [time] { return time; }; };
  EXPECT_FALSE(crowding.lasts(at(1)));
  crowding.offered(1'000'000, 1'900'000);
  EXPECT_FALSE(crowding.lasts(at(1'900'000))) << "a turn of zsockd's";
  crowding.offered(2'000'000, 6'000'000);
  EXPECT_TRUE(crowding.lasts(at(6'000'000)));
  EXPECT_TRUE(crowding.lasts(at(6'000'000 + ipc::Crowding::kRest - 1)));
  EXPECT_FALSE(crowding.lasts(at(6'000'000 + ipc::Crowding::kRest)));
}

using LookingReader = LibraryTest;

// The descriptor must be as true as without looking, whoever wins the race.
TEST_F(LookingReader, AnswersComeWhetherItLooksOrSleeps) {
  const Joined joined = connected();
  for (int i = 0; i < 300; ++i) {
    std::jthread network([&] {
      if (i % 3 == 0) std::this_thread::yield();
      joined.peer->deliver("answer");
    });
    ASSERT_EQ(receive(joined.fd), "answer") << i;
    ASSERT_EQ(lib::find_socket(joined.fd).socket.app().watching.snapshot(), 0U);
  }
}

}  // namespace
}  // namespace zsock::test
