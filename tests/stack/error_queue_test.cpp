// The error queue of a socket.

#include "daemon/stack/error_queue.h"

#include <gtest/gtest.h>

namespace zsock {
namespace {

TEST(ErrorQueue, KeepsTheOldestWhenItIsFull) {
  ErrorQueue queue;
  for (std::uint32_t i = 0; i < ErrorQueue::kLimit; ++i) {
    EXPECT_TRUE(queue.push({.error = SockError::host_unreachable, .info = i}));
  }
  EXPECT_FALSE(queue.push({.info = 1000}));
  for (std::uint32_t i = 0; i < ErrorQueue::kLimit; ++i) EXPECT_EQ(queue.pop().info, i);
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.push({.info = 7}));
  EXPECT_EQ(queue.front().info, 7U);
}

}  // namespace
}  // namespace zsock
