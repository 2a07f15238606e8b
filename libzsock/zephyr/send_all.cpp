/// \file
/// zsock_send_all(), and handles of sockets.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

#include "libzsock/zephyr/pair.h"

namespace zsock::zephyr {
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point end_of(k_timeout_t timeout) {
  if (timeout.ticks < 0) return Clock::time_point::max();
  return Clock::now() +
         std::chrono::microseconds(timeout.ticks * 1'000'000 / CONFIG_SYS_CLOCK_TICKS_PER_SEC);
}

/// \return 0: there may be room; -EAGAIN: the time is over; another negative errno
int wait_for_room(int sock, Clock::time_point end) {
  int wait = -1;
  if (end != Clock::time_point::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return -EAGAIN;
    wait = static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
  }
  zsock_pollfd entry{.fd = sock, .events = ZSOCK_POLLOUT, .revents = 0};
  return zsock_poll(&entry, 1, wait) < 0 ? -errno : 0;
}

}  // namespace
}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

int zsock_send_all(int sock, const void* buf, size_t len, int flags, k_timeout_t timeout,
                   size_t* sent) {
  const auto end = end_of(timeout);
  const auto* const octets = static_cast<const char*>(buf);
  std::size_t done = 0;
  int error = 0;
  while (done < len && error == 0) {
    const ssize_t length = zsock_send(sock, octets + done, len - done, flags | ZSOCK_MSG_DONTWAIT);
    if (length >= 0) done += static_cast<std::size_t>(length);
    if (length < 0) error = errno == EAGAIN ? wait_for_room(sock, end) : -errno;
  }
  if (sent != nullptr) *sent = done;
  return error;
}

void* zsock_get_context_object(int sock) {
  if (is_ours(sock)) return reinterpret_cast<void*>(static_cast<std::intptr_t>(sock) + 1);
  errno = EBADF;
  return nullptr;
}
