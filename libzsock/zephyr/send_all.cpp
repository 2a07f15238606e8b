/// \file
/// zsock_send_all(), zsock_sendmsg_all(), and handles of sockets.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <new>
#include <span>
#include <vector>

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

/// Calls send_more() until it has sent `wanted` octets, or fails, or the time is over.
template <class SendMore>
int send_until_done(int sock, std::size_t wanted, k_timeout_t timeout, std::size_t* sent,
                    SendMore send_more) {
  const auto end = end_of(timeout);
  std::size_t done = 0;
  int error = 0;
  while (done < wanted && error == 0) {
    const ssize_t length = send_more(done);
    if (length >= 0) done += static_cast<std::size_t>(length);
    if (length < 0) error = errno == EAGAIN ? wait_for_room(sock, end) : -errno;
  }
  if (sent != nullptr) *sent = done;
  return error;
}

/// The pieces behind the first `skipped` octets.
void pieces_from(std::span<const net_iovec> all, std::size_t skipped,
                 std::vector<net_iovec>& pieces) {
  pieces.clear();
  for (const net_iovec& piece : all) {
    const std::size_t gone = std::min(skipped, piece.iov_len);
    skipped -= gone;
    if (gone == piece.iov_len) continue;
    pieces.push_back({static_cast<char*>(piece.iov_base) + gone, piece.iov_len - gone});
  }
}

std::size_t octets_of(std::span<const net_iovec> pieces) {
  std::size_t octets = 0;
  for (const net_iovec& piece : pieces) octets += piece.iov_len;
  return octets;
}

}  // namespace
}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

int zsock_send_all(int sock, const void* buf, size_t len, int flags, k_timeout_t timeout,
                   size_t* sent) {
  const auto* const octets = static_cast<const char*>(buf);
  return send_until_done(sock, len, timeout, sent, [&](std::size_t done) {
    return zsock_send(sock, octets + done, len - done, flags | ZSOCK_MSG_DONTWAIT);
  });
}

int zsock_sendmsg_all(int sock, const net_msghdr* msg, int flags, k_timeout_t timeout,
                      size_t* sent) try {
  if (sent != nullptr) *sent = 0;
  if (msg == nullptr) return -EINVAL;
  if (msg->msg_iov == nullptr || msg->msg_iovlen == 0) return -ENOMEM;
  const std::span<const net_iovec> all(msg->msg_iov, msg->msg_iovlen);
  net_msghdr part = *msg;
  std::vector<net_iovec> pieces;
  return send_until_done(sock, octets_of(all), timeout, sent, [&](std::size_t done) {
    pieces_from(all, done, pieces);
    part.msg_iov = pieces.data();
    part.msg_iovlen = pieces.size();
    return zsock_sendmsg(sock, &part, flags | ZSOCK_MSG_DONTWAIT);
  });
} catch (const std::bad_alloc&) {
  return -ENOMEM;
}

void* zsock_get_context_object(int sock) {
  if (is_ours(sock)) return reinterpret_cast<void*>(static_cast<std::intptr_t>(sock) + 1);
  errno = EBADF;
  return nullptr;
}
