#pragma once
/// \file
/// Who may bind what, by Linux's conflict rules, and ephemeral ports (RFC 6056 3.3.4 for TCP
/// connects, random for UDP and for bind to port 0). Serves TCP and UDP with one set of rules.

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "daemon/stack/base/errors.h"
#include "daemon/stack/base/ids.h"
#include "daemon/stack/base/result.h"
#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/siphash.h"
#include "daemon/stack/tcp/table.h"
#include "daemon/stack/wire/addr.h"

namespace zsock {

enum class Transport : std::uint8_t { tcp, udp, icmp };

/// What of a socket matters for bind conflicts.
struct Binding {
  SocketId socket{};
  wire::Endpoint local{};  ///< unspecified address: wildcard of its family
  bool v6_only = false;    ///< an IPv6 wildcard that does not cover IPv4
  bool reuse_address = false;
  bool reuse_port = false;
  bool listening = false;
  std::uint32_t user = 0;  ///< uid; SO_REUSEPORT works within one
  unsigned stack = 0;      ///< whose `socket` is, of those that share a PortTable
};

struct PortConfig {
  std::uint16_t first = 32768;  ///< ephemeral range, inclusive
  std::uint16_t last = 60999;
  std::size_t increments = 65536;  ///< entries of RFC 6056's table, a power of two; 2 octets each
};

/// Lets one stack at a time to a table that several share.
class PortGate {
 public:
  PortGate() = default;
  virtual ~PortGate() = default;
  PortGate(const PortGate&) = delete;
  PortGate& operator=(const PortGate&) = delete;

  virtual void enter() = 0;
  virtual void leave() = 0;
};

/// Who has which port.
class PortTable {
 public:
  /// \param gate  of a table that several stacks share; outlives it
  explicit PortTable(PortGate* gate = nullptr) : gate_(gate) {}
  ~PortTable() = default;
  PortTable(const PortTable&) = delete;
  PortTable& operator=(const PortTable&) = delete;

 private:
  friend class Ports;
  /// Connections that look the same to a bind.
  struct Holders {
    Binding like{};
    std::size_t count = 0;
  };
  struct Port {
    std::vector<Binding> bound;
    std::vector<Holders> held;
  };
  using Key = std::uint32_t;  ///< transport << 16 | port

  PortGate* gate_;
  std::unordered_map<Key, Port> ports_{};
};

class Ports {
 public:
  /// \param rng     outlives this
  /// \param shared  the table of several stacks, outlives this; nullptr: one of its own
  /// \param stack   which of them this is
  Ports(const PortConfig& config, Rng& rng, PortTable* shared = nullptr, unsigned stack = 0);

  /// Errors: address_in_use. REQUIRES: local.port != 0; the socket has no binding yet.
  Status<SockError> bind(Transport transport, const Binding& binding);
  /// Binds to a port of the range, chosen at random among those that nothing overlapping uses
  /// (SO_REUSEADDR and SO_REUSEPORT do not help: a chosen port is never shared), and tells it.
  /// Errors: address_in_use (none free). REQUIRES: as bind, but for the port.
  Result<std::uint16_t, SockError> bind_any(Transport transport, Binding binding);
  /// A port for a connect of an unbound TCP socket to `remote` (RFC 6056 algorithm 4). Never one
  /// that is bound; one that other connections use may serve again for another flow: `taken(port)`
  /// says whether the flow exists already. The caller calls hold() next.
  /// Errors: address_not_available (none free).
  template <class Taken>
  Result<std::uint16_t, SockError> choose_for_connect(const wire::IpAddress& local,
                                                      const wire::Endpoint& remote, Taken taken);

  /// The socket's flags or its local address have changed (listen, setsockopt, connect).
  /// Errors: address_in_use (starts to listen where another listener or a socket without the
  /// flags is); nothing has changed then. An unbound socket is left alone.
  Status<SockError> update(Transport transport, const Binding& binding);
  void release(Transport transport, SocketId socket);

  /// A TCP connection holds its local port, whether or not a socket is bound there: an accepted
  /// child, a connect from a chosen port, TIME-WAIT. `like` gives the flags and the user, for a
  /// child those of its listener. Ends with drop().
  void hold(const wire::Flow& flow, const Binding& like);
  /// The connection and its TIME-WAIT are over. An unknown flow is left alone.
  void drop(const wire::Flow& flow);

 private:
  using Holders = PortTable::Holders;
  using Port = PortTable::Port;
  using Key = PortTable::Key;
  /// Nobody else is at the table while it lives.
  class Turn {
   public:
    explicit Turn(const PortTable& table) : gate_(table.gate_) {
      if (gate_ != nullptr) gate_->enter();
    }
    ~Turn() {
      if (gate_ != nullptr) gate_->leave();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    PortGate* gate_;
  };

  [[nodiscard]] static Key key_of(Transport transport, std::uint16_t port);
  [[nodiscard]] Port* find(Key key);
  void erase_if_unused(Key key);
  [[nodiscard]] bool in_conflict(Transport transport, const Binding& wanted) const;
  [[nodiscard]] bool overlapped(Transport transport, const Binding& wanted) const;
  [[nodiscard]] bool bound(Transport transport, std::uint16_t port) const;
  void add(Transport transport, const Binding& binding);

  [[nodiscard]] unsigned range_size() const { return 1U + config_.last - config_.first; }
  [[nodiscard]] std::uint16_t nth(unsigned n) const {
    return static_cast<std::uint16_t>(config_.first + n % range_size());
  }
  [[nodiscard]] std::size_t increment_index(const wire::Flow& destination) const;
  [[nodiscard]] unsigned first_candidate(const wire::Flow& destination) const;
  void chosen(const wire::Flow& destination, unsigned attempts);

  PortConfig config_;
  Rng* rng_;
  SipKey offset_key_;
  SipKey index_key_;
  std::vector<std::uint16_t> increments_;
  unsigned choices_ = 0;            ///< since the offset key was drawn
  std::unique_ptr<PortTable> own_;  ///< unless it is shared
  PortTable* table_;
  unsigned stack_;
  std::unordered_map<std::uint64_t, std::uint16_t> port_of_;  ///< transport and socket to port
  std::unordered_map<wire::Flow, Binding, tcp::FlowHash> holds_;
};

template <class Taken>
Result<std::uint16_t, SockError> Ports::choose_for_connect(const wire::IpAddress& local,
                                                           const wire::Endpoint& remote,
                                                           Taken taken) {
  const wire::Flow destination{.local = {.address = local}, .remote = remote};
  const Turn turn(*table_);
  const unsigned start = first_candidate(destination);
  for (unsigned attempt = 0; attempt < range_size(); ++attempt) {
    const std::uint16_t port = nth(start + attempt);
    if (bound(Transport::tcp, port) || taken(port)) continue;
    chosen(destination, attempt + 1);
    return port;
  }
  return Err{SockError::address_not_available};
}

}  // namespace zsock
