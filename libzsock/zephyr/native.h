#pragma once
/// \file
/// Both worlds in one translation unit: the host's types under their own names, Zephyr's with the
/// prefix net_. The host's headers come first.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <zsock/zsock.h>

#define CONFIG_NET_NAMESPACE_COMPAT_MODE 0
#include <zephyr/net/socket.h>

#include <cerrno>

namespace zsock::zephyr {

/// -1 with errno.
inline int fail(int error) {
  errno = error;
  return -1;
}

/// The result of a native call, with Zephyr's errno: what is no socket of ours is EBADF.
template <typename T>
T result(T native) {
  if (native < 0 && errno == ENOTSOCK) errno = EBADF;
  return native;
}

}  // namespace zsock::zephyr
