#pragma once
/// \file
/// TLS's records on the native calls.

#include <string>

#include "libzsock/tls/engine.h"
#include "libzsock/zephyr/address.h"

namespace zsock::zephyr {

/// A stream takes every record: what the socket has no room for is kept and sent by flush(). Of
/// datagrams, one peer's are taken, and what has no room is lost.
class TlsTransport final : public tls::Transport {
 public:
  TlsTransport(int fd, bool datagram) : fd_(fd), datagram_(datagram) {}

  ssize_t send(const void* data, std::size_t size) override;
  ssize_t receive(void* data, std::size_t size) override;
  [[nodiscard]] std::int64_t now_ms() const override;

  /// \return 0: all is sent; -EAGAIN; another negative errno
  int flush();
  [[nodiscard]] bool congested() const { return !waiting_.empty(); }
  /// The errno that ended a stream; 0: none.
  [[nodiscard]] int error() const { return error_; }

  /// Whose datagrams are taken from now on. Datagrams only.
  void set_peer(const NativeAddress& peer);
  [[nodiscard]] const NativeAddress* peer() const { return has_peer_ ? &peer_ : nullptr; }
  /// Makes whoever sent the datagram that waits the peer. \return 0, -EAGAIN or a negative errno
  int meet_peer();
  void forget_peer() { has_peer_ = false; }
  /// Since the last datagram of the peer.
  [[nodiscard]] std::int64_t silence_ms() const { return now_ms() - heard_ms_; }

 private:
  ssize_t receive_datagram(void* data, std::size_t size);
  int failed(int error);

  int fd_;
  bool datagram_;
  bool has_peer_ = false;
  NativeAddress peer_{};
  std::int64_t heard_ms_ = 0;
  std::string waiting_{};
  std::string first_{};  ///< the datagram that the peer was met by
  int error_ = 0;
};

}  // namespace zsock::zephyr
