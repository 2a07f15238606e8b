// Rings that grow (docs/ipc.md): the library takes what it is offered, where nobody is at the ring.

#include <algorithm>
#include <array>

#include "tests/libzsock/library_test_base.h"

namespace zsock::test {
namespace {

using namespace ipc::status_flag;

constexpr std::size_t kRing = std::size_t{1} << kStreamOrder;

using Growth = LibraryTest;

TEST_F(Growth, AWriterTakesALargerRing) {
  const Joined joined = connected(SOCK_NONBLOCK);
  const std::string text = pattern(4 * kRing, 1);
  ASSERT_EQ(zs_send(joined.fd, text.data(), kRing, 0), static_cast<ssize_t>(kRing));
  EXPECT_ERRNO(zs_send(joined.fd, text.data(), 1, 0), EAGAIN);
  joined.peer->set_flags(kGrowTransmit);
  ASSERT_EQ(zs_send(joined.fd, text.data() + kRing, 3 * kRing, 0), static_cast<ssize_t>(kRing));
  EXPECT_EQ(daemon.count(ipc::Op::grow), 1U);
  EXPECT_TRUE(joined.peer->collect() == text.substr(0, 2 * kRing));
}

TEST_F(Growth, AReaderTakesALargerRingWhenItHasRead) {
  const Joined joined = connected();
  const std::string text = pattern(kRing + 3000, 1);
  joined.peer->deliver(std::string_view(text).substr(0, 6000));
  joined.peer->set_flags(kGrowReceive);
  std::string got(text.size(), 0);
  ASSERT_EQ(zs_recv(joined.fd, got.data(), 1000, MSG_PEEK), 1000);
  EXPECT_EQ(daemon.count(ipc::Op::grow), 0U) << "somebody may have pieces of the ring in hand";
  ASSERT_EQ(zs_recv(joined.fd, got.data(), 1000, 0), 1000);
  EXPECT_EQ(daemon.count(ipc::Op::grow), 1U);
  joined.peer->deliver(std::string_view(text).substr(6000));
  ASSERT_EQ(zs_recv(joined.fd, got.data() + 1000, got.size() - 1000, MSG_WAITALL),
            static_cast<ssize_t>(got.size() - 1000));
  EXPECT_TRUE(got == text);
  EXPECT_EQ(daemon.count(ipc::Op::grow), 1U);
}

TEST_F(Growth, PiecesInHandStayGood) {
  const Joined joined = connected();
  std::array<iovec, 2> pieces{};
  ASSERT_EQ(zs_send_reserve(joined.fd, pieces.data(), 0), static_cast<ssize_t>(kRing));
  joined.peer->set_flags(kGrowTransmit | kGrowReceive);
  std::copy_n("reserved", 8, static_cast<char*>(pieces[0].iov_base));
  ASSERT_EQ(zs_send_commit(joined.fd, 8), 0);
  EXPECT_EQ(joined.peer->collect(), "reserved");
  joined.peer->deliver("peeked");
  ASSERT_EQ(zs_recv_peek(joined.fd, pieces.data(), 0), 6);
  EXPECT_EQ(daemon.count(ipc::Op::grow), 0U);
  ASSERT_EQ(zs_recv_consume(joined.fd, 6), 0);
  EXPECT_EQ(daemon.count(ipc::Op::grow), 1U);
  ASSERT_EQ(zs_send_reserve(joined.fd, pieces.data(), 0), static_cast<ssize_t>(2 * kRing));
  EXPECT_EQ(daemon.count(ipc::Op::grow), 2U);
}

TEST_F(Growth, RefusalIsNoError) {
  const Joined joined = connected();
  daemon.answer_with([](const ipc::Request& request) -> std::optional<int> {
    if (request.header.op != static_cast<std::uint16_t>(ipc::Op::grow)) return std::nullopt;
    return ENOBUFS;
  });
  joined.peer->set_flags(kGrowTransmit | kGrowReceive);
  EXPECT_EQ(zs_send(joined.fd, "on", 2, 0), 2);
  EXPECT_EQ(joined.peer->collect(), "on");
  joined.peer->deliver("off");
  std::array<char, 8> got{};
  EXPECT_EQ(zs_recv(joined.fd, got.data(), got.size(), 0), 3);
}

}  // namespace
}  // namespace zsock::test
