#pragma once
/// \file
/// A TLS or DTLS socket: a native socket, an Engine, and the waiting between them.

#include <memory>
#include <mutex>
#include <string>

#include "libzsock/zephyr/address.h"
#include "libzsock/zephyr/tls_options.h"
#include "libzsock/zephyr/tls_transport.h"

namespace zsock::zephyr {

/// Thread-safe. Calls return a result or a negative errno.
class TlsSocket {
 public:
  TlsSocket(int fd, int protocol, bool datagram, TlsOptions options = {});

  int connect(const NativeAddress& address);
  /// The handshake of a server's connection; waits.
  int serve();
  ssize_t send(const void* data, std::size_t size, int flags, const NativeAddress* to);
  /// \param from  nullptr: not wanted; else gets a datagram's source
  ssize_t receive(void* data, std::size_t size, int flags, NativeAddress* from);
  int shut(int how);
  /// Says goodbye; the descriptor is closed by the caller.
  void finish();

  [[nodiscard]] int protocol() const { return protocol_; }
  [[nodiscard]] TlsOptions options();
  int set_option(int name, const void* value, net_socklen_t size);
  int get_option(int name, void* value, net_socklen_t* size);
  /// The error that no call has told yet; 0: none.
  int take_error();
  std::size_t readable();

  /// What the kernel is to be asked so that the program learns of `events`.
  short events_to_poll(short events);
  /// Moves as far as it goes without waiting. \return what of `events` is so
  short events(short events, short native);
  /// Until events() must be called again; -1: no such time.
  int timeout_ms();

 private:
  enum class State { idle, connecting, shaking, established, failed };
  using Lock = std::unique_lock<std::mutex>;

  int begin(tls::Role role);
  int advance();
  int advance_idle();
  int after_handshake(int error);
  int fail(int error);
  void restart();
  void forget_silent_client();
  [[nodiscard]] bool is_datagram_server() const {
    return datagram_ && options_.datagram_role == tls::Role::server;
  }
  void check_connected(short native);
  int wait_done(Lock& lock, int limit_ms);
  int wait(Lock& lock, short events, std::int64_t deadline);
  [[nodiscard]] bool may_wait(int flags) const;
  [[nodiscard]] int told(int error) const;
  [[nodiscard]] std::string session_key() const;
  ssize_t read_once(void* data, std::size_t size);
  ssize_t write_once(const void* data, std::size_t size);
  short established_events(short events, short native);

  const int fd_;
  const int protocol_;
  const bool datagram_;
  std::mutex mutex_;
  TlsOptions options_;
  TlsTransport transport_;
  std::unique_ptr<tls::Engine> engine_{};
  State state_ = State::idle;
  int error_ = 0;  ///< that ended it
  bool error_told_ = false;
  bool finished_ = false;
};

/// Is the library that has TLS there?
bool tls_available();

}  // namespace zsock::zephyr
