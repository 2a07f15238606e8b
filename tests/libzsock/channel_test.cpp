#include "libzsock/ipc/channel.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

namespace zsock::ipc {
namespace {

struct Pair {
  explicit Pair(int type) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()), 0);
    left.reset(ends[0]);
    right.reset(ends[1]);
  }
  Fd left;
  Fd right;
};

std::span<const std::byte> octets(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

/// Sends more descriptors than the protocol knows.
void send_many(int socket, std::size_t count) {
  std::vector<int> fds(count, socket);
  std::vector<std::byte> space(CMSG_SPACE(count * sizeof(int)));
  char octet = 'x';
  iovec piece{&octet, 1};
  msghdr header{};
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  header.msg_control = space.data();
  header.msg_controllen = space.size();
  cmsghdr* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(count * sizeof(int));
  std::memcpy(CMSG_DATA(control), fds.data(), count * sizeof(int));
  ASSERT_EQ(::sendmsg(socket, &header, MSG_NOSIGNAL), 1);
}

TEST(IpcChannel, CarriesOneMessageWithDescriptors) {
  Pair pair(SOCK_SEQPACKET);
  const std::array fds{pair.left.get(), pair.right.get(), 0};
  ASSERT_EQ(send_message(pair.left.get(), octets("hello"), fds, 0), 0);
  std::array<std::byte, 16> buffer{};
  const Incoming incoming = receive_message(pair.right.get(), buffer, 0);
  EXPECT_EQ(incoming.delivery, Delivery::complete);
  EXPECT_EQ(incoming.octets, 5U);
  EXPECT_EQ(std::memcmp(buffer.data(), "hello", 5), 0);
  ASSERT_EQ(incoming.fd_count, 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(::fcntl(incoming.fds[i].get(), F_GETFD), FD_CLOEXEC);
  }
}

TEST(IpcChannel, RefusesToSendTooManyDescriptors) {
  Pair pair(SOCK_SEQPACKET);
  const std::array<int, kMaxFds + 1> fds{};
  EXPECT_EQ(send_message(pair.left.get(), octets("x"), fds, 0), EINVAL);
}

TEST(IpcChannel, TellsATruncatedMessageAndSetsItsDescriptorsAside) {
  Pair pair(SOCK_SEQPACKET);
  const std::size_t before = open_descriptors();
  ASSERT_EQ(send_message(pair.left.get(), octets("too long"), std::array{0}, 0), 0);
  std::array<std::byte, 4> buffer{};
  {
    std::array<Fd, 2> excess{};
    const Incoming incoming = receive_message(pair.right.get(), buffer, 0, excess);
    EXPECT_EQ(incoming.delivery, Delivery::truncated);
    EXPECT_EQ(incoming.fd_count, 0U);
    EXPECT_EQ(incoming.excess_count, 1U);
    EXPECT_TRUE(excess[0].valid());
  }
  EXPECT_EQ(open_descriptors(), before);
}

// A descriptor that was not brought is not closed, not 0 either. (With g++ 12's -O3 and zeroed
// variables an array of 253 empty Fds had one that owned 0.)
TEST(IpcChannel, OwnsNothingThatDidNotCome) {
  Pair pair(SOCK_SEQPACKET);
  const Fd zero(::fcntl(0, F_GETFD) >= 0 ? -1 : ::open("/dev/null", O_RDONLY));
  std::array<std::byte, 4> buffer{};
  {
    Incoming incoming;
    incoming = receive_message(pair.right.get(), buffer, MSG_DONTWAIT);
    for (const Fd& fd : incoming.fds) EXPECT_EQ(fd.get(), -1);
  }
  EXPECT_GE(::fcntl(0, F_GETFD), 0);
}

TEST(IpcChannel, ClosesSurplusDescriptors) {
  for (const std::size_t count : {kMaxFds + 1, std::size_t{64}, std::size_t{253}}) {
    Pair pair(SOCK_SEQPACKET);
    const std::size_t before = open_descriptors();
    send_many(pair.left.get(), count);
    std::array<std::byte, 4> buffer{};
    EXPECT_EQ(receive_message(pair.right.get(), buffer, 0).delivery, Delivery::truncated);
    EXPECT_EQ(open_descriptors(), before);
  }
}

TEST(IpcChannel, TellsTheEnd) {
  Pair pair(SOCK_SEQPACKET);
  pair.left.reset();
  std::array<std::byte, 4> buffer{};
  EXPECT_EQ(receive_message(pair.right.get(), buffer, 0).delivery, Delivery::closed);
  EXPECT_EQ(send_message(pair.right.get(), octets("x"), {}, 0), EPIPE);
}

TEST(IpcChannel, DoesNotWaitWhenAskedNotTo) {
  Pair pair(SOCK_SEQPACKET);
  std::array<std::byte, 4> buffer{};
  const Incoming incoming = receive_message(pair.right.get(), buffer, MSG_DONTWAIT);
  EXPECT_EQ(incoming.delivery, Delivery::failed);
  EXPECT_EQ(incoming.error, EAGAIN);
}

TEST(IpcChannel, StreamNeverJoinsMessagesThatCarryDescriptors) {
  Pair pair(SOCK_STREAM);
  ASSERT_EQ(send_message(pair.left.get(), octets("one"), std::array{0}, 0), 0);
  ASSERT_EQ(send_message(pair.left.get(), octets("two"), std::array{0}, 0), 0);
  std::array<std::byte, 16> buffer{};
  const Incoming incoming = receive_message(pair.right.get(), buffer, 0);
  EXPECT_EQ(incoming.octets, 3U);
  EXPECT_EQ(incoming.fd_count, 1U);
}

TEST(IpcChannel, FdClosesOnceAndMoves) {
  const std::size_t before = open_descriptors();
  {
    Fd first(::dup(0));
    Fd second(std::move(first));
    EXPECT_TRUE(second.valid());
    second = Fd(::dup(0));
    EXPECT_EQ(open_descriptors(), before + 1);
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace zsock::ipc
