#include "libzsock/zephyr/waiting.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "tests/zephyr/fake_native.h"

namespace zsock::zephyr {
namespace {

using testing::_;
using testing::NiceMock;
using testing::Return;

struct ZephyrClose : testing::Test {
  NiceMock<FakeNative> native;
  int ends[2] = {-1, -1};
  std::atomic<bool> entered{false};

  void SetUp() override { ASSERT_EQ(pipe(ends), 0); }
  void TearDown() override {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  // A native call that waits in the kernel until a signal comes.
  ssize_t wait_in_kernel() {
    char octet = 0;
    entered = true;
    return ::read(ends[0], &octet, 1);
  }
  void wait_until_entered() const {
    while (!entered) std::this_thread::yield();
  }
};

// api: closing ends a blocked recv() and accept() of other threads with EINTR.
TEST_F(ZephyrClose, EndsAReceivingThread) {
  EXPECT_CALL(native, recv(3, _, _, _)).WillOnce([this](auto&&...) { return wait_in_kernel(); });
  EXPECT_CALL(native, close(3)).WillOnce(Return(0));
  ssize_t got = 0;
  int error = 0;
  std::thread reader([&] {
    char octet = 0;
    got = zsock_recv(3, &octet, 1, 0);
    error = errno;
  });
  wait_until_entered();
  EXPECT_EQ(zsock_close(3), 0);
  reader.join();
  EXPECT_EQ(got, -1);
  EXPECT_EQ(error, EINTR);
}

TEST_F(ZephyrClose, EndsAnAcceptingThread) {
  EXPECT_CALL(native, accept4(3, _, _, _)).WillOnce([this](auto&&...) {
    return static_cast<int>(wait_in_kernel());
  });
  int error = 0;
  std::thread acceptor([&] {
    EXPECT_EQ(zsock_accept(3, nullptr, nullptr), -1);
    error = errno;
  });
  wait_until_entered();
  EXPECT_EQ(zsock_close(3), 0);
  acceptor.join();
  EXPECT_EQ(error, EINTR);
}

TEST_F(ZephyrClose, LeavesThreadsOnOtherSocketsAlone) {
  EXPECT_CALL(native, recv(4, _, _, _)).WillOnce([this](auto&&...) { return wait_in_kernel(); });
  ssize_t got = 0;
  std::thread reader([&] {
    char octet = 0;
    got = zsock_recv(4, &octet, 1, 0);
  });
  wait_until_entered();
  EXPECT_EQ(zsock_close(3), 0);
  EXPECT_EQ(::write(ends[1], "x", 1), 1);
  reader.join();
  EXPECT_EQ(got, 1);
}

TEST(ZephyrWaiting, OneThreadDoesNotInterruptItself) {
  const Waiting waiting(5);
  EXPECT_EQ(interrupt_waiters(5), Interrupted::all);
  EXPECT_EQ(interrupt_waiters(-1), Interrupted::all);
}

}  // namespace
}  // namespace zsock::zephyr
