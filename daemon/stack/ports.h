#pragma once
/// \file
/// Who may bind what: the conflict table of conformance 2.2, and ephemeral ports (RFC 6056 3.3.4
/// for TCP connects, random for UDP and for bind to port 0). Serves TCP and UDP with one set of
/// rules.

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "daemon/stack/base/errors.h"
#include "daemon/stack/base/ids.h"
#include "daemon/stack/base/result.h"
#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/siphash.h"
#include "daemon/stack/base/time.h"
#include "daemon/stack/wire/addr.h"

namespace zsock {

enum class Transport : std::uint8_t { tcp, udp };

/// What of a socket matters for bind conflicts.
struct Binding {
  SocketId socket{};
  wire::Endpoint local{};  ///< unspecified address: wildcard of its family
  bool v6_only = false;    ///< an IPv6 wildcard that does not cover IPv4
  bool reuse_address = false;
  bool reuse_port = false;
  bool listening = false;
  std::uint32_t user = 0;  ///< uid; SO_REUSEPORT works within one
};

struct PortConfig {
  std::uint16_t first = 32768;  ///< ephemeral range, inclusive
  std::uint16_t last = 60999;
};

class Ports {
 public:
  Ports(const PortConfig& config, Rng& rng);

  /// Errors: address_in_use. REQUIRES: local.port != 0; the socket has no binding yet.
  Status<SockError> bind(Transport transport, const Binding& binding);
  /// Binds to a free port of the range chosen at random, and tells it. Errors: address_in_use (none
  /// free).
  Result<std::uint16_t, SockError> bind_any(Transport transport, Binding binding);
  /// A port for a connect of an unbound TCP socket to `remote` (RFC 6056 algorithm 4); `taken` says
  /// whether the flow exists already. Errors: address_not_available (none free).
  template <class Taken>
  Result<std::uint16_t, SockError> choose_for_connect(const wire::IpAddress& local,
                                                      const wire::Endpoint& remote, Taken taken);

  /// The socket's flags have changed (listen, setsockopt). Errors: address_in_use (a second
  /// listener without SO_REUSEPORT).
  Status<SockError> update(Transport transport, const Binding& binding);
  void release(Transport transport, SocketId socket);

 private:
  std::uint16_t next_candidate(const wire::IpAddress& local, const wire::Endpoint& remote,
                               std::uint16_t attempt);
  void connect_chosen(const wire::IpAddress& local, const wire::Endpoint& remote,
                      std::uint16_t attempts);
  [[nodiscard]] bool held_by_wildcard_or(Transport transport, std::uint16_t port) const;

  PortConfig config_;
  Rng* rng_;
  SipKey offset_key_;
  SipKey bucket_key_;
  std::vector<std::uint16_t> increments_;
  std::unordered_map<std::uint32_t, std::vector<Binding>> by_port_;  ///< transport << 16 | port
};

template <class Taken>
Result<std::uint16_t, SockError> Ports::choose_for_connect(const wire::IpAddress& local,
                                                           const wire::Endpoint& remote,
                                                           Taken taken) {
  const unsigned count = 1U + config_.last - config_.first;
  for (unsigned attempt = 0; attempt < count; ++attempt) {
    const std::uint16_t port = next_candidate(local, remote, static_cast<std::uint16_t>(attempt));
    if (held_by_wildcard_or(Transport::tcp, port) || taken(port)) continue;
    connect_chosen(local, remote, static_cast<std::uint16_t>(attempt + 1));
    return port;
  }
  return Err{SockError::address_not_available};
}

}  // namespace zsock
