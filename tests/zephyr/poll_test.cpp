#include <gtest/gtest.h>

#include <sys/ioctl.h>

#include <climits>
#include <cstring>
#include <vector>

#include "tests/zephyr/fake_native.h"

namespace zsock::zephyr {
namespace {

using testing::_;
using testing::NiceMock;
using testing::Return;

struct ZephyrPoll : testing::Test {
  NiceMock<FakeNative> native;
  void answers(short revents, int ready) {
    EXPECT_CALL(native, poll).WillOnce([=](pollfd* fds, nfds_t, int) {
      fds[0].revents = revents;
      return ready;
    });
  }
  void has_unread(int octets) {
    EXPECT_CALL(native, ioctl(3, FIONREAD, _)).WillOnce([=](int, unsigned long, void* value) {
      std::memcpy(value, &octets, sizeof octets);
      return 0;
    });
  }
};

TEST_F(ZephyrPoll, PassesTimeoutAndAnswer) {
  EXPECT_CALL(native, poll(_, 2, 0)).WillOnce([](pollfd* fds, nfds_t, int) {
    fds[1].revents = POLLNVAL;
    return 1;
  });
  zsock_pollfd fds[] = {{-1, ZSOCK_POLLIN, 99}, {77, ZSOCK_POLLOUT, 99}};
  EXPECT_EQ(zsock_poll(fds, 2, 0), 1);
  EXPECT_EQ(fds[0].revents, 0);
  EXPECT_EQ(fds[1].revents, ZSOCK_POLLNVAL);
}

TEST_F(ZephyrPoll, TheEndOfAStreamIsHupOnceAllIsRead) {
  zsock_pollfd entry{3, ZSOCK_POLLIN, 0};
  answers(POLLIN | POLLRDHUP, 1);
  has_unread(10);
  EXPECT_EQ(zsock_poll(&entry, 1, -1), 1);
  EXPECT_EQ(entry.revents, ZSOCK_POLLIN);
  answers(POLLIN | POLLRDHUP, 1);
  has_unread(0);
  EXPECT_EQ(zsock_poll(&entry, 1, -1), 1);
  EXPECT_EQ(entry.revents, ZSOCK_POLLIN | ZSOCK_POLLHUP);
}

// Else a half-closed connection would keep a writer from ever waiting.
TEST_F(ZephyrPoll, WhoeverOnlyWritesIsNotWokenByTheEndOfTheStream) {
  EXPECT_CALL(native, poll).WillOnce([](pollfd* fds, nfds_t, int) {
    EXPECT_EQ(fds[0].events, POLLOUT);
    return 0;
  });
  zsock_pollfd entry{3, ZSOCK_POLLOUT, 0};
  EXPECT_EQ(zsock_poll(&entry, 1, 10), 0);
}

TEST_F(ZephyrPoll, ManyDescriptorsAndBadCounts) {
  std::vector<zsock_pollfd> fds(500, {3, ZSOCK_POLLIN, 0});
  EXPECT_CALL(native, poll(_, 500, 1)).WillOnce(Return(0));
  EXPECT_EQ(zsock_poll(fds.data(), 500, 1), 0);
  EXPECT_EQ(zsock_poll(fds.data(), -1, 1), -1);
  EXPECT_EQ(errno, EINVAL);
}

TEST_F(ZephyrPoll, SelectMarksWhatHappened) {
  zsock_fd_set read, write, except;
  for (zsock_fd_set* set : {&read, &write, &except}) ZSOCK_FD_ZERO(set);
  ZSOCK_FD_SET(3, &read);
  ZSOCK_FD_SET(3, &write);
  ZSOCK_FD_SET(3, &except);
  ZSOCK_FD_SET(4, &read);
  EXPECT_CALL(native, poll(_, 2, 1501)).WillOnce([](pollfd* fds, nfds_t, int) {
    EXPECT_EQ(fds[0].events & (POLLIN | POLLOUT | POLLPRI), POLLIN | POLLOUT | POLLPRI);
    fds[0].revents = POLLERR | POLLHUP;  // a failed connect
    return 1;
  });
  timeval timeout{.tv_sec = 1, .tv_usec = 500'001};
  EXPECT_EQ(zsock_select(5, &read, &write, &except, &timeout), 3);
  EXPECT_TRUE(ZSOCK_FD_ISSET(3, &read));
  EXPECT_TRUE(ZSOCK_FD_ISSET(3, &write));
  EXPECT_TRUE(ZSOCK_FD_ISSET(3, &except));
  EXPECT_FALSE(ZSOCK_FD_ISSET(4, &read));
}

TEST_F(ZephyrPoll, SelectKnowsBadDescriptorsAndTimes) {
  zsock_fd_set read;
  ZSOCK_FD_ZERO(&read);
  ZSOCK_FD_SET(9, &read);
  answers(POLLNVAL, 1);
  EXPECT_EQ(zsock_select(10, &read, nullptr, nullptr, nullptr), -1);
  EXPECT_EQ(errno, EBADF);
  timeval never{.tv_sec = -1, .tv_usec = 0};
  EXPECT_EQ(zsock_select(10, &read, nullptr, nullptr, &never), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_CALL(native, poll(_, 0, INT_MAX)).WillOnce(Return(0));
  timeval forever{.tv_sec = LONG_MAX, .tv_usec = 0};
  EXPECT_EQ(zsock_select(0, nullptr, nullptr, nullptr, &forever), 0);
}

TEST_F(ZephyrPoll, DescriptorsOutOfRangeAreIgnored) {
  zsock_fd_set set;
  ZSOCK_FD_ZERO(&set);
  for (const int fd : {-1, ZSOCK_FD_SETSIZE, INT_MAX}) {
    ZSOCK_FD_SET(fd, &set);
    EXPECT_EQ(ZSOCK_FD_ISSET(fd, &set), 0);
    ZSOCK_FD_CLR(fd, &set);
  }
  ZSOCK_FD_SET(ZSOCK_FD_SETSIZE - 1, &set);
  EXPECT_EQ(ZSOCK_FD_ISSET(ZSOCK_FD_SETSIZE - 1, &set), 1);
  ZSOCK_FD_CLR(ZSOCK_FD_SETSIZE - 1, &set);
  EXPECT_EQ(ZSOCK_FD_ISSET(ZSOCK_FD_SETSIZE - 1, &set), 0);
}

}  // namespace
}  // namespace zsock::zephyr
