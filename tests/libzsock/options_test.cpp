#include "libzsock/options.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include <array>
#include <limits>

#include "tests/libzsock/library_test_base.h"

namespace zsock::test {
namespace {

class Options : public LibraryTest {
 protected:
  static int number(int fd, int level, int name) {
    int value = -1;
    socklen_t length = sizeof(value);
    EXPECT_EQ(zs_getsockopt(fd, level, name, &value, &length), 0);
    EXPECT_EQ(length, sizeof(value));
    return value;
  }
};
using IoControl = LibraryTest;

TEST_F(Options, KindOfSocketIsKnownWithoutAsking) {
  const Joined stream = open(SOCK_STREAM);
  const Joined datagram = open(SOCK_DGRAM, AF_INET6);
  EXPECT_EQ(number(stream.fd, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  EXPECT_EQ(number(stream.fd, SOL_SOCKET, SO_DOMAIN), AF_INET);
  EXPECT_EQ(number(stream.fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
  EXPECT_EQ(number(stream.fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
  EXPECT_EQ(number(datagram.fd, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
  EXPECT_EQ(number(datagram.fd, SOL_SOCKET, SO_DOMAIN), AF_INET6);
  EXPECT_EQ(number(datagram.fd, SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDP);
  EXPECT_EQ(number(listening().fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
  EXPECT_EQ(daemon.count(ipc::Op::get_option), 0U);
  const int one = 1;
  EXPECT_ERRNO(zs_setsockopt(stream.fd, SOL_SOCKET, SO_TYPE, &one, sizeof(one)), ENOPROTOOPT);
}

TEST_F(Options, OthersGoToZsockdInLinuxNumbers) {
  const Joined joined = open(SOCK_STREAM);
  const int on = 1;
  EXPECT_EQ(zs_setsockopt(joined.fd, IPPROTO_TCP, TCP_KEEPINTVL, &on, sizeof(on)), 0);
  EXPECT_EQ(daemon.count(ipc::Op::set_option), 1U);
  EXPECT_EQ(daemon.last(ipc::Op::set_option).a, IPPROTO_TCP);
  EXPECT_EQ(daemon.last(ipc::Op::set_option).b, TCP_KEEPINTVL);
  EXPECT_EQ(daemon.last(ipc::Op::set_option).value_size, sizeof(on));
  EXPECT_EQ(number(joined.fd, IPPROTO_TCP, TCP_KEEPINTVL), 1);
  std::array<char, 2> small{};
  socklen_t length = small.size();
  EXPECT_EQ(zs_getsockopt(joined.fd, IPPROTO_TCP, TCP_KEEPINTVL, small.data(), &length), 0);
  EXPECT_EQ(length, 2U);
}

// What is never refused stands in the slot: before connect() even the doorbell stays silent.
TEST_F(Options, NoDelayNeedsNoRequest) {
  const Joined joined = open(SOCK_STREAM);
  const std::uint64_t doorbells = daemon.doorbells();
  const int on = 1;
  const int off = 0;
  EXPECT_EQ(zs_setsockopt(joined.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
  EXPECT_EQ(daemon.doorbells(), doorbells);
  EXPECT_EQ(number(joined.fd, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(zs_setsockopt(joined.fd, IPPROTO_TCP, TCP_NODELAY, &off, sizeof(off)), 0);
  EXPECT_EQ(number(joined.fd, IPPROTO_TCP, TCP_NODELAY), 0);
  EXPECT_EQ(daemon.count(ipc::Op::set_option), 1U) << "what switches off is asked for";
  // On a connection the moment may matter: zsockd is told at once.
  joined.peer->set_flags(ipc::status_flag::kConnected);
  EXPECT_EQ(zs_setsockopt(joined.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
  eventually([&] { return daemon.doorbells() > doorbells; });
  EXPECT_EQ(daemon.count(ipc::Op::set_option), 1U);
}

TEST_F(Options, ErrorsOfZsockdPassThrough) {
  const Joined joined = open(SOCK_STREAM);
  const int on = 1;
  int value = 0;
  socklen_t length = sizeof(value);
  EXPECT_ERRNO(zs_getsockopt(joined.fd, SOL_SOCKET, 4711, &value, &length), ENOPROTOOPT);
  for (const int error : {EINVAL, ENOPROTOOPT, EOPNOTSUPP, EPERM, EDOM}) {
    daemon.answer_with([error](const ipc::Request&) { return error; });
    EXPECT_ERRNO(zs_setsockopt(joined.fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)), error);
    EXPECT_ERRNO(zs_getsockopt(joined.fd, SOL_SOCKET, SO_BROADCAST, &value, &length), error);
  }
}

TEST_F(Options, PointersAndLengthsAreChecked) {
  const Joined joined = open(SOCK_STREAM);
  int value = 0;
  socklen_t length = static_cast<socklen_t>(-1);
  EXPECT_ERRNO(zs_getsockopt(joined.fd, SOL_SOCKET, SO_TYPE, &value, &length), EINVAL);
  EXPECT_ERRNO(zs_getsockopt(joined.fd, SOL_SOCKET, SO_TYPE, nullptr, &length), EFAULT);
  EXPECT_ERRNO(zs_getsockopt(joined.fd, SOL_SOCKET, SO_TYPE, &value, nullptr), EFAULT);
  EXPECT_ERRNO(zs_setsockopt(joined.fd, SOL_SOCKET, SO_BROADCAST, nullptr, 4), EFAULT);
  EXPECT_ERRNO(zs_setsockopt(joined.fd, SOL_SOCKET, SO_BROADCAST, &value, length), EINVAL);
}

TEST_F(Options, TimeLimitsAreTheKernels) {
  const Joined joined = open(SOCK_STREAM);
  const timeval wrong{.tv_sec = 0, .tv_usec = 1'000'000};
  EXPECT_ERRNO(zs_setsockopt(joined.fd, SOL_SOCKET, SO_RCVTIMEO, &wrong, sizeof(wrong)), EDOM);
  EXPECT_ERRNO(zs_setsockopt(joined.fd, SOL_SOCKET, SO_RCVTIMEO, &wrong, 3), EINVAL);
  limit_time(joined.fd, SO_SNDTIMEO, 2000);
  timeval read{};
  socklen_t length = sizeof(read);
  EXPECT_EQ(zs_getsockopt(joined.fd, SOL_SOCKET, SO_SNDTIMEO, &read, &length), 0);
  EXPECT_EQ(read.tv_sec, 2);
  EXPECT_EQ(daemon.count(ipc::Op::set_option), 0U);
}

TEST_F(IoControl, CountsWhatIsThere) {
  const Joined joined = connected();
  int value = -1;
  EXPECT_EQ(zs_ioctl(joined.fd, FIONREAD, &value), 0);
  EXPECT_EQ(value, 0);
  joined.peer->deliver("12345");
  EXPECT_EQ(send(joined.fd, "abc"), 3);
  EXPECT_EQ(zs_ioctl(joined.fd, FIONREAD, &value), 0);
  EXPECT_EQ(value, 5);
  EXPECT_EQ(zs_ioctl(joined.fd, SIOCOUTQ, &value), 0);
  EXPECT_EQ(value, 3);
  joined.peer->collect();
  EXPECT_EQ(zs_ioctl(joined.fd, SIOCOUTQ, &value), 0);
  EXPECT_EQ(value, 0);
  EXPECT_EQ(zs_ioctl(joined.fd, SIOCATMARK, &value), 0);
  EXPECT_EQ(value, 0);
}

TEST_F(IoControl, SwitchesNonBlocking) {
  const Joined joined = connected();
  int on = 1;
  EXPECT_EQ(zs_ioctl(joined.fd, FIONBIO, &on), 0);
  std::array<char, 4> buffer{};
  EXPECT_ERRNO(zs_recv(joined.fd, buffer.data(), 4, 0), EAGAIN);
}

TEST_F(IoControl, RefusesWhatItDoesNotKnow) {
  const Joined joined = connected();
  int value = 0;
  EXPECT_ERRNO(zs_ioctl(joined.fd, 0x1234, &value), ENOTTY);
  EXPECT_ERRNO(zs_ioctl(joined.fd, FIONREAD, nullptr), EFAULT);
  EXPECT_ERRNO(zs_fcntl(joined.fd, 4711, 0), EINVAL);
  const Joined listener = listening();
  EXPECT_ERRNO(zs_ioctl(listener.fd, SIOCOUTQ, &value), EINVAL);
  const Joined datagram = bound_datagram();
  EXPECT_ERRNO(zs_ioctl(datagram.fd, SIOCATMARK, &value), ENOTTY);
}

}  // namespace
}  // namespace zsock::test
