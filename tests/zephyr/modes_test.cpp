#include <gtest/gtest.h>

#include <sys/ioctl.h>

#include <cstring>

#include "tests/zephyr/fake_native.h"

namespace zsock::zephyr {
namespace {

using testing::_;
using testing::NiceMock;
using testing::Return;

struct ZephyrModes : testing::Test {
  NiceMock<FakeNative> native;
};

TEST_F(ZephyrModes, FlagsAreNonblockOrNothing) {
  EXPECT_CALL(native, fcntl(3, F_GETFL, _))
      .WillOnce(Return(O_RDWR))
      .WillOnce(Return(O_RDWR | O_NONBLOCK));
  EXPECT_EQ(zsock_fcntl(3, F_GETFL), 0);
  EXPECT_EQ(zsock_fcntl(3, F_GETFL, 0), O_NONBLOCK);
}

TEST_F(ZephyrModes, BothNumbersOfNonblockAreTaken) {
  EXPECT_CALL(native, fcntl(3, F_GETFL, _)).WillRepeatedly(Return(O_RDWR));
  EXPECT_CALL(native, fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK)).Times(2).WillRepeatedly(Return(0));
  EXPECT_CALL(native, fcntl(3, F_SETFL, O_RDWR)).WillOnce(Return(0));
  EXPECT_EQ(zsock_fcntl(3, F_SETFL, 0x4000), 0);
  EXPECT_EQ(zsock_fcntl(3, F_SETFL, 0x800), 0);
  EXPECT_EQ(zsock_fcntl(3, F_SETFL, 0), 0);
}

TEST_F(ZephyrModes, TheCallersNonblockComesBack) {
  EXPECT_CALL(native, fcntl(3, F_GETFL, _)).WillRepeatedly(Return(O_RDWR | O_NONBLOCK));
  EXPECT_EQ(zsock_fcntl_flavoured(0x4000, 3, F_GETFL), 0x4000);
}

TEST_F(ZephyrModes, OtherCommandsAreErrors) {
  EXPECT_EQ(zsock_fcntl(3, F_DUPFD, 0), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(zsock_fcntl(3, F_SETLK, nullptr), -1);
  EXPECT_EQ(errno, EOPNOTSUPP);
}

TEST_F(ZephyrModes, FionbioAlwaysMeansNotToWait) {
  EXPECT_CALL(native, fcntl(3, F_GETFL, _)).WillRepeatedly(Return(O_RDWR));
  EXPECT_CALL(native, fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK)).WillOnce(Return(0));
  int off = 0;
  EXPECT_EQ(zsock_ioctl(3, ZFD_IOCTL_FIONBIO, &off), 0);
}

TEST_F(ZephyrModes, UnacknowledgedOctetsAreOfStreamsOnly) {
  int type = SOCK_DGRAM;
  ON_CALL(native, getsockopt(3, SOL_SOCKET, SO_TYPE, _, _))
      .WillByDefault([&type](int, int, int, void* value, socklen_t*) {
        std::memcpy(value, &type, sizeof type);
        return 0;
      });
  int octets = 0;
  EXPECT_EQ(zsock_ioctl(3, ZFD_IOCTL_FIONWRITE, &octets), -1);
  EXPECT_EQ(errno, EOPNOTSUPP);
  type = SOCK_STREAM;
  EXPECT_CALL(native, ioctl(3, TIOCOUTQ, &octets)).WillOnce(Return(0));
  EXPECT_EQ(zsock_ioctl(3, ZFD_IOCTL_FIONWRITE, &octets), 0);
}

}  // namespace
}  // namespace zsock::zephyr
