/// \file
/// What poll() says of a TLS socket: plaintext that is there, not octets on their way.

#include "libzsock/zephyr/tls_socket.h"

namespace zsock::zephyr {

short TlsSocket::events_to_poll(short events) {
  const Lock lock(mutex_);
  switch (state_) {
    case State::connecting:
      return POLLOUT;
    case State::shaking:
      return static_cast<short>(POLLIN | (transport_.congested() ? POLLOUT : 0));
    case State::established:
      return static_cast<short>(events | (transport_.congested() ? POLLOUT : 0));
    default:
      return events;
  }
}

int TlsSocket::timeout_ms() {
  const Lock lock(mutex_);
  if (state_ == State::failed) return 0;
  if (engine_ == nullptr) return -1;
  if (state_ == State::shaking) return engine_->timeout_ms();
  return engine_->pending() > 0 ? 0 : -1;
}

/// A stream's connection stands, or has failed: what comes next.
void TlsSocket::check_connected(short native) {
  if ((native & (POLLOUT | POLLERR | POLLHUP)) == 0) return;
  int error = 0;
  socklen_t size = sizeof error;
  if (zs_getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) < 0) error = errno;
  static_cast<void>(error != 0 ? fail(error) : begin(tls::Role::client));
}

short TlsSocket::established_events(short events, short native) {
  static_cast<void>(transport_.flush());
  int found = (events & POLLIN) == 0 ? native & (POLLERR | POLLHUP) : 0;
  if ((events & POLLIN) != 0) {
    const int filled = engine_->fill();
    if (filled == 0) found |= POLLIN;
    if (filled == -ENODATA && is_datagram_server()) {
      restart();
    } else if (filled == -ENODATA) {
      found |= POLLIN | POLLHUP;
    } else if (filled < 0 && filled != -EAGAIN) {
      found |= POLLIN | POLLERR;
    }
  }
  if ((events & native & POLLOUT) != 0 && !transport_.congested()) found |= POLLOUT;
  return static_cast<short>(found);
}

short TlsSocket::events(short events, short native) {
  const Lock lock(mutex_);
  if ((native & POLLNVAL) != 0) return native;
  if (state_ == State::idle && !datagram_) return native;
  if (state_ == State::connecting) check_connected(native);
  forget_silent_client();
  const bool invited = state_ == State::idle && (native & POLLIN) != 0;
  if (invited || state_ == State::shaking) static_cast<void>(advance());
  if (state_ == State::established) return established_events(events, native);
  if (state_ == State::failed) return static_cast<short>(POLLERR | (events & (POLLIN | POLLOUT)));
  // Nothing yet; whoever has not begun may send.
  return static_cast<short>(state_ == State::idle ? native & events & POLLOUT : 0);
}

}  // namespace zsock::zephyr
