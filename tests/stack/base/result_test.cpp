#include "daemon/stack/base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace zsock {
namespace {

enum class Fault { none, small, large };

Result<int, Fault> halve(int value) {
  if (value % 2 != 0) return Err{Fault::small};
  return value / 2;
}

TEST(Result, HoldsTheValue) {
  const auto result = halve(4);
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(*result, 2);
  EXPECT_EQ(result.value(), 2);
}

TEST(Result, HoldsTheError) {
  const auto result = halve(3);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), Fault::small);
}

TEST(Result, TellsValueFromErrorOfTheSameType) {
  const Result<int, int> value(7);
  const Result<int, int> error(Err{7});
  EXPECT_TRUE(value.has_value());
  EXPECT_FALSE(error.has_value());
}

TEST(Result, CarriesWhatCannotBeCopied) {
  Result<std::unique_ptr<std::string>, Fault> result(std::make_unique<std::string>("owned"));
  const std::unique_ptr<std::string> taken = std::move(*result);
  EXPECT_EQ(*taken, "owned");
}

TEST(Result, ReachesMembersOfTheValue) {
  Result<std::string, Fault> result(std::string("abc"));
  EXPECT_EQ(result->size(), 3U);
  result->push_back('d');
  EXPECT_EQ(*result, "abcd");
}

TEST(ResultDeathTest, AsksForTheRightSideOnly) {
  EXPECT_DEATH(static_cast<void>(halve(3).value()), "");
  EXPECT_DEATH(static_cast<void>(halve(4).error()), "");
}

TEST(Status, IsGoodUntilToldOtherwise) {
  const Status<Fault> good;
  EXPECT_TRUE(good.has_value());
  const Status<Fault> bad(Err{Fault::large});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error(), Fault::large);
}

}  // namespace
}  // namespace zsock
