#pragma once
/// \file
/// TLS 1.2 and DTLS 1.2 as a machine that never waits: records go in and out of a Transport,
/// plaintext in and out of the calls. Made by a library of its own (libzsock-tls.so, with mbedTLS)
/// that is loaded with the first TLS socket.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace zsock::tls {

/// Where records go, and the time.
class Transport {
 public:
  virtual ~Transport() = default;
  /// \return octets taken; -EAGAIN; another negative errno
  virtual ssize_t send(const void* data, std::size_t size) = 0;
  /// \return octets; 0: the end; -EAGAIN; another negative errno
  virtual ssize_t receive(void* data, std::size_t size) = 0;
  [[nodiscard]] virtual std::int64_t now_ms() const = 0;
};

/// A piece of memory of the program's, borrowed.
struct Bytes {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
};

enum class Role { client, server };
enum class Verify { by_role, none, optional, required };  ///< by_role: only a client requires
using VerifyCallback = int (*)(void* context, void* certificate, int depth, std::uint32_t* flags);

struct Settings {
  Role role = Role::client;
  bool datagram = false;
  Verify verify = Verify::by_role;
  bool check_hostname = true;  ///< of the server, against `hostname`; "" matches none
  std::string hostname{};
  // PEM or DER
  std::vector<Bytes> authorities{};
  std::vector<Bytes> certificates{};  ///< own, with those that vouch for it
  Bytes private_key{};
  Bytes psk{};
  Bytes psk_identity{};
  std::vector<int> ciphersuites{};                 ///< IANA numbers; empty: mbedTLS's choice
  std::vector<std::string> protocols{};            ///< ALPN, the best first
  std::uint32_t handshake_timeout_min_ms = 1000;   // RFC 6347 4.2.4.1
  std::uint32_t handshake_timeout_max_ms = 60000;  // same
  std::vector<unsigned char> peer{};               ///< DTLS server: what the cookie is bound to
  std::vector<unsigned char> session{};            ///< to be resumed, as Engine::session() gave it
  bool cache_sessions = false;                     ///< of a server
  VerifyCallback callback = nullptr;
  void* callback_context = nullptr;
};

/// Not thread-safe.
class Engine {
 public:
  virtual ~Engine() = default;
  /// \return 0: done; -EAGAIN: when more records are there, or when timeout_ms() is over;
  /// -EDESTADDRREQ: DTLS server, begin anew with whoever answers the cookie; -ETIMEDOUT;
  /// -ECONNABORTED: failed, and the peer was told
  virtual int handshake() = 0;
  /// \return octets; 0: the peer said that it is done; -EAGAIN; -ECONNABORTED: the stream ended
  /// without that; -EIO: records that make no sense
  virtual ssize_t read(void* data, std::size_t size) = 0;
  /// \return octets, perhaps fewer; -EAGAIN; -EMSGSIZE datagram; -EIO
  virtual ssize_t write(const void* data, std::size_t size) = 0;
  /// Takes records until there is plaintext. \return 0 there is; else as read(), -ENODATA: the end
  virtual int fill() = 0;
  /// Octets that read() has without a record.
  [[nodiscard]] virtual std::size_t pending() const = 0;
  /// Tells the peer that nothing follows.
  virtual void finish() = 0;
  /// Until handshake() must be called again; -1: no such time.
  [[nodiscard]] virtual int timeout_ms() const = 0;

  [[nodiscard]] virtual int ciphersuite() const = 0;              ///< IANA number
  [[nodiscard]] virtual std::uint32_t verify_result() const = 0;  ///< mbedTLS's flags
  [[nodiscard]] virtual std::string protocol() const = 0;         ///< ALPN's choice, or ""
  [[nodiscard]] virtual std::vector<unsigned char> session() const = 0;
};

extern "C" {
/// \return nullptr and a positive errno in *error: EINVAL (a credential cannot be read), ENOMEM
using MakeEngine = Engine*(const Settings* settings, Transport* transport, int* error);
MakeEngine zsock_tls_make;
/// When the first certificate of the credential stops being valid: seconds since 1970, UTC.
/// \return 0 or a positive errno: EINVAL (it cannot be read), ENOMEM
using FindExpiry = int(const Bytes* credential, std::int64_t* seconds);
FindExpiry zsock_tls_expiry;
}

}  // namespace zsock::tls
