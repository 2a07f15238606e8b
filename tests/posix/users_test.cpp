/// \file
/// What depends on who asks (conformance 2.1, 2.2). The process itself opens no socket: zsockd
/// takes a process for who it was when it first asked.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "tests/posix/support/sockets.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

constexpr std::uint16_t kPort = 30200;

class Users : public ::testing::Test {
 protected:
  void SetUp() override {
    if (in_child([] { return become_nobody() ? 0 : 1; }) != 0) {
      GTEST_SKIP() << "needs another user";
    }
  }
};

// req: ACL-3
TEST_F(Users, LowPortsAndRawSockets) {
  const int bad = in_child([] {
    if (!become_nobody()) return 9;
    const Fd low(::socket(AF_INET, SOCK_STREAM, 0));
    if (bind_outcome(low, {"127.0.0.1", 80}) != "EACCES") return 1;
    const Fd low_udp(::socket(AF_INET, SOCK_DGRAM, 0));
    if (bind_outcome(low_udp, {"127.0.0.1", 80}) != "EACCES") return 2;
    if (bind_outcome(low, {"127.0.0.1", 0}) != "0") return 3;
    if (outcome(::socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)) != "EPERM") return 4;
    return 0;
  });
  EXPECT_EQ(bad, 0);
}

/// A process of ours that holds a port until it goes out of scope.
class Holder {
 public:
  explicit Holder(int type) {
    std::array<int, 2> ready{};
    std::array<int, 2> end{};
    if (::pipe(ready.data()) != 0 || ::pipe(end.data()) != 0) return;
    child_ = ::fork();
    if (child_ == 0) {
      ::close(end[1]);
      const Fd fd(::socket(AF_INET, type, 0));
      set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
      char answer = bind_outcome(fd, {"127.0.0.1", kPort}) == "0" ? 'y' : 'n';
      static_cast<void>(!::write(ready[1], &answer, 1));
      static_cast<void>(!::read(end[0], &answer, 1));
      ::_exit(0);
    }
    ::close(end[0]);
    ::close(ready[1]);
    end_ = end[1];
    char answer = 'n';
    holds_ = ::read(ready[0], &answer, 1) == 1 && answer == 'y';
    ::close(ready[0]);
  }
  ~Holder() {
    ::close(end_);
    ::waitpid(child_, nullptr, 0);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  [[nodiscard]] bool holds() const { return holds_; }

 private:
  pid_t child_ = -1;
  int end_ = -1;
  bool holds_ = false;
};

std::string bind_beside(int type) {
  const Fd fd(::socket(AF_INET, type, 0));
  set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  return bind_outcome(fd, {"127.0.0.1", kPort});
}

TEST_F(Users, ReusePortIsForOneUser) {
  for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const Holder holder(type);
    ASSERT_TRUE(holder.holds());
    EXPECT_EQ(in_child([type] { return bind_beside(type) == "0" ? 0 : 1; }), 0);
    EXPECT_EQ(
        in_child([type] { return become_nobody() && bind_beside(type) == "EADDRINUSE" ? 0 : 1; }),
        0);
  }
}

}  // namespace
}  // namespace zsock::posix
