#include "libzsock/stream.h"

#include <sys/ioctl.h>
#include <sys/uio.h>

#include <array>
#include <csignal>

#include "tests/libzsock/library_test_base.h"

namespace zsock::test {
namespace {

using namespace ipc::status_flag;
constexpr std::size_t kRing = std::size_t{1} << kStreamOrder;

using StreamData = LibraryTest;
using StreamStates = LibraryTest;
using StreamErrors = LibraryTest;
using StreamWaking = LibraryTest;
using StreamUrgent = LibraryTest;

TEST_F(StreamData, TravelsBothWays) {
  const Joined joined = connected();
  EXPECT_EQ(send(joined.fd, "hello"), 5);
  EXPECT_EQ(joined.peer->collect(), "hello");
  joined.peer->deliver("world");
  EXPECT_EQ(receive(joined.fd), "world");
}

TEST_F(StreamData, WrapsAroundTheRingsEnd) {
  const Joined joined = connected();
  const std::string data = pattern(kRing * 10);
  std::string sent;
  std::string received;
  for (std::size_t at = 0; at < data.size(); at += 5000) {
    const std::string piece = data.substr(at, 5000);
    EXPECT_EQ(send(joined.fd, piece), static_cast<ssize_t>(piece.size()));
    const std::string echo = joined.peer->collect();
    sent += echo;
    joined.peer->deliver(echo);
    received += receive(joined.fd);
  }
  EXPECT_EQ(sent, data);
  EXPECT_EQ(received, data);
}

TEST_F(StreamData, ARingThatBeginsAnewIsFilledToTheBrim) {
  const Joined joined = connected(SOCK_NONBLOCK);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(send(joined.fd, std::string(kRing / 2, 'x')), static_cast<ssize_t>(kRing / 2));
    EXPECT_EQ(joined.peer->collect().size(), kRing / 2);
  }
  joined.peer->begin_anew();
  const std::string data = pattern(2 * kRing);
  EXPECT_EQ(send(joined.fd, data.substr(0, kRing / 2)), static_cast<ssize_t>(kRing / 2));
  EXPECT_EQ(send(joined.fd, data.substr(kRing / 2)), static_cast<ssize_t>(kRing / 2));
  EXPECT_ERRNO(send(joined.fd, "x"), EAGAIN);
  EXPECT_EQ(joined.peer->collect(), data.substr(0, kRing));
}

TEST_F(StreamData, OnlyAFullRingMakesTheDescriptorUnwritable) {
  const Joined joined = connected(SOCK_NONBLOCK);
  EXPECT_EQ(send(joined.fd, std::string(kRing - 100, 'x')), static_cast<ssize_t>(kRing - 100));
  joined.peer->collect();
  // It fills what was free at the last look, not what is free now.
  EXPECT_EQ(send(joined.fd, std::string(100, 'y')), 100);
  EXPECT_EQ(kernel_events(joined.fd, POLLOUT), POLLOUT);
  EXPECT_EQ(events(joined.fd, POLLOUT), POLLOUT);
}

// TCP_NOTSENT_LOWAT: zsockd shows the limit and how far it has sent.
TEST_F(StreamData, UnsentOctetsMakeTheDescriptorUnwritable) {
  const Joined joined = connected(SOCK_NONBLOCK);
  ipc::StatusSlot& shown = joined.peer->shown();
  shown.unsent_limit.publish(1000);
  joined.peer->set_flags(kLimitsUnsent);
  EXPECT_EQ(send(joined.fd, std::string(499, 'x')), 499);
  EXPECT_EQ(kernel_events(joined.fd, POLLOUT), POLLOUT);
  EXPECT_EQ(send(joined.fd, "x"), 1);
  EXPECT_EQ(kernel_events(joined.fd, POLLOUT), 0) << "half the limit";
  EXPECT_EQ(events(joined.fd, POLLOUT), 0);
  EXPECT_EQ(send(joined.fd, std::string(500, 'x')), 500) << "there is room yet";
  EXPECT_ERRNO(send(joined.fd, "x"), EAGAIN);
  shown.transmit_next.publish(1);
  EXPECT_EQ(send(joined.fd, std::string(2000, 'x')), 2000) << "a whole super-segment";
  EXPECT_ERRNO(send(joined.fd, "x"), EAGAIN);
}

TEST_F(StreamData, GathersAndScatters) {
  const Joined joined = connected();
  std::array<char, 3> a{'a', 'b', 'c'};
  std::array<char, 4> b{'d', 'e', 'f', 'g'};
  const std::array<iovec, 3> pieces{iovec{a.data(), 3}, iovec{nullptr, 0}, iovec{b.data(), 4}};
  EXPECT_EQ(zs_writev(joined.fd, pieces.data(), 3), 7);
  EXPECT_EQ(joined.peer->collect(), "abcdefg");
  joined.peer->deliver("1234567");
  EXPECT_EQ(zs_readv(joined.fd, pieces.data(), 3), 7);
  EXPECT_EQ(std::string(a.data(), 3) + std::string(b.data(), 4), "1234567");
  EXPECT_ERRNO(zs_readv(joined.fd, pieces.data(), -1), EINVAL);
  EXPECT_ERRNO(zs_writev(joined.fd, pieces.data(), 1025), EINVAL);
  msghdr message{};
  message.msg_iovlen = 1025;
  EXPECT_ERRNO(zs_sendmsg(joined.fd, &message, 0), EMSGSIZE);
  EXPECT_ERRNO(zs_recvmsg(joined.fd, &message, 0), EMSGSIZE);
}

TEST_F(StreamData, PeekIsRepeatable) {
  const Joined joined = connected();
  joined.peer->deliver("twice");
  EXPECT_EQ(receive(joined.fd, 3, MSG_PEEK), "twi");
  EXPECT_EQ(receive(joined.fd, 9, MSG_PEEK), "twice");
  EXPECT_EQ(receive(joined.fd), "twice");
}

TEST_F(StreamData, TruncDiscards) {
  const Joined joined = connected();
  joined.peer->deliver("0123456789");
  std::array<char, 4> buffer{'x', 'x', 'x', 'x'};
  EXPECT_EQ(zs_recv(joined.fd, buffer.data(), 4, MSG_TRUNC), 4);
  EXPECT_EQ(std::string(buffer.data(), 4), "xxxx");
  EXPECT_EQ(receive(joined.fd), "456789");
}

TEST_F(StreamData, ZeroLengthReadsAndWritesReturnAtOnce) {
  const Joined joined = connected();
  EXPECT_EQ(zs_recv(joined.fd, nullptr, 0, 0), 0);
  EXPECT_EQ(zs_send(joined.fd, nullptr, 0, 0), 0);
}

TEST_F(StreamData, NullBufferIsAFault) {
  const Joined joined = connected();
  EXPECT_ERRNO(zs_recv(joined.fd, nullptr, 1, 0), EFAULT);
  EXPECT_ERRNO(zs_send(joined.fd, nullptr, 1, 0), EFAULT);
}

TEST_F(StreamData, WaitAllWaitsForAll) {
  const Joined joined = connected();
  joined.peer->deliver("abc");
  std::jthread network([&] {
    joined.peer->deliver("def");
    joined.peer->deliver("ghi");
  });
  EXPECT_EQ(receive(joined.fd, 9, MSG_WAITALL), "abcdefghi");
}

TEST_F(StreamData, WaitAllEndsWithTheStream) {
  const Joined joined = connected();
  joined.peer->deliver("abc");
  joined.peer->finish();
  EXPECT_EQ(receive(joined.fd, 9, MSG_WAITALL), "abc");
  EXPECT_EQ(receive(joined.fd), "");
}

TEST_F(StreamData, WaitAllGivesUpAtTheTimeLimit) {
  const Joined joined = connected();
  limit_time(joined.fd, SO_RCVTIMEO, 30);
  joined.peer->deliver("abc");
  EXPECT_EQ(receive(joined.fd, 9, MSG_WAITALL), "abc");
}

TEST_F(StreamStates, FreshSocketAnswersAsLinuxDoes) {
  const Joined joined = open(SOCK_STREAM);
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(send(joined.fd, "x"), EPIPE);
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), ENOTCONN);
  EXPECT_EQ(events(joined.fd), POLLOUT | POLLHUP);
}

