#include "libzsock/wait.h"

#include <pthread.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <future>
#include <vector>

#include "tests/libzsock/library_test_base.h"

namespace zsock::test {
namespace {

constexpr std::size_t kRing = std::size_t{1} << kStreamOrder;

std::atomic<int> signals{0};

/// SIGUSR1 has a handler with these flags while this lives.
class Handler {
 public:
  explicit Handler(int flags) {
    signals = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { ++signals; };
    action.sa_flags = flags;
    ::sigaction(SIGUSR1, &action, &before_);
  }
  ~Handler() { ::sigaction(SIGUSR1, &before_, nullptr); }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

 private:
  struct sigaction before_ {};
};

class WaitSignals : public LibraryTest {
 protected:
  /// Runs call() in a thread and sends it SIGUSR1 until it returns or has handled `most` of them.
  template <class Call>
  std::future<int> interrupted(Call call, int most) {
    std::promise<pthread_t> started;
    auto thread_id = started.get_future();
    auto result = std::async(std::launch::async, [&started, call] {
      started.set_value(::pthread_self());
      errno = 0;
      return call() < 0 ? errno : 0;
    });
    const pthread_t thread = thread_id.get();
    while (signals < most) {
      if (result.wait_for(std::chrono::milliseconds(1)) == std::future_status::ready) break;
      ::pthread_kill(thread, SIGUSR1);
    }
    return result;
  }
};

using WaitThreads = LibraryTest;

TEST_F(WaitSignals, HandlerWithoutRestartEndsTheCall) {
  const Handler handler(0);
  const Joined joined = connected();
  std::array<char, 4> buffer{};
  EXPECT_EQ(interrupted([&] { return zs_recv(joined.fd, buffer.data(), 4, 0); }, 1000).get(),
            EINTR);
  ASSERT_EQ(send(joined.fd, std::string(kRing, 'x')), static_cast<ssize_t>(kRing));
  EXPECT_EQ(interrupted([&] { return send(joined.fd, "x"); }, 1000).get(), EINTR);
  const Joined listener = listening();
  EXPECT_EQ(interrupted([&] { return zs_accept4(listener.fd, nullptr, nullptr, 0); }, 1000).get(),
            EINTR);
  const Joined connecting = open(SOCK_STREAM);
  EXPECT_EQ(interrupted([&] { return connect_to(connecting.fd); }, 1000).get(), EINTR);
  // The handshake goes on.
  EXPECT_EQ(zs_fcntl(connecting.fd, F_SETFL, O_NONBLOCK), 0);
  EXPECT_ERRNO(connect_to(connecting.fd), EALREADY);
  pollfd entry{.fd = joined.fd, .events = POLLIN, .revents = 0};
  EXPECT_EQ(interrupted([&] { return zs_poll(&entry, 1, -1); }, 1000).get(), EINTR);
}

TEST_F(WaitSignals, HandlerWithRestartDoesNot) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer puts off handlers while recv() is restarted";
#endif
  const Handler handler(SA_RESTART);
  const Joined joined = connected();
  std::array<char, 4> buffer{};
  auto reading = interrupted([&] { return zs_recv(joined.fd, buffer.data(), 4, 0); }, 5);
  joined.peer->deliver("x");
  EXPECT_EQ(reading.get(), 0);
  signals = 0;
  ASSERT_EQ(send(joined.fd, std::string(kRing, 'x')), static_cast<ssize_t>(kRing));
  auto writing = interrupted([&] { return send(joined.fd, "x"); }, 5);
  joined.peer->collect();
  EXPECT_EQ(writing.get(), 0);
}

TEST_F(WaitSignals, TimeLimitMakesEveryHandlerInterrupt) {
  const Handler handler(SA_RESTART);
  const Joined joined = connected();
  limit_time(joined.fd, SO_RCVTIMEO, 100000);
  limit_time(joined.fd, SO_SNDTIMEO, 100000);
  std::array<char, 4> buffer{};
  EXPECT_EQ(interrupted([&] { return zs_recv(joined.fd, buffer.data(), 4, 0); }, 1000).get(),
            EINTR);
  ASSERT_EQ(send(joined.fd, std::string(kRing, 'x')), static_cast<ssize_t>(kRing));
  EXPECT_EQ(interrupted([&] { return send(joined.fd, "x"); }, 1000).get(), EINTR);
}

TEST_F(WaitSignals, PartOfASendIsToldInsteadOfTheSignal) {
  const Handler handler(0);
  const Joined joined = connected();
  const std::string data(kRing + 100, 'x');
  std::atomic<ssize_t> sent{0};
  EXPECT_EQ(interrupted([&] { return sent = send(joined.fd, data); }, 1000).get(), 0);
  EXPECT_EQ(sent, static_cast<ssize_t>(kRing));
}

TEST_F(WaitThreads, CancelledReaderLeavesTheSocketUsable) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer keeps a cancelled thread's stack poisoned";
#endif
  const Joined joined = connected();
  pthread_t thread{};
  int fd = joined.fd;
  ASSERT_EQ(::pthread_create(
                &thread, nullptr,
                [](void* argument) -> void* {
                  std::array<char, 4> buffer{};
                  zs_recv(*static_cast<int*>(argument), buffer.data(), 4, 0);
                  return nullptr;
                },
                &fd),
            0);
  ASSERT_EQ(::pthread_cancel(thread), 0);
  void* result = nullptr;
  ASSERT_EQ(::pthread_join(thread, &result), 0);
  EXPECT_EQ(result, PTHREAD_CANCELED);
  joined.peer->deliver("data");
  EXPECT_EQ(receive(joined.fd), "data");
}

