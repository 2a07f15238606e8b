#include "libzsock/client.h"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "libzsock/socket.h"
#include "tests/libzsock/library_test_base.h"

namespace zsock::test {
namespace {

using namespace ipc::status_flag;
using Session = LibraryTest;
using Fork = LibraryTest;
using DaemonLoss = LibraryTest;

constexpr auto kSoon = std::chrono::milliseconds(100);

TEST(ClientAbsent, FailsAtOnceAndSaysSoOnce) {
  ::setenv("ZSOCKD_SOCKET", "/tmp/zsock-nobody-here", 1);
  ::testing::internal::CaptureStderr();
  const auto start = Clock::now();
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_STREAM, 0), ENETDOWN);
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_STREAM, 0), ENETDOWN);
  EXPECT_LT(Clock::now() - start, kSoon);
  const std::string text = ::testing::internal::GetCapturedStderr();
  // Another test of the same process may have used up the one line.
  if (!text.empty()) {
    EXPECT_NE(text.find("/tmp/zsock-nobody-here"), std::string::npos);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  }
}

TEST(ClientAbsent, OverlongPathIsNotUsed) {
  ::setenv("ZSOCKD_SOCKET", std::string(200, 'x').c_str(), 1);
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_STREAM, 0), ENETDOWN);
}

TEST_F(Session, BeginsWithTheFirstSocketAndMapsASegmentOnce) {
  EXPECT_EQ(daemon.count(ipc::Op::hello), 0U);
  const Joined first = connected();
  const Joined second = connected();
  EXPECT_EQ(daemon.count(ipc::Op::hello), 1U);
  EXPECT_EQ(send(first.fd, "a"), 1);
  EXPECT_EQ(send(second.fd, "b"), 1);
  EXPECT_EQ(daemon.count(ipc::Op::map_segment), 1U);
}

TEST_F(Session, BadAnswersEndItAndAnotherBegins) {
  connected();
  for (const Manner manner :
       {Manner::hang_up, Manner::wrong_size, Manner::wrong_magic, Manner::wrong_sequence}) {
    daemon.behave(manner);
    const int fd = zs_socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_GE(fd, 0);
    EXPECT_EQ(zs_close(fd), 0);
  }
}

TEST_F(Session, SurplusDescriptorsAreClosed) {
  const Joined joined = open(SOCK_STREAM);
  const int before = ::dup(0);
  ::close(before);
  daemon.behave(Manner::surplus_fds);
  sockaddr_in address{};
  socklen_t length = sizeof(address);
  EXPECT_EQ(zs_getsockname(joined.fd, generic(address), &length), 0);
  const int after = ::dup(0);
  ::close(after);
  EXPECT_EQ(after, before);
}

TEST_F(Session, AnswerWithoutDescriptorIsNoSocket) {
  daemon.answer_with([](const ipc::Request& request) -> std::optional<int> {
    if (request.header.op == static_cast<std::uint16_t>(ipc::Op::socket)) return 0;
    return std::nullopt;
  });
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_STREAM, 0), EMFILE);
}

TEST_F(Session, ErrorsOfZsockdPassThrough) {
  EXPECT_GE(open(SOCK_STREAM).fd, 0);
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    daemon.answer_with([error](const ipc::Request&) { return error; });
    EXPECT_ERRNO(zs_socket(AF_INET, SOCK_STREAM, 0), error);
  }
}

TEST_F(Session, OwnDescriptorsAreHighAndCannotBeClosed) {
  open(SOCK_STREAM);
  int found = 0;
  for (int fd = 1000; fd < 1024; ++fd) {
    if (!lib::Client::instance().owns(fd)) continue;
    ++found;
    EXPECT_EQ(::fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_ERRNO(zs_close(fd), EBADF);
  }
  EXPECT_GE(found, 2);
}

TEST_F(Session, LostControlSocketAttachesAgain) {
  const Joined joined = connected();
  const std::size_t attached = daemon.count(ipc::Op::attach);
  daemon.behave(Manner::hang_up);
  EXPECT_ERRNO(zs_listen(joined.fd, 1), ENETDOWN);
  EXPECT_EQ(daemon.count(ipc::Op::attach), attached + 1);
  EXPECT_EQ(send(joined.fd, "still here"), 10);
  EXPECT_EQ(joined.peer->collect(), "still here");
}

TEST_F(Fork, ChildUsesTheSocketAndAttachesForControl) {
  const Joined joined = connected();
  const std::size_t attached = daemon.count(ipc::Op::attach);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const bool sent = zs_send(joined.fd, "child", 5, 0) == 5;
    const int fd = zs_socket(AF_INET, SOCK_DGRAM, 0);
    ::_exit(sent && fd >= 0 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(joined.peer->collect(), "child");
  EXPECT_EQ(daemon.count(ipc::Op::hello), 1U);
  EXPECT_EQ(daemon.count(ipc::Op::attach), attached + 1);
  EXPECT_EQ(send(joined.fd, "parent"), 6);
  EXPECT_FALSE(joined.peer->hung_up());
  EXPECT_EQ(zs_close(joined.fd), 0);
  EXPECT_TRUE(joined.peer->hung_up());
}

TEST_F(Fork, HolderKilledInsideACallLeavesNoLock) {
  const Joined joined = connected();
  const pid_t pid = ::fork();
  if (pid == 0) {
    // Dies as the owner of the mutex.
    auto& app = lib::find_socket(joined.fd).socket.app();
    auto* mutex = static_cast<pthread_mutex_t*>(static_cast<void*>(app.writer_lock));
    ::pthread_mutex_lock(mutex);
    ::raise(SIGKILL);
  }
  ::waitpid(pid, nullptr, 0);
  EXPECT_EQ(send(joined.fd, "goes on"), 7);
}

TEST_F(Fork, DetachedSocketIsReleasedByItsLastHolderOnly) {
  const Joined joined = connected();
  const pid_t pid = ::fork();
  if (pid == 0) {
    // Outlasts the parent's copy, and the connection.
    const lib::Socket socket = lib::find_socket(joined.fd).socket;
    const bool detached = eventually([&] { return (socket.flags() & kDetached) != 0; });
    ::_exit(detached && zs_close(joined.fd) == 0 ? 0 : 1);
  }
  EXPECT_EQ(zs_close(joined.fd), 0);
  EXPECT_EQ(daemon.count(ipc::Op::release), 0U);
  joined.peer->detach();
  int status = -1;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(daemon.count(ipc::Op::release), 1U);
}

TEST_F(DaemonLoss, BlockedCallsEndAtOnce) {
  const Joined stream = connected();
  const Joined datagram = bound_datagram();
  const Joined listener = listening();
  std::array<char, 4> buffer{};
  std::jthread dying([&] { daemon.vanish(); });
  const auto start = Clock::now();
  EXPECT_ERRNO(zs_recv(stream.fd, buffer.data(), 4, 0), ECONNRESET);
  EXPECT_ERRNO(zs_recv(datagram.fd, buffer.data(), 4, 0), ENETDOWN);
  EXPECT_ERRNO(zs_accept4(listener.fd, nullptr, nullptr, 0), ENETDOWN);
  EXPECT_LT(Clock::now() - start, kSoon);
}

TEST_F(DaemonLoss, StreamTellsResetOnceAfterItsData) {
  const Joined joined = connected();
  joined.peer->deliver("some rest");
  EXPECT_EQ(receive(joined.fd, 5), "some ");
  daemon.vanish();
  EXPECT_EQ(receive(joined.fd), "rest");
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), ECONNRESET);
  EXPECT_EQ(zs_recv(joined.fd, buffer.data(), 4, 0), 0);
  EXPECT_ERRNO(send(joined.fd, "x"), EPIPE);
  EXPECT_EQ(events(joined.fd) & (POLLIN | POLLERR | POLLHUP), POLLIN | POLLERR | POLLHUP);
}