TEST_F(StreamStates, ListenerAnswersAsLinuxDoes) {
  const Joined joined = listening();
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(send(joined.fd, "x"), EPIPE);
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), ENOTCONN);
  EXPECT_ERRNO(connect_to(joined.fd), EISCONN);
  int number = 0;
  EXPECT_ERRNO(zs_ioctl(joined.fd, FIONREAD, &number), EINVAL);
}

TEST_F(StreamStates, EndOfStreamRepeatsAfterAllData) {
  const Joined joined = connected();
  joined.peer->deliver("last");
  joined.peer->finish();
  EXPECT_EQ(events(joined.fd), POLLIN | POLLOUT | POLLRDHUP);
  EXPECT_EQ(receive(joined.fd), "last");
  EXPECT_EQ(receive(joined.fd), "");
  EXPECT_EQ(receive(joined.fd), "");
  EXPECT_EQ(send(joined.fd, "still open"), 10);
}

TEST_F(StreamStates, ShutWriteStopsSendingOnly) {
  const Joined joined = connected();
  EXPECT_EQ(zs_shutdown(joined.fd, SHUT_WR), 0);
  EXPECT_ERRNO(send(joined.fd, "x"), EPIPE);
  joined.peer->deliver("reply");
  EXPECT_EQ(receive(joined.fd), "reply");
}

