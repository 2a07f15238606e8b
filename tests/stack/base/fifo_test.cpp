#include "daemon/stack/base/fifo.h"

#include <gtest/gtest.h>

#include <deque>

#include "daemon/stack/base/rng.h"

namespace zsock {
namespace {

TEST(FifoOrder, AgreesWithADeque) {
  SeededRng rng{1};
  Fifo<unsigned> fifo;
  std::deque<unsigned> model;
  for (unsigned i = 0; i < 20000; ++i) {
    // Long stretches of growth and of shrinking.
    if (rng.below(100) < ((i / 500) % 2 == 0 ? 60U : 40U)) {
      fifo.push_back(i);
      model.push_back(i);
    } else if (!model.empty()) {
      ASSERT_EQ(fifo.front(), model.front());
      fifo.pop_front();
      model.pop_front();
    }
    ASSERT_EQ(fifo.size(), model.size());
    ASSERT_EQ(fifo.empty(), model.empty());
  }
}

TEST(FifoCheck, EmptyHasNoFront) {
  Fifo<int> fifo;
  EXPECT_DEATH(static_cast<void>(fifo.front()), "");
  EXPECT_DEATH(fifo.pop_front(), "");
}

}  // namespace
}  // namespace zsock