TEST_F(WaitThreads, SeveralReadersAndWritersShareASocket) {
  constexpr std::size_t kTotal = 400000;
  const Joined joined = connected();
  std::atomic<std::size_t> sent{0};
  std::atomic<std::size_t> received{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (sent.fetch_add(100) < kTotal) EXPECT_EQ(send(joined.fd, std::string(100, 'x')), 100);
    });
    threads.emplace_back([&] {
      std::array<char, 333> buffer{};
      ssize_t octets = 1;
      while (octets > 0) {
        octets = zs_recv(joined.fd, buffer.data(), buffer.size(), 0);
        received += static_cast<std::size_t>(std::max<ssize_t>(octets, 0));
      }
      EXPECT_EQ(octets, 0);
    });
  }
  // The network echoes everything.
  for (std::size_t echoed = 0; echoed < kTotal;) {
    const std::string data = joined.peer->collect(3000);
    eventually([&] {
      int waiting = 0;
      zs_ioctl(joined.fd, FIONREAD, &waiting);
      return static_cast<std::size_t>(waiting) + data.size() <= kRing;
    });
    joined.peer->deliver(data);
    echoed += data.size();
  }
  joined.peer->finish();
  threads.clear();
  EXPECT_EQ(received, kTotal);
}

// A handler that uses the socket whose call it interrupted must not deadlock.
TEST_F(WaitThreads, LockHeldByThisThreadIsNotWaitedFor) {
  const Joined joined = connected();
  auto& app = lib::find_socket(joined.fd).socket.app();
  auto* mutex = static_cast<pthread_mutex_t*>(static_cast<void*>(app.writer_lock));
  ASSERT_EQ(::pthread_mutex_lock(mutex), 0);
  EXPECT_ERRNO(send(joined.fd, "x"), EAGAIN);
  ::pthread_mutex_unlock(mutex);
}

// Another thread has closed the descriptor, and zsockd has given the slot to another socket.
TEST_F(WaitThreads, AReaderLeavesASlotThatIsNotItsOwnAnyMore) {
  const Joined joined = connected();
  const lib::Lookup found = lib::find_socket(joined.fd);
  ASSERT_EQ(found.error, 0);
  joined.peer->shown().generation.publish(found.socket.generation + 1);
  joined.peer->deliver("another's");
  EXPECT_EQ(lib::Waiter(found.socket, 0).readable(0), -EBADF);
  joined.peer->set_flags(ipc::status_flag::kReceiveClosed);
  joined.peer->vanish();
  EXPECT_EQ(lib::Waiter(found.socket, 0).writable(lib::Awaited::room), -EBADF);
}

}  // namespace
}  // namespace zsock::test
