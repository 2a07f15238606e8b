/// \file
/// Sockets that were made before they are asked for.

#include "libzsock/prepared.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "libzsock/client.h"
#include "libzsock/socket.h"
#include "tests/libzsock/library_test_base.h"

namespace zsock::test {
namespace {

using lib::Client;

class MadeAhead : public LibraryTest {
 protected:
  std::vector<int> open_many(int count) {
    std::vector<int> fds;
    for (int i = 0; i < count; ++i) fds.push_back(zs_socket(AF_INET, SOCK_STREAM, 0));
    for (const int fd : fds) EXPECT_GE(fd, 0);
    return fds;
  }
  /// Until the library has a full stock, and nothing is on its way.
  void fill_stock() {
    while (own_descriptors() < 7) open_many(1);
  }
  static int own_descriptors() {
    int count = 0;
    for (int fd = Client::instance().next_own(0); fd >= 0;
         fd = Client::instance().next_own(fd + 1)) {
      ++count;
    }
    return count;
  }
  /// zsockd has answered, and nobody has looked yet.
  static bool something_came() {
    for (int fd = Client::instance().next_own(0); fd >= 0;
         fd = Client::instance().next_own(fd + 1)) {
      char octet = 0;
      if (::recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) == 1) return true;
    }
    return false;
  }
};

TEST_F(MadeAhead, OnlyWhoOpensManyGetsThem) {
  open_many(3);
  EXPECT_EQ(daemon.count(ipc::Op::sockets), 0U);
  open_many(10);
  EXPECT_EQ(daemon.count(ipc::Op::socket), 4U);
  EXPECT_GE(daemon.count(ipc::Op::sockets), 1U);
}

TEST_F(MadeAhead, EachHasTheLowestNumberAndIsAnotherSocket) {
  const std::vector<int> fds = open_many(30);
  fill_stock();
  const int lowest = ::dup(0);
  ::close(lowest);
  EXPECT_EQ(zs_socket(AF_INET, SOCK_STREAM, 0), lowest);
  EXPECT_EQ(::fcntl(lowest, F_GETFD), 0);
  const int closing = zs_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  EXPECT_EQ(::fcntl(closing, F_GETFD), FD_CLOEXEC);
  EXPECT_NE(::fcntl(closing, F_GETFL) & O_NONBLOCK, 0);
  std::vector<std::uint32_t> slots;
  for (const int fd : fds) slots.push_back(lib::find_socket(fd).socket.slot);
  std::ranges::sort(slots);
  EXPECT_EQ(std::ranges::adjacent_find(slots), slots.end());
  // The descriptor and the slot belong together: zsockd sees this one hang up.
  const std::uint32_t slot = lib::find_socket(fds[20]).socket.slot;
  EXPECT_EQ(zs_close(fds[20]), 0);
  EXPECT_TRUE(daemon.at(slot).hung_up());
}

TEST_F(MadeAhead, AnotherFamilyGetsItsOwn) {
  open_many(8);
  const int fd = zs_socket(AF_INET6, SOCK_STREAM, 0);
  EXPECT_TRUE(lib::find_socket(fd).socket.is_ipv6());
  EXPECT_EQ(daemon.last(ipc::Op::socket).a, 6);
}

TEST_F(MadeAhead, AreTheLibrarysUntilAskedFor) {
  open_many(6);
  const int own = Client::instance().next_own(1000);
  ASSERT_GE(own, 1000);
  EXPECT_GT(own_descriptors(), 2);  // control, doorbell, and those
  for (int fd = own; fd >= 0; fd = Client::instance().next_own(fd + 1)) {
    EXPECT_ERRNO(zs_close(fd), EBADF);
    EXPECT_EQ(::fcntl(fd, F_GETFD), FD_CLOEXEC);
  }
}

TEST_F(MadeAhead, AreNotAChilds) {
  open_many(6);
  fill_stock();
  const int before = own_descriptors();
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(own_descriptors());
  int status = -1;
  ::waitpid(pid, &status, 0);
  EXPECT_LE(WEXITSTATUS(status), before - 6);
  EXPECT_EQ(own_descriptors(), before);
}

TEST_F(MadeAhead, GoWithZsockd) {
  open_many(6);
  daemon.vanish();
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_STREAM, 0), ENETDOWN);
  FakeDaemon next;
  const int fd = zs_socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(next.count(ipc::Op::socket), 1U);
}

TEST_F(MadeAhead, GoWithZsockdThoughTheyHadCome) {
  open_many(4);
  ASSERT_TRUE(eventually(something_came));
  daemon.vanish();
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_STREAM, 0), ENETDOWN);
  FakeDaemon next;
  EXPECT_GE(zs_socket(AF_INET, SOCK_STREAM, 0), 0);
  EXPECT_EQ(next.count(ipc::Op::socket), 1U);
}

// The numbers that they hold are the program's when it needs them.
TEST_F(MadeAhead, GiveWayWhereNumbersAreScarce) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit tight{.rlim_cur = 1030, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  open_many(6);
  fill_stock();
  std::vector<int> copies;
  for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) copies.push_back(fd);
  EXPECT_GT(own_descriptors(), 2);
  const int fd = zs_socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_GE(fd, 0);
  for (const int copy : copies) ::close(copy);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

// Descriptors under way cost each close of a unix socket in the machine.
TEST_F(MadeAhead, AreTakenInBeforeASocketIsClosed) {
  const std::vector<int> fds = open_many(4);
  ASSERT_EQ(own_descriptors(), 2);
  ASSERT_TRUE(eventually(something_came));
  EXPECT_EQ(zs_close(fds[0]), 0);
  EXPECT_EQ(own_descriptors(), 2 + static_cast<int>(ipc::kMaxSockets));
  EXPECT_EQ(zs_close(fds[1]), 0);
  EXPECT_GE(zs_socket(AF_INET, SOCK_STREAM, 0), 0);
  EXPECT_EQ(daemon.count(ipc::Op::socket), 4U);
}

TEST_F(MadeAhead, RefusalIsNoHarm) {
  daemon.answer_with([](const ipc::Request& request) -> std::optional<int> {
    if (request.header.op == static_cast<std::uint16_t>(ipc::Op::sockets)) return EMFILE;
    return std::nullopt;
  });
  open_many(12);
  EXPECT_EQ(daemon.count(ipc::Op::hello), 1U);
}

}  // namespace
}  // namespace zsock::test