TEST_F(DaemonLoss, DataInMemoryThatWasNeverMappedIsLost) {
  const Joined joined = connected();
  joined.peer->deliver("rest");
  daemon.vanish();
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), ECONNRESET);
  EXPECT_EQ(zs_recv(joined.fd, buffer.data(), 4, 0), 0);
}

TEST_F(DaemonLoss, WriterThatNeverWaitsLearnsOfIt) {
  const Joined joined = connected();
  daemon.vanish();
  const auto start = Clock::now();
  bool failed = false;
  while (!failed && Clock::now() - start < kSoon) failed = send(joined.fd, "x") < 0;
  EXPECT_TRUE(failed);
}

TEST_F(DaemonLoss, ControlCallsFailToo) {
  const Joined joined = open(SOCK_STREAM);
  daemon.vanish();
  EXPECT_ERRNO(zs_listen(joined.fd, 1), ENETDOWN);
  EXPECT_ERRNO(connect_to(joined.fd), ENETDOWN);
  EXPECT_ERRNO(send(joined.fd, "x"), ENETDOWN);
  EXPECT_ERRNO(zs_socket(AF_INET, SOCK_STREAM, 0), ENETDOWN);
  EXPECT_EQ(zs_close(joined.fd), 0);
}

TEST_F(DaemonLoss, RestartedDaemonServesNewSocketsNotOldOnes) {
  const Joined old = connected();
  const std::string path = daemon.path();
  daemon.vanish();
  FakeDaemon second(path);
  const int fd = zs_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(second.count(ipc::Op::hello), 1U);
  EXPECT_ERRNO(connect_to(fd), EINPROGRESS);
  second.newest().establish();
  EXPECT_EQ(send(fd, "new"), 3);
  EXPECT_EQ(second.newest().collect(), "new");
  EXPECT_ERRNO(send(old.fd, "old"), ECONNRESET);
  EXPECT_ERRNO(zs_listen(old.fd, 1), ENETDOWN);
}

// The daemon in a process of its own, killed while a client waits.
TEST(DaemonKilled, ClientsGetAnErrorWithin100Ms) {
  const std::string path = "/tmp/zsock-test-killed-" + std::to_string(::getpid());
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
  const pid_t client = ::fork();
  if (client == 0) {
    ::setenv("ZSOCKD_SOCKET", path.c_str(), 1);
    char octet = 0;
    if (::read(ready[0], &octet, 1) != 1) ::_exit(9);
    const int fd = zs_socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in here = ipv4("0.0.0.0", 1);
    if (zs_bind(fd, generic(here), sizeof(here)) != 0) ::_exit(8);
    const ssize_t result = zs_recv(fd, &octet, 1, 0);
    ::_exit(result == -1 && errno == ENETDOWN ? 0 : 7);
  }
  const pid_t server = ::fork();
  if (server == 0) {
    FakeDaemon daemon(path);
    if (::write(ready[1], "r", 1) != 1) ::_exit(9);
    while (daemon.count(ipc::Op::bind) == 0) std::this_thread::yield();
    ::raise(SIGKILL);
  }
  ASSERT_EQ(::waitpid(server, nullptr, 0), server);
  const auto start = Clock::now();
  int status = -1;
  ASSERT_EQ(::waitpid(client, &status, 0), client);
  EXPECT_LT(Clock::now() - start, kSoon);
  EXPECT_EQ(status, 0);
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace zsock::test