TEST_F(StreamStates, DetachedStreamKeepsItsData) {
  const Joined joined = connected();
  joined.peer->deliver("rest");
  joined.peer->detach();
  EXPECT_EQ(receive(joined.fd), "rest");
  EXPECT_EQ(receive(joined.fd), "");
  EXPECT_ERRNO(send(joined.fd, "x"), EPIPE);
  EXPECT_EQ(events(joined.fd), POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
}

TEST_F(StreamErrors, ComeOnceAfterTheData) {
  const Joined joined = connected();
  joined.peer->deliver("before");
  joined.peer->reset(ECONNRESET);
  EXPECT_EQ(receive(joined.fd), "before");
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), ECONNRESET);
  EXPECT_EQ(receive(joined.fd), "");
  EXPECT_ERRNO(send(joined.fd, "x"), EPIPE);
}

TEST_F(StreamErrors, SendTellsThemToo) {
  const Joined joined = connected();
  joined.peer->reset(ETIMEDOUT);
  EXPECT_EQ(events(joined.fd), POLLIN | POLLOUT | POLLRDHUP | POLLERR | POLLHUP);
  EXPECT_ERRNO(send(joined.fd, "x"), ETIMEDOUT);
  EXPECT_ERRNO(send(joined.fd, "x"), EPIPE);
}

TEST_F(StreamErrors, SoErrorTakesThem) {
  const Joined joined = connected();
  joined.peer->reset(ECONNRESET);
  EXPECT_EQ(pending_error(joined.fd), ECONNRESET);
  EXPECT_EQ(pending_error(joined.fd), 0);
  EXPECT_EQ(receive(joined.fd), "");
}

volatile std::sig_atomic_t pipe_signals = 0;

// SIGPIPE comes with EPIPE only, on the calling thread, unless MSG_NOSIGNAL.
TEST_F(StreamErrors, PipeSignalComesWithEpipeOnly) {
  struct sigaction action {};
  action.sa_handler = [](int) { pipe_signals = pipe_signals + 1; };
  ::sigaction(SIGPIPE, &action, nullptr);
  const Joined joined = connected();
  joined.peer->reset(ECONNRESET);
  EXPECT_ERRNO(send(joined.fd, "x", 0), ECONNRESET);
  EXPECT_EQ(pipe_signals, 0);
  EXPECT_ERRNO(send(joined.fd, "x", MSG_NOSIGNAL), EPIPE);
  EXPECT_EQ(pipe_signals, 0);
  EXPECT_ERRNO(send(joined.fd, "x", 0), EPIPE);
  EXPECT_EQ(pipe_signals, 1);
  EXPECT_ERRNO(zs_write(joined.fd, "x", 1), EPIPE);
  EXPECT_EQ(pipe_signals, 2);
  ::signal(SIGPIPE, SIG_DFL);
}

