#include "daemon/stack/tcp/table.h"

#include <gtest/gtest.h>

#include <map>

#include "daemon/stack/base/rng.h"

namespace zsock::tcp {
namespace {

wire::Flow flow_from(std::uint16_t port) {
  return {.local = {.address = wire::IpAddress::v4(192, 0, 2, 1), .port = 80},
          .remote = {.address = wire::IpAddress::v4(192, 0, 2, 2), .port = port}};
}

TEST(TableLookup, FindsAConnectionByExactlyItsFlow) {
  Table table{SipKey{1, 2}};
  ASSERT_TRUE(table.insert(flow_from(1000), 7));
  EXPECT_EQ(table.find(flow_from(1000)), 7U);
  EXPECT_EQ(table.find(flow_from(1001)), std::nullopt);
  wire::Flow mirrored = flow_from(1000);
  std::swap(mirrored.local, mirrored.remote);
  EXPECT_EQ(table.find(mirrored), std::nullopt);
  wire::Flow elsewhere = flow_from(1000);
  elsewhere.local.address = wire::IpAddress::v4(192, 0, 2, 3);
  EXPECT_EQ(table.find(elsewhere), std::nullopt);
}

TEST(TableLookup, FamiliesDoNotMeet) {
  Table table{SipKey{1, 2}};
  wire::Flow mapped = flow_from(1000);
  mapped.local.address = mapped.local.address.mapped();
  mapped.remote.address = mapped.remote.address.mapped();
  ASSERT_TRUE(table.insert(mapped, 1));
  EXPECT_EQ(table.find(flow_from(1000)), std::nullopt);
}

TEST(TableInsert, RefusesATakenFlow) {
  Table table{SipKey{1, 2}};
  ASSERT_TRUE(table.insert(flow_from(1000), 7));
  EXPECT_FALSE(table.insert(flow_from(1000), 8));
  EXPECT_EQ(table.find(flow_from(1000)), 7U);
  EXPECT_EQ(table.size(), 1U);
}

TEST(TableErase, FreesTheFlow) {
  Table table{SipKey{1, 2}};
  ASSERT_TRUE(table.insert(flow_from(1000), 7));
  table.erase(flow_from(1000));
  table.erase(flow_from(1000));
  EXPECT_EQ(table.find(flow_from(1000)), std::nullopt);
  EXPECT_TRUE(table.insert(flow_from(1000), 8));
}

// Whatever comes and goes, the table knows what a map knows.
TEST(TableErase, LeavesAllOthersFindable) {
  SeededRng rng{11};
  Table table{SipKey::draw(rng)};
  std::map<wire::Flow, std::uint32_t> model;
  for (unsigned step = 0; step < 60000; ++step) {
    const wire::Flow flow = flow_from(static_cast<std::uint16_t>(rng.below(2000)));
    if (rng.below(2) == 0) {
      EXPECT_EQ(table.insert(flow, step), model.emplace(flow, step).second);
    } else {
      table.erase(flow);
      model.erase(flow);
    }
    ASSERT_EQ(table.size(), model.size());
    if (step % 1000 != 0) continue;
    for (std::uint16_t port = 0; port < 2000; ++port) {
      const auto known = model.find(flow_from(port));
      ASSERT_EQ(table.find(flow_from(port)),
                known == model.end() ? std::nullopt : std::optional{known->second});
    }
  }
}

// Nobody who does not know the key can choose flows that fall into one bucket.
TEST(TableHash, DependsOnTheKeyAndSpreads) {
  SeededRng rng{5};
  const FlowHash first{SipKey::draw(rng)};
  const FlowHash second{SipKey::draw(rng)};
  std::map<std::size_t, unsigned> buckets;
  unsigned equal = 0;
  for (std::uint16_t port = 0; port < 4096; ++port) {
    ++buckets[first(flow_from(port)) % 1024];
    if (first(flow_from(port)) % 1024 == second(flow_from(port)) % 1024) ++equal;
  }
  unsigned longest = 0;
  for (const auto& [bucket, count] : buckets) longest = std::max(longest, count);
  EXPECT_LT(longest, 20U) << "mean is 4";
  EXPECT_LT(equal, 30U) << "mean is 4";
}

}  // namespace
}  // namespace zsock::tcp
