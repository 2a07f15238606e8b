#include "daemon/socket_end.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>

#include "daemon/watch_set.h"
#include "tests/daemon/raw_client.h"

namespace zsock::host {
namespace {

using test::poll_now;

SocketEnd::Pair make_pair(SocketKind kind = SocketKind::tcp) {
  auto pair = SocketEnd::create(kind);
  EXPECT_TRUE(pair.has_value());
  return std::move(*pair);
}

void plug(int fd) {
  EXPECT_EQ(::send(fd, "p", 1, MSG_DONTWAIT), 1);
}

int pending_error(int fd) {
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

// The table of design 4 and docs/ipc.md, measured.
class SocketEndStates : public testing::TestWithParam<SocketKind> {};

TEST_P(SocketEndStates, IdleIsWritable) {
  const auto pair = make_pair(GetParam());
  EXPECT_EQ(poll_now(pair.application.get()), POLLOUT);
}

TEST_P(SocketEndStates, TokenIsReadable) {
  const auto pair = make_pair(GetParam());
  pair.host.send_token();
  EXPECT_EQ(poll_now(pair.application.get()), POLLIN | POLLOUT);
}

TEST_P(SocketEndStates, PlugIsUnwritableUntilTaken) {
  const auto pair = make_pair(GetParam());
  for (int i = 0; i < 3; ++i) {
    plug(pair.application.get());
    EXPECT_EQ(poll_now(pair.application.get()), 0);
    pair.host.take_plug();
    EXPECT_EQ(poll_now(pair.application.get()), POLLOUT);
  }
  int waiting = 0;
  ASSERT_EQ(::ioctl(pair.host.fd(), FIONREAD, &waiting), 0);
  EXPECT_EQ(waiting, 1);  // the seed stays
}

TEST_P(SocketEndStates, EndOfFileLeavesItWritable) {
  const auto pair = make_pair(GetParam());
  pair.host.shut_down_writing();
  EXPECT_EQ(poll_now(pair.application.get()), POLLIN | POLLOUT | POLLRDHUP);
}

TEST_P(SocketEndStates, CleanCloseIsNoError) {
  auto pair = make_pair(GetParam());
  plug(pair.application.get());
  pair.host.close_clean();
  EXPECT_EQ(poll_now(pair.application.get()), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
  char octet = 0;
  EXPECT_EQ(::recv(pair.application.get(), &octet, 1, MSG_DONTWAIT), 0);
}

TEST_P(SocketEndStates, CloseWithTheSeedIsAReset) {
  auto pair = make_pair(GetParam());
  pair.host.close_reset();
  EXPECT_EQ(poll_now(pair.application.get()), POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR);
  EXPECT_EQ(pending_error(pair.application.get()), ECONNRESET);
}

TEST_P(SocketEndStates, LastCloseOfAnyCopyShowsHere) {
  auto pair = make_pair(GetParam());
  const WatchSet watch;
  ASSERT_TRUE(watch.add_end(pair.host.fd(), 42).has_value());
  std::array<WatchSet::Event, 4> events{};
  EXPECT_EQ(watch.take(events), 0U);
  ipc::Fd copy(::dup(pair.application.get()));
  pair.application.reset();
  EXPECT_EQ(watch.take(events), 0U);
  copy.reset();
  ASSERT_EQ(watch.take(events), 1U);
  EXPECT_EQ(events[0].key, 42U);
  EXPECT_EQ(events[0].signal, WatchSet::Signal::closed);
  EXPECT_EQ(watch.take(events), 0U);
}

TEST_P(SocketEndStates, ShutdownByTheApplicationIsNoClose) {
  const auto pair = make_pair(GetParam());
  const WatchSet watch;
  ASSERT_TRUE(watch.add_end(pair.host.fd(), 1).has_value());
  ::shutdown(pair.application.get(), SHUT_WR);
  std::array<WatchSet::Event, 4> events{};
  ASSERT_EQ(watch.take(events), 1U);
  EXPECT_EQ(events[0].signal, WatchSet::Signal::half_closed);
}

// Nothing that came meanwhile is missed: who is watched again is asked at once.
TEST(WatchSet, TellsOfWhatCameWhileItDidNotWatch) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const ipc::Fd ours(ends[0]);
  const ipc::Fd theirs(ends[1]);
  const WatchSet watch;
  std::array<WatchSet::Event, 4> events{};
  ASSERT_TRUE(watch.add_source(ours.get(), 7).has_value());
  watch.remove(ours.get());
  ASSERT_EQ(::send(theirs.get(), "x", 1, 0), 1);
  EXPECT_EQ(watch.take(events), 0U);
  ASSERT_TRUE(watch.add_source(ours.get(), 7).has_value());
  ASSERT_EQ(watch.take(events), 1U);
  EXPECT_EQ(events[0].key, 7U);
}

// req: SEC-SHM-9
TEST_P(SocketEndStates, NothingBlocksWhateverTheClientDoes) {
  auto pair = make_pair(GetParam());
  ASSERT_EQ(::fcntl(pair.host.fd(), F_SETFL, 0), 0);
  for (int i = 0; i < 100'000; ++i) pair.host.send_token();  // nobody reads
  const int large = 1 << 20;
  ::setsockopt(pair.application.get(), SOL_SOCKET, SO_SNDBUF, &large, sizeof(large));
  const std::array<char, 512> junk{};
  while (::send(pair.application.get(), junk.data(), junk.size(), MSG_DONTWAIT) > 0) {
  }
  pair.host.take_plug();
  pair.host.close_clean();
  pair.host.send_token();
  pair.host.take_plug();
  pair.host.shut_down_writing();
}

INSTANTIATE_TEST_SUITE_P(BothKinds, SocketEndStates,
                         testing::Values(SocketKind::tcp, SocketKind::udp));

// Streams hand out data before the reset.
TEST(SocketEndStream, TokenComesBeforeTheReset) {
  auto pair = make_pair();
  pair.host.send_token();
  pair.host.close_reset();
  char octet = 0;
  EXPECT_EQ(::recv(pair.application.get(), &octet, 1, MSG_DONTWAIT), 1);
  EXPECT_EQ(::recv(pair.application.get(), &octet, 1, MSG_DONTWAIT), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

// docs/ipc.md: zsockd dies, however.
TEST(SocketEndStream, ADeadProcessIsAReset) {
  auto pair = make_pair();
  const pid_t child = ::fork();
  if (child == 0) ::pause();
  pair.host.close_reset();  // the child's copy keeps it open
  EXPECT_EQ(poll_now(pair.application.get()), POLLOUT);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_NE(poll_now(pair.application.get()) & POLLERR, 0);
}

TEST(SocketEndListener, HandsOutWholeMessagesWithDescriptors) {
  const auto listener = make_pair();
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto connection = make_pair();
    ipc::AcceptMessage message;
    message.slot = i;
    ASSERT_EQ(listener.host.deliver(message, connection.application.get()),
              SocketEnd::Delivery::sent);
  }
  for (std::uint32_t i = 0; i < 3; ++i) {
    ipc::AcceptMessage message;
    const auto incoming = ipc::receive_message(
        listener.application.get(), std::as_writable_bytes(std::span(&message, 1)), MSG_DONTWAIT);
    ASSERT_EQ(incoming.octets, sizeof(message));
    ASSERT_EQ(incoming.fd_count, 1U);
    EXPECT_EQ(message.slot, i);
    // Our end of it went with the pair above.
    EXPECT_NE(poll_now(incoming.fds[0].get()) & POLLHUP, 0);
  }
}

TEST(SocketEndListener, FullDescriptorSaysSo) {
  const auto listener = make_pair();
  const auto connection = make_pair();
  SocketEnd::Delivery outcome = SocketEnd::Delivery::sent;
  for (int i = 0; i < 10'000 && outcome == SocketEnd::Delivery::sent; ++i) {
    outcome = listener.host.deliver({}, connection.application.get());
  }
  EXPECT_EQ(outcome, SocketEnd::Delivery::full);
}

}  // namespace
}  // namespace zsock::host
