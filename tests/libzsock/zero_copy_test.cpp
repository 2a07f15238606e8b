#include <algorithm>
#include <array>
#include <future>

#include "tests/libzsock/library_test_base.h"

namespace zsock::test {
namespace {

constexpr std::size_t kRing = std::size_t{1} << kStreamOrder;
using Pieces = std::array<iovec, 2>;

std::string text_of(const Pieces& pieces, std::size_t octets) {
  std::string text;
  for (const iovec& piece : pieces) {
    text.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  }
  EXPECT_EQ(text.size(), octets);
  return text;
}

void fill(const Pieces& pieces, std::string_view text) {
  for (const iovec& piece : pieces) {
    const std::size_t octets = std::min(piece.iov_len, text.size());
    std::copy_n(text.data(), octets, static_cast<char*>(piece.iov_base));
    text.remove_prefix(octets);
  }
  EXPECT_TRUE(text.empty());
}

using ZeroCopy = LibraryTest;

TEST_F(ZeroCopy, WhatIsFilledAndCommittedIsSent) {
  const Joined joined = connected();
  Pieces pieces{};
  ASSERT_EQ(zs_send_reserve(joined.fd, pieces.data(), 0), static_cast<ssize_t>(kRing));
  fill(pieces, "in place");
  EXPECT_EQ(joined.peer->collect(), "");
  EXPECT_EQ(zs_send_commit(joined.fd, 8), 0);
  EXPECT_EQ(joined.peer->collect(), "in place");
}

TEST_F(ZeroCopy, AllOctetsPassWhereverTheRingsWrap) {
  const Joined joined = connected();
  for (unsigned i = 0; i < 50; ++i) {
    const std::string text = pattern(kRing / 3 * 2 + i, i);
    Pieces pieces{};
    ASSERT_EQ(zs_send_reserve(joined.fd, pieces.data(), 0), static_cast<ssize_t>(kRing));
    fill(pieces, text);
    ASSERT_EQ(zs_send_commit(joined.fd, text.size()), 0);
    const std::string sent = joined.peer->collect();
    ASSERT_TRUE(sent == text) << i;
    joined.peer->deliver(sent);
    const ssize_t there = zs_recv_peek(joined.fd, pieces.data(), 0);
    ASSERT_EQ(there, static_cast<ssize_t>(text.size()));
    ASSERT_TRUE(text_of(pieces, text.size()) == text) << i;
    ASSERT_EQ(zs_recv_consume(joined.fd, text.size()), 0);
    EXPECT_EQ(kernel_events(joined.fd) & POLLIN, 0);
  }
}

TEST_F(ZeroCopy, APartIsConsumedAndTheRestStays) {
  const Joined joined = connected();
  joined.peer->deliver("head and tail");
  Pieces pieces{};
  ASSERT_EQ(zs_recv_peek(joined.fd, pieces.data(), 0), 13);
  ASSERT_EQ(zs_recv_consume(joined.fd, 9), 0);
  EXPECT_NE(kernel_events(joined.fd) & POLLIN, 0);
  ASSERT_EQ(zs_recv_peek(joined.fd, pieces.data(), 0), 4);
  EXPECT_EQ(text_of(pieces, 4), "tail");
  EXPECT_EQ(receive(joined.fd), "tail");
}

TEST_F(ZeroCopy, MoreThanThereIsIsRefused) {
  const Joined joined = connected();
  EXPECT_ERRNO(zs_send_commit(joined.fd, kRing + 1), EINVAL);
  EXPECT_ERRNO(zs_recv_consume(joined.fd, 1), EINVAL);
  joined.peer->deliver("abc");
  EXPECT_ERRNO(zs_recv_consume(joined.fd, 4), EINVAL);
  EXPECT_EQ(zs_recv_consume(joined.fd, 0), 0);
  EXPECT_EQ(receive(joined.fd), "abc");
  EXPECT_EQ(joined.peer->collect(), "");
}

TEST_F(ZeroCopy, WaitsForRoomAndForData) {
  const Joined joined = connected();
  Pieces pieces{};
  ASSERT_GT(zs_send_reserve(joined.fd, pieces.data(), 0), 0);
  ASSERT_EQ(zs_send_commit(joined.fd, kRing), 0);
  EXPECT_EQ(kernel_events(joined.fd) & POLLOUT, 0);
  EXPECT_ERRNO(zs_send_reserve(joined.fd, pieces.data(), MSG_DONTWAIT), EAGAIN);
  EXPECT_ERRNO(zs_recv_peek(joined.fd, pieces.data(), MSG_DONTWAIT), EAGAIN);
  auto room =
      std::async(std::launch::async, [&] { return zs_send_reserve(joined.fd, pieces.data(), 0); });
  joined.peer->collect();
  EXPECT_GT(room.get(), 0);
  auto data =
      std::async(std::launch::async, [&] { return zs_recv_peek(joined.fd, pieces.data(), 0); });
  joined.peer->deliver("late");
  EXPECT_EQ(data.get(), 4);
}

TEST_F(ZeroCopy, EndAndErrorsAreThoseOfSendAndReceive) {
  const Joined joined = connected();
  Pieces pieces{};
  joined.peer->deliver("last");
  joined.peer->finish();
  ASSERT_EQ(zs_recv_peek(joined.fd, pieces.data(), 0), 4);
  ASSERT_EQ(zs_recv_consume(joined.fd, 4), 0);
  EXPECT_EQ(zs_recv_peek(joined.fd, pieces.data(), 0), 0);
  joined.peer->reset(ECONNRESET);
  EXPECT_ERRNO(zs_send_reserve(joined.fd, pieces.data(), 0), ECONNRESET);
  EXPECT_ERRNO(zs_send_commit(joined.fd, 1), EPIPE);
  const Joined datagram = bound_datagram();
  EXPECT_ERRNO(zs_send_reserve(datagram.fd, pieces.data(), 0), EOPNOTSUPP);
  EXPECT_ERRNO(zs_send_commit(datagram.fd, 0), EOPNOTSUPP);
  EXPECT_ERRNO(zs_recv_peek(datagram.fd, pieces.data(), 0), EOPNOTSUPP);
  EXPECT_ERRNO(zs_recv_consume(datagram.fd, 0), EOPNOTSUPP);
  EXPECT_ERRNO(zs_recv_peek(datagram.fd, nullptr, 0), EFAULT);
}

// zsockd is trusted, but its memory may be damaged: no piece lies outside a ring.
TEST_F(ZeroCopy, IndexOutsideTheRingGivesNothing) {
  const Joined joined = connected();
  joined.peer->corrupt_receive_tail(kRing + 1);
  Pieces pieces{};
  EXPECT_ERRNO(zs_recv_peek(joined.fd, pieces.data(), 0), ENETDOWN);
}

}  // namespace
}  // namespace zsock::test
