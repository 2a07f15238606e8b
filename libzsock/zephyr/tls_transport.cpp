#include "libzsock/zephyr/tls_transport.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace zsock::zephyr {
namespace {

constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

bool same_peer(const NativeAddress& a, const NativeAddress& b) {
  const net_sockaddr_storage left = from_native(a);
  const net_sockaddr_storage right = from_native(b);
  return std::memcmp(&left, &right, net_family2size(left.ss_family)) == 0;
}

}  // namespace

std::int64_t TlsTransport::now_ms() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

int TlsTransport::failed(int error) {
  if (error == EINTR) error = EAGAIN;
  if (error != EAGAIN) error_ = error;
  return -error;
}

ssize_t TlsTransport::send(const void* data, std::size_t size) {
  if (datagram_) {
    // What is lost is sent again, by the handshake or by the program.
    if (has_peer_) static_cast<void>(zs_sendto(fd_, data, size, kFlags, peer_.get(), peer_.size));
    return static_cast<ssize_t>(size);
  }
  waiting_.append(static_cast<const char*>(data), size);
  const int flushed = flush();
  return flushed == 0 || flushed == -EAGAIN ? static_cast<ssize_t>(size) : flushed;
}

int TlsTransport::flush() {
  while (!waiting_.empty()) {
    const ssize_t sent = zs_send(fd_, waiting_.data(), waiting_.size(), kFlags);
    if (sent < 0) return failed(errno);
    waiting_.erase(0, static_cast<std::size_t>(sent));
  }
  return 0;
}

ssize_t TlsTransport::receive(void* data, std::size_t size) {
  if (datagram_) return receive_datagram(data, size);
  const ssize_t got = zs_recv(fd_, data, size, MSG_DONTWAIT);
  return got >= 0 ? got : failed(errno);
}

ssize_t TlsTransport::receive_datagram(void* data, std::size_t size) {
  if (!first_.empty()) {
    const std::size_t taken = first_.copy(static_cast<char*>(data), size);
    first_.clear();
    return static_cast<ssize_t>(taken);
  }
  for (;;) {
    NativeAddress from;
    const ssize_t got = zs_recvfrom(fd_, data, size, MSG_DONTWAIT, from.get(), &from.size);
    // Whatever ICMP says, only the peer itself ends a session.
    if (got < 0) return errno == EBADF || errno == ENETDOWN ? failed(errno) : -EAGAIN;
    if (got <= 0 || !has_peer_ || !same_peer(from, peer_)) continue;
    heard_ms_ = now_ms();
    return got;
  }
}

void TlsTransport::set_peer(const NativeAddress& peer) {
  peer_ = peer;
  has_peer_ = true;
  heard_ms_ = now_ms();
}

int TlsTransport::meet_peer() {
  std::array<char, 2048> buffer{};  // a ClientHello is small
  NativeAddress from;
  const ssize_t got =
      zs_recvfrom(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT, from.get(), &from.size);
  if (got < 0) return failed(errno);
  if (got == 0) return -EAGAIN;
  first_.assign(buffer.data(), static_cast<std::size_t>(got));
  set_peer(from);
  return 0;
}

}  // namespace zsock::zephyr
