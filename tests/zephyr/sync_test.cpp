#include <gtest/gtest.h>
#include <zephyr/kernel.h>

#include <thread>

namespace {

K_MUTEX_DEFINE(defined_mutex);
K_SEM_DEFINE(defined_sem, 1, 2);

template <typename Call>
auto in_another_thread(Call call) {
  decltype(call()) result{};
  std::thread([&] { result = call(); }).join();
  return result;
}

TEST(ZephyrMutex, IsRecursiveAndHasAnOwner) {
  EXPECT_EQ(k_mutex_unlock(&defined_mutex), -EINVAL);
  EXPECT_EQ(k_mutex_lock(&defined_mutex, K_FOREVER), 0);
  EXPECT_EQ(k_mutex_lock(&defined_mutex, K_NO_WAIT), 0);
  EXPECT_EQ(k_mutex_unlock(&defined_mutex), 0);
  EXPECT_EQ(in_another_thread([] { return k_mutex_lock(&defined_mutex, K_NO_WAIT); }), -EBUSY);
  EXPECT_EQ(in_another_thread([] { return k_mutex_lock(&defined_mutex, K_MSEC(5)); }), -EAGAIN);
  EXPECT_EQ(in_another_thread([] { return k_mutex_unlock(&defined_mutex); }), -EPERM);
  EXPECT_EQ(k_mutex_unlock(&defined_mutex), 0);
}

TEST(ZephyrMutex, PassesToWhoWaits) {
  k_mutex mutex;
  EXPECT_EQ(k_mutex_init(&mutex), 0);
  EXPECT_EQ(k_mutex_lock(&mutex, K_FOREVER), 0);
  int locked = -1;
  std::thread other([&] {
    locked = k_mutex_lock(&mutex, K_FOREVER);
    k_mutex_unlock(&mutex);
  });
  EXPECT_EQ(k_mutex_unlock(&mutex), 0);
  other.join();
  EXPECT_EQ(locked, 0);
}

TEST(ZephyrSem, CountsUpToItsLimit) {
  k_sem_give(&defined_sem);
  k_sem_give(&defined_sem);
  EXPECT_EQ(k_sem_count_get(&defined_sem), 2U);
  EXPECT_EQ(k_sem_take(&defined_sem, K_NO_WAIT), 0);
  EXPECT_EQ(k_sem_take(&defined_sem, K_FOREVER), 0);
  EXPECT_EQ(k_sem_take(&defined_sem, K_NO_WAIT), -EBUSY);
  EXPECT_EQ(k_sem_take(&defined_sem, K_MSEC(2)), -EAGAIN);
  k_sem sem;
  EXPECT_EQ(k_sem_init(&sem, 1, 0), -EINVAL);
  EXPECT_EQ(k_sem_init(&sem, 2, 1), -EINVAL);
  EXPECT_EQ(k_sem_init(&sem, 0, K_SEM_MAX_LIMIT), 0);
  std::thread giver([&] { k_sem_give(&sem); });
  EXPECT_EQ(k_sem_take(&sem, K_FOREVER), 0);
  giver.join();
  k_sem_give(&sem);
  k_sem_reset(&sem);
  EXPECT_EQ(k_sem_count_get(&sem), 0U);
}

}  // namespace
