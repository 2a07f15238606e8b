/// \file
/// poll(), select() and epoll (conformance 2.5).

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include "tests/posix/support/deviations.h"
#include "tests/posix/support/sockets.h"
#include "tests/posix/support/stage.h"

namespace zsock::posix {
namespace {

TEST(Poll, ConnectedAndIdle) {
  const Pair pair = connected();
  EXPECT_EQ(events(pair.client), "OUT");
  EXPECT_EQ(send_outcome(pair.server, "x"), "1");
  EXPECT_EQ(events_become(pair.client, "IN|OUT"), "IN|OUT");
}

TEST(Poll, FullIsNotWritable) {
  const Pair pair = connected();
  const std::string much(1 << 16, 'x');
  ASSERT_TRUE(eventually([&] {
    while (send_outcome(pair.client, much) != "EAGAIN") {
    }
    return events(pair.client) == "0";
  }));
  // Room comes when the peer reads.
  EXPECT_TRUE(eventually([&] {
    received(pair.server, 0, 1 << 16);
    return events(pair.client) == "OUT";
  }));
}

int never_sent(int fd) {
  int octets = -1;
  EXPECT_EQ(outcome(::ioctl(fd, SIOCOUTQNSD, &octets)), "0");
  return octets;
}

/// Writes until nothing more is taken and nothing is in motion.
void fill(int fd) {
  const std::string much(100000, 'x');
  ASSERT_TRUE(eventually([&] {
    while (send_outcome(fd, much) != "EAGAIN") {
    }
    std::this_thread::sleep_for(kMoment);
    return send_outcome(fd, much) == "EAGAIN" && events(fd) == "0";
  }));
}

// TCP_NOTSENT_LOWAT (tcp(7)): what waits to be sent is limited, whatever room there is.
TEST(Poll, UnsentLimitStopsTheWriter) {
  const Pair pair = connected();
  EXPECT_EQ(set_option(pair.client, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 10000), "0");
  fill(pair.client);
  EXPECT_GE(never_sent(pair.client), 10000);
  EXPECT_LT(never_sent(pair.client), 10000 + 2 * 65536) << "one super-segment more";
  // As soon as the rest is on its way.
  EXPECT_TRUE(eventually([&] {
    received(pair.server, 0, 1 << 16);
    return events(pair.client) == "OUT";
  }));
  EXPECT_LT(never_sent(pair.client), 5000) << "half of it";
}

TEST(Poll, UnsentLimitSetLater) {
  const Pair pair = connected();
  const std::string some(20000, 'x');
  ASSERT_TRUE(eventually([&] {
    send_outcome(pair.client, some);
    return never_sent(pair.client) > 60000;
  }));
  EXPECT_EQ(events(pair.client), "OUT");
  EXPECT_EQ(set_option(pair.client, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 60000), "0");
  EXPECT_EQ(events(pair.client), "0");
  EXPECT_EQ(send_outcome(pair.client, some), "EAGAIN");
  EXPECT_EQ(set_option(pair.client, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 0), "0") << "no limit";
  EXPECT_EQ(events_become(pair.client, "OUT"), "OUT");
  EXPECT_NE(send_outcome(pair.client, some), "EAGAIN");
}

TEST(Poll, UnsentLimitAndABlockingWriter) {
  const Pair pair = connected();
  EXPECT_EQ(set_option(pair.client, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1), "0");
  set_blocking(pair.client, true);
  const std::string much(3'000'000, 'x');
  std::string sent;
  std::thread writer([&] { sent = send_outcome(pair.client, much); });
  EXPECT_TRUE(takes(pair.server, much.size()));
  writer.join();
  EXPECT_EQ(sent, "3000000");
}

TEST(Poll, UnsentLimitAndEdges) {
  const Pair pair = connected();
  EXPECT_EQ(set_option(pair.client, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 30000), "0");
  fill(pair.client);
  const Fd set(::epoll_create1(0));
  epoll_event wanted{.events = EPOLLOUT | EPOLLET, .data = {.fd = pair.client}};
  ASSERT_EQ(::epoll_ctl(set, EPOLL_CTL_ADD, pair.client, &wanted), 0);
  epoll_event event{};
  EXPECT_EQ(::epoll_wait(set, &event, 1, 0), 0);
  std::thread reader([&] {
    EXPECT_TRUE(eventually([&] {
      received(pair.server, 0, 1 << 16);
      return never_sent(pair.client) == 0;
    }));
  });
  EXPECT_EQ(::epoll_wait(set, &event, 1, 10000), 1);
  EXPECT_EQ(event.events, EPOLLOUT);
  reader.join();
}

TEST(Poll, LeastToRead) {
  const Pair pair = connected();
  EXPECT_EQ(option(pair.client, SOL_SOCKET, SO_RCVLOWAT), "1");
  EXPECT_EQ(set_option(pair.client, SOL_SOCKET, SO_RCVLOWAT, 10), "0");
  EXPECT_EQ(option(pair.client, SOL_SOCKET, SO_RCVLOWAT), "10");
  EXPECT_EQ(send_outcome(pair.server, "12345"), "5");
  std::this_thread::sleep_for(kMoment);
  EXPECT_EQ(events(pair.client), "OUT");
  EXPECT_EQ(send_outcome(pair.server, "67890"), "5");
  EXPECT_EQ(events_become(pair.client, "IN|OUT"), "IN|OUT");
  EXPECT_EQ(received(pair.client, 0, 4), "\"1234\"");
  EXPECT_EQ(events(pair.client), "OUT") << "six are left";
  EXPECT_EQ(set_option(pair.client, SOL_SOCKET, SO_RCVLOWAT, 0), "0");
  EXPECT_EQ(option(pair.client, SOL_SOCKET, SO_RCVLOWAT), "1");
  EXPECT_EQ(events_become(pair.client, "IN|OUT"), "IN|OUT");
  EXPECT_EQ(received(pair.client), "\"567890\"");
}

TEST(Poll, LeastToReadAndTheEnd) {
  const Pair pair = connected();
  EXPECT_EQ(set_option(pair.client, SOL_SOCKET, SO_RCVLOWAT, 10), "0");
  EXPECT_EQ(send_outcome(pair.server, "12"), "2");
  EXPECT_EQ(shutdown_outcome(pair.server, SHUT_WR), "0");
  EXPECT_EQ(events_become(pair.client, "IN|OUT|RDHUP"), "IN|OUT|RDHUP");
  set_blocking(pair.client, true);
  EXPECT_EQ(received(pair.client), "\"12\"");
}

TEST(Poll, BlockingReadWaitsForTheLeast) {
  const Pair pair = connected();
  EXPECT_EQ(set_option(pair.client, SOL_SOCKET, SO_RCVLOWAT, 4), "0");
  set_blocking(pair.client, true);
  std::thread rest([&] {
    for (const char* part : {"ab", "cd"}) {
      std::this_thread::sleep_for(kMoment);
      send_outcome(pair.server, part);
    }
  });
  EXPECT_EQ(received(pair.client), "\"abcd\"");
  rest.join();
}

TEST(Poll, UrgentAloneWakes) {
  const Pair pair = connected();
  EXPECT_EQ(send_outcome(pair.server, "!", MSG_OOB), "1");
  EXPECT_TRUE(becomes(pair.client, urgent_event()));
}

TEST(Poll, SelectShowsUrgentAsException) {
  const Pair pair = connected();
  EXPECT_EQ(send_outcome(pair.server, "!", MSG_OOB), "1");
  fd_set set;
  FD_ZERO(&set);
  FD_SET(pair.client, &set);
  fd_set* const readable = urgent_event() == POLLIN ? &set : nullptr;
  fd_set* const exceptional = urgent_event() == POLLPRI ? &set : nullptr;
  timeval limit{.tv_sec = 10, .tv_usec = 0};
  EXPECT_EQ(outcome(::select(pair.client + 1, readable, nullptr, exceptional, &limit)), "1");
  EXPECT_TRUE(FD_ISSET(pair.client, &set));
}

TEST(Poll, MixedDescriptors) {
  const Pair pair = connected();
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  std::array<pollfd, 2> entries{{{.fd = pair.client, .events = POLLIN, .revents = 0},
                                 {.fd = pipe[0], .events = POLLIN, .revents = 0}}};
  EXPECT_EQ(outcome(::poll(entries.data(), 2, 10)), "0");
  EXPECT_EQ(outcome(::write(pipe[1], "x", 1)), "1");
  EXPECT_EQ(outcome(::poll(entries.data(), 2, 10000)), "1");
  EXPECT_EQ(entries[1].revents, POLLIN);
  EXPECT_EQ(send_outcome(pair.server, "x"), "1");
  EXPECT_TRUE(becomes(pair.client, POLLIN));
  EXPECT_EQ(outcome(::poll(entries.data(), 2, 10000)), "2");
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(pair.client, &readable);
  FD_SET(pipe[0], &readable);
  const int most = std::max<int>(pair.client, pipe[0]) + 1;
  EXPECT_EQ(outcome(::select(most, &readable, nullptr, nullptr, nullptr)), "2");
  ::close(pipe[0]);
  ::close(pipe[1]);
}

/// What an epoll set says of its one socket: "IN|OUT", "none".
std::string edge(int set) {
  epoll_event event{};
  if (::epoll_wait(set, &event, 1, 50) != 1) return "none";
  std::string text;
  if ((event.events & EPOLLIN) != 0) text += "IN";
  if ((event.events & EPOLLOUT) != 0) text += text.empty() ? "OUT" : "|OUT";
  return text;
}

TEST(Poll, EpollEdges) {
  const Pair pair = connected();
  const Fd set(::epoll_create1(0));
  epoll_event wanted{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.fd = pair.client}};
  ASSERT_EQ(::epoll_ctl(set, EPOLL_CTL_ADD, pair.client, &wanted), 0);
  EXPECT_EQ(edge(set), "OUT");
  EXPECT_EQ(edge(set), "none");
  EXPECT_EQ(send_outcome(pair.server, "a"), "1");
  EXPECT_EQ(edge(set), "IN|OUT");
  EXPECT_EQ(edge(set), "none");
  EXPECT_EQ(received(pair.client), "\"a\"");
  EXPECT_EQ(send_outcome(pair.server, "b"), "1");
  EXPECT_EQ(edge(set), "IN|OUT");
}

TEST(Poll, ErrorIsAlwaysTold) {
  Pair pair = connected();
  reset_connection(pair.server);
  pollfd entry{.fd = pair.client, .events = 0, .revents = 0};
  EXPECT_TRUE(eventually([&] {
    ::poll(&entry, 1, 0);
    return entry.revents == (POLLERR | POLLHUP);
  }));
  EXPECT_EQ(pending_error(pair.client), "ECONNRESET");
  ::poll(&entry, 1, 0);
  EXPECT_EQ(entry.revents, is_shim() ? POLLERR | POLLHUP : POLLHUP) << "SO_ERROR takes it";
}

}  // namespace
}  // namespace zsock::posix
