/// \file
/// zsock_connect(): gives up by itself, and a second call on a connected socket succeeds.

#include <charconv>
#include <cstdlib>
#include <cstring>

#include "libzsock/zephyr/connect.h"
#include "libzsock/zephyr/pair.h"
#include "libzsock/zephyr/tls_calls.h"
#include "libzsock/zephyr/waiting.h"

extern "C" {
// Zephyr's CONFIG_NET_SOCKETS_CONNECT_TIMEOUT. A program that defines it has a stronger one.
extern int zsock_connect_timeout_ms;
__attribute__((weak, visibility("default"))) int zsock_connect_timeout_ms = 3000;
}

namespace zsock::zephyr {
namespace {

constexpr const char* kTimeoutVariable = "ZSOCK_CONNECT_TIMEOUT_MS";

void dissolve(int sock) {
  sockaddr none{};
  none.sa_family = AF_UNSPEC;
  static_cast<void>(zs_connect(sock, &none, sizeof none));
}

// Waits until the connection stands or has failed.
int finish_connect(int sock) {
  pollfd waiting{.fd = sock, .events = POLLOUT, .revents = 0};
  const int ready = zs_poll(&waiting, 1, connect_timeout());
  if (ready < 0) return -1;
  if (ready == 0) {
    dissolve(sock);
    return fail(ETIMEDOUT);
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (zs_getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return -1;
  return error == 0 ? 0 : fail(error);
}

int connect_waiting(int sock, const NativeAddress& address, long flags) {
  if (zs_fcntl(sock, F_SETFL, flags | O_NONBLOCK) < 0) return -1;
  int done = zs_connect(sock, address.get(), address.size);
  if (done < 0 && (errno == EINPROGRESS || errno == EALREADY)) done = finish_connect(sock);
  const int error = errno;
  static_cast<void>(zs_fcntl(sock, F_SETFL, flags));
  errno = error;
  return done;
}

}  // namespace

int connect_timeout() {
  int timeout = zsock_connect_timeout_ms;
  if (const char* text = std::getenv(kTimeoutVariable)) {
    int value = 0;
    if (std::from_chars(text, text + std::strlen(text), value).ec == std::errc{}) timeout = value;
  }
  return timeout > 0 ? timeout : -1;
}

namespace {

/// What zsock_connect() says where the host says EISCONN: a connection is no error, a listener is.
int already_connected(int sock) {
  NativeAddress peer;
  if (zs_getpeername(sock, peer.get(), &peer.size) == 0) return 0;
  return fail(errno == ENOTCONN ? EOPNOTSUPP : errno);
}

}  // namespace

int connect_plain(int sock, const NativeAddress& address) {
  const long flags = zs_fcntl(sock, F_GETFL, 0);
  if (flags < 0) return -1;
  const int done = (flags & O_NONBLOCK) != 0 ? zs_connect(sock, address.get(), address.size)
                                             : connect_waiting(sock, address, flags);
  return done < 0 && errno == EISCONN ? already_connected(sock) : done;
}

}  // namespace zsock::zephyr

int zsock_connect(int sock, const net_sockaddr* addr, net_socklen_t addrlen) {
  using namespace zsock::zephyr;
  if (is_pair(sock)) return fail(EISCONN);
  if (zs_is_socket(sock) == 0) return fail(EBADF);
  const auto address = to_native(addr, addrlen);
  if (!address) return fail(address.error());
  const Waiting waiting(sock);
  if (const auto tls = find_tls(sock)) return tls_connect(*tls, *address);
  return result(connect_plain(sock, *address));
}
