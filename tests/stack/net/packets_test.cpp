// The pool of packets.

#include "daemon/stack/net/packets.h"

#include <gtest/gtest.h>

#include <utility>

namespace zsock::net {
namespace {

TEST(PacketPool, HandsOutAgainWhatCameBack) {
  PacketPool pool;
  PacketPtr packet = pool.take(100);
  EXPECT_EQ(packet->bytes.size(), 100U);
  const std::byte* memory = packet->bytes.data();
  pool.give(std::move(packet));
  packet = pool.take(2000);
  EXPECT_EQ(packet->bytes.data(), memory);
  EXPECT_EQ(packet->bytes.size(), 2000U);
  EXPECT_EQ(pool.retained_octets(), 0U);
}

TEST(PacketPool, KeepsNoMoreThanItMay) {
  PacketPool pool;
  PacketList packets;
  for (int i = 0; i < 200; ++i) packets.push(pool.take(65535));
  pool.give_all(std::move(packets));
  EXPECT_LE(pool.retained_octets(), 4U << 20U);
  EXPECT_GT(pool.retained_octets(), 3U << 20U);
}

TEST(PacketList, IsFirstInFirstOutAndCounts) {
  PacketPool pool;
  PacketList list;
  for (std::size_t size : {10U, 20U, 30U}) list.push(pool.take(size));
  EXPECT_EQ(list.size(), 3U);
  EXPECT_EQ(list.octets(), 60U);
  PacketList moved = std::move(list);
  EXPECT_EQ(moved.pop()->bytes.size(), 10U);
  EXPECT_EQ(moved.size(), 2U);
  moved.push(pool.take(40));
  EXPECT_EQ(moved.pop()->bytes.size(), 20U);
  EXPECT_EQ(moved.pop()->bytes.size(), 30U);
  EXPECT_EQ(moved.pop()->bytes.size(), 40U);
  EXPECT_EQ(moved.pop(), nullptr);
  EXPECT_EQ(moved.octets(), 0U);
}

// A long list must not be torn down by recursion.
TEST(PacketList, DiesQuietlyHoweverLong) {
  PacketList list;
  for (int i = 0; i < 300000; ++i) list.push(std::make_unique<Packet>());
}

}  // namespace
}  // namespace zsock::net
