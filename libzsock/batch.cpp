/// \file
/// Several messages with one call: zs_sendmmsg, zs_recvmmsg.

#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "libzsock/wait.h"
#include "zsock/zsock.h"

namespace {

constexpr unsigned kMostMessages = UIO_MAXIOV;  // as Linux
constexpr std::int64_t kSecond = 1'000'000'000;

bool valid(const timespec* limit) {
  return limit == nullptr ||
         (limit->tv_sec >= 0 && limit->tv_nsec >= 0 && limit->tv_nsec < kSecond);
}

}  // namespace

int zs_sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  count = std::min(count, kMostMessages);
  for (unsigned i = 0; i < count; ++i) {
    const ssize_t sent = zs_sendmsg(fd, &messages[i].msg_hdr, flags);
    if (sent < 0) return i > 0 ? static_cast<int>(i) : -1;
    messages[i].msg_len = static_cast<unsigned>(sent);
  }
  return static_cast<int>(count);
}

int zs_recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags, const timespec* limit) {
  if (!valid(limit)) {
    errno = EINVAL;
    return -1;
  }
  const std::int64_t start = zsock::lib::now_ns();
  const std::int64_t time = limit == nullptr ? 0 : limit->tv_sec * kSecond + limit->tv_nsec;
  int wait = flags & ~MSG_WAITFORONE;
  count = std::min(count, kMostMessages);
  for (unsigned i = 0; i < count; ++i) {
    const ssize_t received = zs_recvmsg(fd, &messages[i].msg_hdr, wait);
    if (received < 0) return i > 0 ? static_cast<int>(i) : -1;
    messages[i].msg_len = static_cast<unsigned>(received);
    if ((flags & MSG_WAITFORONE) != 0) wait |= MSG_DONTWAIT;
    const bool late = limit != nullptr && zsock::lib::now_ns() - start >= time;
    if (late) return static_cast<int>(i + 1);
  }
  return static_cast<int>(count);
}
