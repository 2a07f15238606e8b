#pragma once
/// \file
/// Which descriptors are TLS sockets. A program without any pays one load per call for the
/// question.

#include <atomic>
#include <memory>

#include "libzsock/zephyr/tls_socket.h"

namespace zsock::zephyr {

using TlsSocketPointer = std::shared_ptr<TlsSocket>;

extern std::atomic<int> tls_sockets;  ///< how many there are

inline bool any_tls() {
  return tls_sockets.load(std::memory_order_relaxed) != 0;
}
TlsSocketPointer find_tls_in_registry(int fd);
/// \return nullptr: fd is no TLS socket
inline TlsSocketPointer find_tls(int fd) {
  return any_tls() ? find_tls_in_registry(fd) : nullptr;
}
void register_tls(int fd, TlsSocketPointer socket);
/// Forgets fd, whose number may be another socket's now.
void forget_tls(int fd);

}  // namespace zsock::zephyr