TEST_F(StreamErrors, ImpossibleIndicesAreNotBelieved) {
  const Joined joined = connected();
  joined.peer->corrupt_receive_tail(kRing + 1);
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), ENETDOWN);
}

TEST_F(StreamWaking, NothingToReadIsEagain) {
  const Joined joined = connected(SOCK_NONBLOCK);
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), EAGAIN);
  set_blocking(joined.fd);
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, MSG_DONTWAIT), EAGAIN);
}

TEST_F(StreamWaking, DescriptorIsReadableExactlyWhileDataWaits) {
  const Joined joined = connected();
  EXPECT_EQ(kernel_events(joined.fd), POLLOUT);
  joined.peer->deliver("abcdef");
  EXPECT_EQ(kernel_events(joined.fd), POLLIN | POLLOUT);
  EXPECT_EQ(receive(joined.fd, 3), "abc");
  EXPECT_EQ(kernel_events(joined.fd), POLLIN | POLLOUT);
  EXPECT_EQ(receive(joined.fd, 3), "def");
  EXPECT_EQ(kernel_events(joined.fd), POLLOUT);
}

TEST_F(StreamWaking, StrayTokenIsTaken) {
  const Joined joined = connected(SOCK_NONBLOCK);
  joined.peer->send_stray_token();
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), EAGAIN);
  EXPECT_EQ(kernel_events(joined.fd), POLLOUT);
  joined.peer->send_stray_token();
  EXPECT_EQ(events(joined.fd, POLLIN), 0);
  EXPECT_EQ(kernel_events(joined.fd), POLLOUT);
}

TEST_F(StreamWaking, FullRingMakesTheDescriptorUnwritable) {
  const Joined joined = connected(SOCK_NONBLOCK);
  EXPECT_EQ(send(joined.fd, std::string(kRing + 1, 'x')), static_cast<ssize_t>(kRing));
  EXPECT_EQ(kernel_events(joined.fd), 0);
  EXPECT_ERRNO(send(joined.fd, "x"), EAGAIN);
  joined.peer->collect(100);
  EXPECT_EQ(kernel_events(joined.fd), 0);  // less than a third is free
  joined.peer->collect();
  EXPECT_EQ(kernel_events(joined.fd), POLLOUT);
  EXPECT_EQ(joined.peer->unread_in_end(), 1U);
  EXPECT_EQ(send(joined.fd, "x"), 1);
}

TEST_F(StreamWaking, PlugThatWasTakenTooEarlyIsRenewed) {
  const Joined joined = connected(SOCK_NONBLOCK);
  EXPECT_EQ(send(joined.fd, std::string(kRing, 'x')), static_cast<ssize_t>(kRing));
  joined.peer->take_plug();
  EXPECT_EQ(kernel_events(joined.fd), POLLOUT);
  EXPECT_ERRNO(send(joined.fd, "x"), EAGAIN);
  EXPECT_EQ(kernel_events(joined.fd), 0);
}

TEST_F(StreamWaking, BlockedWriterGoesOnWhenThereIsRoom) {
  const Joined joined = connected();
  const std::string data = pattern(kRing * 20);
  std::string received;
  std::jthread network([&] {
    while (received.size() < data.size()) received += joined.peer->collect(3000);
  });
  EXPECT_EQ(send(joined.fd, data), static_cast<ssize_t>(data.size()));
  network.join();
  EXPECT_EQ(received, data);
}

TEST_F(StreamWaking, BlockedReaderGoesOnWithData) {
  const Joined joined = connected();
  const std::string data = pattern(kRing * 20);
  std::jthread network([&] {
    for (std::size_t at = 0; at < data.size(); at += 1000) {
      const std::string piece = data.substr(at, 1000);
      eventually([&] {
        int waiting = 0;
        zs_ioctl(joined.fd, FIONREAD, &waiting);
        return static_cast<std::size_t>(waiting) + piece.size() <= kRing;
      });
      joined.peer->deliver(piece);
    }
  });
  std::string received;
  while (received.size() < data.size()) received += receive(joined.fd, 1700);
  EXPECT_EQ(received, data);
}

