#include "libzsock/readiness.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <array>

#include "tests/libzsock/library_test_base.h"

namespace zsock::test {
namespace {

constexpr std::size_t kRing = std::size_t{1} << kStreamOrder;

using Poll = LibraryTest;
using Select = LibraryTest;

TEST_F(Poll, MixesSocketsWithOtherDescriptors) {
  const Joined joined = connected();
  const int event = ::eventfd(1, 0);
  std::array<pollfd, 4> entries{pollfd{joined.fd, POLLIN, 0}, pollfd{event, POLLIN, 0},
                                pollfd{-1, POLLIN, 77}, pollfd{999, POLLIN, 0}};
  EXPECT_EQ(zs_poll(entries.data(), entries.size(), -1), 2);
  EXPECT_EQ(entries[0].revents, 0);
  EXPECT_EQ(entries[1].revents, POLLIN);
  EXPECT_EQ(entries[2].revents, 0);
  EXPECT_EQ(entries[3].revents, POLLNVAL);
  ::close(event);
}

TEST_F(Poll, WaitsForData) {
  const Joined joined = connected();
  pollfd entry{.fd = joined.fd, .events = POLLIN, .revents = 0};
  EXPECT_EQ(zs_poll(&entry, 1, 0), 0);
  EXPECT_EQ(zs_poll(&entry, 1, 10), 0);
  std::jthread network([&] { joined.peer->deliver("x"); });
  EXPECT_EQ(zs_poll(&entry, 1, -1), 1);
  EXPECT_EQ(entry.revents, POLLIN);
}

TEST_F(Poll, TellsOfSeveralAtOnceWhatTheRingsHold) {
  std::array<Joined, 3> joined{connected(), connected(), bound_datagram()};
  std::array<pollfd, 4> entries{pollfd{joined[0].fd, POLLIN | POLLOUT, 0},
                                pollfd{joined[1].fd, POLLIN | POLLOUT, 0},
                                pollfd{joined[2].fd, POLLIN, 0}, pollfd{-1, POLLIN, 77}};
  const auto poll_now = [&] { return zs_poll(entries.data(), entries.size(), 0); };
  joined[0].peer->deliver("x");
  EXPECT_EQ(send(joined[1].fd, std::string(kRing, 'x')), static_cast<ssize_t>(kRing));
  EXPECT_EQ(poll_now(), 1);
  EXPECT_EQ(entries[0].revents, POLLIN | POLLOUT);
  EXPECT_EQ(entries[1].revents, 0);
  EXPECT_EQ(entries[2].revents, 0);
  EXPECT_EQ(entries[3].revents, 0);
  EXPECT_EQ(receive(joined[0].fd), "x");
  joined[1].peer->collect();
  DatagramHeader header;
  header.family = 4;
  header.payload_size = header.full_size = 1;
  joined[2].peer->deliver(header, "y");
  EXPECT_EQ(poll_now(), 3);
  EXPECT_EQ(entries[0].revents, POLLOUT);
  EXPECT_EQ(entries[1].revents, POLLOUT);
  EXPECT_EQ(entries[2].revents, POLLIN);
  joined[0].peer->finish();
  EXPECT_EQ(poll_now(), 3);
  EXPECT_EQ(entries[0].revents, POLLIN | POLLOUT);
}

TEST_F(Poll, SeesTheDeathOfZsockdWithoutEverWaiting) {
  const std::array<Joined, 2> joined{connected(), connected()};
  std::array<pollfd, 2> entries{pollfd{joined[0].fd, POLLIN, 0}, pollfd{joined[1].fd, POLLIN, 0}};
  EXPECT_EQ(zs_poll(entries.data(), entries.size(), 0), 0);
  daemon.vanish();
  EXPECT_TRUE(eventually([&] { return zs_poll(entries.data(), entries.size(), 0) == 2; }));
  EXPECT_NE(entries[0].revents & POLLERR, 0);
}

TEST_F(Poll, WaitsForRoom) {
  const Joined joined = connected();
  ASSERT_EQ(send(joined.fd, std::string(kRing, 'x')), static_cast<ssize_t>(kRing));
  pollfd entry{.fd = joined.fd, .events = POLLOUT, .revents = 0};
  EXPECT_EQ(zs_poll(&entry, 1, 0), 0);
  std::jthread network([&] { joined.peer->collect(); });
  EXPECT_EQ(zs_poll(&entry, 1, -1), 1);
  EXPECT_EQ(entry.revents, POLLOUT);
}

TEST_F(Poll, StrayTokenDoesNotEndTheWait) {
  const Joined joined = connected();
  joined.peer->send_stray_token();
  pollfd entry{.fd = joined.fd, .events = POLLIN, .revents = 0};
  EXPECT_EQ(zs_poll(&entry, 1, 10), 0);
}

TEST_F(Poll, FailureWakesWhateverWasAsked) {
  const Joined joined = open(SOCK_STREAM | SOCK_NONBLOCK);
  EXPECT_ERRNO(connect_to(joined.fd), EINPROGRESS);
  std::jthread network([&] { joined.peer->refuse(ETIMEDOUT); });
  pollfd entry{.fd = joined.fd, .events = POLLOUT, .revents = 0};
  EXPECT_EQ(zs_poll(&entry, 1, -1), 1);
  EXPECT_EQ(entry.revents, POLLOUT | POLLERR | POLLHUP);
  entry.events = 0;
  EXPECT_EQ(zs_poll(&entry, 1, -1), 1);
  EXPECT_EQ(pending_error(joined.fd), ETIMEDOUT);
}

TEST_F(Poll, ChecksItsArguments) {
  EXPECT_ERRNO(zs_poll(nullptr, 1, 0), EFAULT);
  EXPECT_EQ(zs_poll(nullptr, 0, 1), 0);
}

TEST_F(Select, SortsIntoSetsAndLeavesTheRest) {
  const Joined joined = connected();
  joined.peer->deliver("x");
  const Joined idle = listening();
  fd_set readable;
  fd_set writable;
  FD_ZERO(&readable);
  FD_ZERO(&writable);
  FD_SET(joined.fd, &readable);
  FD_SET(idle.fd, &readable);
  FD_SET(joined.fd, &writable);
  timeval limit{.tv_sec = 5, .tv_usec = 0};
  EXPECT_EQ(zs_select(std::max(joined.fd, idle.fd) + 1, &readable, &writable, nullptr, &limit), 2);
  EXPECT_TRUE(FD_ISSET(joined.fd, &readable));
  EXPECT_FALSE(FD_ISSET(idle.fd, &readable));
  EXPECT_TRUE(FD_ISSET(joined.fd, &writable));
  EXPECT_GE(limit.tv_sec, 4);
}

TEST_F(Select, FailedConnectIsWritableAndReadable) {
  const Joined joined = open(SOCK_STREAM | SOCK_NONBLOCK);
  EXPECT_ERRNO(connect_to(joined.fd), EINPROGRESS);
  joined.peer->refuse(ECONNREFUSED);
  fd_set readable;
  fd_set writable;
  FD_ZERO(&readable);
  FD_ZERO(&writable);
  FD_SET(joined.fd, &readable);
  FD_SET(joined.fd, &writable);
  EXPECT_EQ(zs_select(joined.fd + 1, &readable, &writable, nullptr, nullptr), 2);
}

TEST_F(Select, UrgentDataIsExceptional) {
  const Joined joined = connected();
  joined.peer->deliver("aU");
  joined.peer->set_urgent_mark(2);
  fd_set exceptional;
  FD_ZERO(&exceptional);
  FD_SET(joined.fd, &exceptional);
  EXPECT_EQ(zs_select(joined.fd + 1, nullptr, nullptr, &exceptional, nullptr), 1);
}

TEST_F(Select, ChecksItsArguments) {
  fd_set set;
  FD_ZERO(&set);
  timeval limit{.tv_sec = 0, .tv_usec = 1000};
  EXPECT_EQ(zs_select(0, nullptr, nullptr, nullptr, &limit), 0);
  EXPECT_EQ(limit.tv_usec, 0);
  EXPECT_ERRNO(zs_select(-1, &set, nullptr, nullptr, nullptr), EINVAL);
  limit.tv_sec = -1;
  EXPECT_ERRNO(zs_select(1, &set, nullptr, nullptr, &limit), EINVAL);
  FD_SET(999, &set);
  EXPECT_ERRNO(zs_select(1000, &set, nullptr, nullptr, nullptr), EBADF);
}

}  // namespace
}  // namespace zsock::test