TEST_F(StreamWaking, TimeLimitsEndTheWait) {
  const Joined joined = connected();
  limit_time(joined.fd, SO_RCVTIMEO, 20);
  limit_time(joined.fd, SO_SNDTIMEO, 20);
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), EAGAIN);
  EXPECT_EQ(send(joined.fd, std::string(kRing + 5, 'x')), static_cast<ssize_t>(kRing));
  EXPECT_ERRNO(send(joined.fd, "x"), EAGAIN);
}

TEST_F(StreamWaking, PeerClosingWakesABlockedReader) {
  const Joined joined = connected();
  std::jthread network([&] { joined.peer->finish(); });
  EXPECT_EQ(receive(joined.fd), "");
}

TEST_F(StreamWaking, ResetWakesABlockedWriter) {
  const Joined joined = connected();
  ASSERT_EQ(send(joined.fd, std::string(kRing, 'x')), static_cast<ssize_t>(kRing));
  std::jthread network([&] { joined.peer->reset(ECONNRESET); });
  EXPECT_ERRNO(send(joined.fd, "x"), ECONNRESET);
}

TEST_F(StreamWaking, DoorbellRingsOnlyForASleeper) {
  const Joined joined = connected();
  EXPECT_EQ(send(joined.fd, "wake up"), 7);
  EXPECT_TRUE(eventually([&] { return joined.peer->looks() > 0; }));
  daemon.stay_awake();
  const std::uint64_t rings = daemon.doorbells();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(send(joined.fd, "x"), 1);
  EXPECT_LE(daemon.doorbells(), rings + 1);
}

TEST_F(StreamWaking, ReadingPastTheNotifyPositionTellsZsockd) {
  const Joined joined = connected();
  joined.peer->deliver("0123456789");
  const std::uint32_t before = joined.peer->looks();
  joined.peer->set_notify_position(5);
  EXPECT_EQ(receive(joined.fd, 4), "0123");
  EXPECT_EQ(joined.peer->looks(), before);
  EXPECT_EQ(receive(joined.fd, 4), "4567");
  EXPECT_TRUE(eventually([&] { return joined.peer->looks() > before; }));
}

// RFC 9293 3.8.5 (MUST-31): the mark can be found; Linux gives the octet out of line.
TEST_F(StreamUrgent, ReadingStopsAtTheMarkAndPassesIt) {
  const Joined joined = connected();
  joined.peer->deliver("abcDef");
  joined.peer->set_urgent_mark(4);
  EXPECT_EQ(events(joined.fd, POLLPRI), POLLPRI);
  EXPECT_EQ(receive(joined.fd), "abc");
  int at_mark = 0;
  EXPECT_EQ(zs_ioctl(joined.fd, SIOCATMARK, &at_mark), 0);
  EXPECT_EQ(at_mark, 1);
  EXPECT_EQ(receive(joined.fd, 1, MSG_OOB), "D");
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, MSG_OOB), EINVAL);
  EXPECT_EQ(receive(joined.fd), "ef");
}

TEST_F(StreamUrgent, InLineOctetIsData) {
  const Joined joined = connected();
  const int on = 1;
  EXPECT_EQ(zs_setsockopt(joined.fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)), 0);
  joined.peer->deliver("abcDef");
  joined.peer->set_urgent_mark(4);
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, MSG_OOB), EINVAL);
  EXPECT_EQ(receive(joined.fd), "abc");
  EXPECT_EQ(receive(joined.fd), "Def");
}

TEST_F(StreamUrgent, SendingTellsZsockdOfTheLastOctet) {
  const Joined joined = connected();
  EXPECT_EQ(send(joined.fd, "abD", MSG_OOB | MSG_NOSIGNAL), 3);
  EXPECT_EQ(daemon.count(ipc::Op::send_urgent), 1U);
  EXPECT_EQ(joined.peer->collect(), "abD");
}

}  // namespace
}  // namespace zsock::test
