#pragma once
/// \file
/// The socket table: one record per socket, found by id. What a socket is, apart from its
/// protocol's own state.

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "daemon/stack/base/deadline_queue.h"
#include "daemon/stack/base/ids.h"
#include "daemon/stack/error_queue.h"
#include "daemon/stack/events.h"
#include "daemon/stack/inherited_settings.h"
#include "daemon/stack/net/ip.h"
#include "daemon/stack/ports.h"
#include "daemon/stack/tcp/connection.h"
#include "daemon/stack/tcp/listener.h"
#include "daemon/stack/udp/socket.h"

namespace zsock {

/// What a listening socket has beside its record.
struct Acceptor {
  static constexpr std::size_t kSpareLimit = 16;  ///< a burst of handshakes

  struct Spare {
    tcp::Rings rings{};
    Owner owner = 0;
  };

  tcp::Listener listener;
  std::deque<SocketId> established{};  ///< not yet accepted by the host
  std::size_t unaccepted = 0;          ///< accepted by the host, not yet by the application
  std::deque<Spare> spares{};          ///< for the next children
  // RFC 7413 4.2.1, 5.1: children whose handshake is not over, and resets that came instead of it,
  // which count until then lest an attacker forge them to make room.
  std::size_t early = 0;
  std::deque<Instant> early_resets{};

  /// As many as could be used, kSpareLimit at most.
  [[nodiscard]] bool has_enough_spares() const {
    return spares.size() >= kSpareLimit || spares.size() > listener.backlog();
  }
  /// Conformance 2.1: backlog N lets N + 1 children wait.
  [[nodiscard]] bool full() const {
    return spares.empty() || established.size() + unaccepted > listener.backlog();
  }
};

struct Membership {
  wire::IpAddress group{};
  InterfaceId interface {};
};

/// Where a datagram goes, and how.
struct Target {
  wire::Endpoint remote{};
  net::Path path{};
  net::SendOptions options{};
  net::Outbound::Fragmentation fragmentation{};
  bool ignores_path_mtu = false;

  /// What is sent there. \param parts  outlive it
  [[nodiscard]] net::Outbound packet(std::uint8_t protocol, std::span<const ByteView> parts) const {
    return {.path = path,
            .destination = remote.address,
            .protocol = protocol,
            .parts = parts,
            .options = options,
            .fragmentation = fragmentation,
            .ignores_path_mtu = ignores_path_mtu};
  }
};

struct SocketRecord : InheritedSettings {
  SocketId id{};
  Owner owner = 0;
  SocketKind kind = SocketKind::tcp;

  // Names.
  wire::Endpoint local{};   ///< bound to; port 0: not bound
  bool holds_port = false;  ///< Ports has a binding for it
  bool named_port = false;  ///< the application has chosen it: kept for the socket's life
  wire::Flow flow{};        ///< TCP: of the connection
  net::Path path{};         ///< TCP: of the connection

  // Options besides those that are inherited.
  bool broadcast = false;
  bool receive_error = false;     ///< IP_RECVERR
  bool receive_error_v6 = false;  ///< IPV6_RECVERR
  MtuDiscovery mtu_discovery = MtuDiscovery::wanted;
  MtuDiscovery mtu_discovery_v6 = MtuDiscovery::wanted;
  bool dont_fragment_v6 = false;
  bool multicast_loop = true;
  bool multicast_all = true;
  bool multicast_all_v6 = true;
  std::uint32_t multicast_interface = 0;     ///< 0: by route
  std::uint32_t multicast_interface_v6 = 0;  ///< 0: by route
  std::uint8_t multicast_hop_limit = 1;

  // Protocol parts.
  std::unique_ptr<tcp::Connection> connection{};
  std::unique_ptr<Acceptor> acceptor{};
  std::unique_ptr<udp::Socket> udp{};
  std::vector<Membership> memberships{};

  // Life.
  SocketId parent{};    ///< listener of a child that the host has not accepted yet
  bool hidden = false;  ///< such a child: no events
  bool orphan = false;  ///< the host has closed it
  bool early = false;   ///< a child counted in Acceptor::early
  bool was_connected = false;
  bool peer_closed = false;
  bool receive_shut = false;
  bool transmit_shut = false;
  SockError error = SockError::none;  ///< pending, reported once
  std::unique_ptr<ErrorQueue> errors{};
  bool failed = false;

  // Tables and queues it stands in.
  bool in_table = false;         ///< tcp::Table finds it by its flow
  PendingDeadlines scheduled{};  ///< its entries in the deadline queue
  bool in_ready = false;
  bool in_waiting = false;
  bool in_events = false;
  bool acceptable = false;  ///< part of the queued event
  bool violation = false;   ///< part of the queued event

  void inherit(const InheritedSettings& settings) {
    static_cast<InheritedSettings&>(*this) = settings;
  }
  /// Does it ask for all ICMP errors of its packets of this family?
  [[nodiscard]] bool wants_errors(wire::Family of) const {
    return of == wire::Family::ipv4 ? receive_error : receive_error_v6;
  }
  [[nodiscard]] MtuDiscovery discovery(const wire::IpAddress& towards) const {
    return towards.is_v4() ? mtu_discovery : mtu_discovery_v6;
  }
  /// The same when sending: of IPv6, nothing is fragmented here if it says so.
  [[nodiscard]] MtuDiscovery sending(const wire::IpAddress& towards) const {
    const MtuDiscovery mode = discovery(towards);
    if (towards.is_v4() || !dont_fragment_v6) return mode;
    return mode >= MtuDiscovery::probing ? MtuDiscovery::probing : MtuDiscovery::required;
  }
  [[nodiscard]] bool has_queued_error() const { return errors && !errors->empty(); }
};

/// Slots with generations: an id outlives its socket harmlessly.
class Sockets {
 public:
  /// Nothing when `limit` sockets exist.
  SocketRecord* add(std::size_t limit);
  void remove(SocketRecord& record);

  [[nodiscard]] SocketRecord* find(SocketId id);
  [[nodiscard]] const SocketRecord* find(SocketId id) const;
  /// The socket in a slot, whatever its generation.
  [[nodiscard]] SocketRecord* at(std::uint32_t index);

  [[nodiscard]] std::size_t size() const { return slots_.size() - free_.size(); }
  template <class Visit>
  void for_each(Visit visit) {
    for (Slot& slot : slots_) {
      if (slot.record) visit(*slot.record);
    }
  }
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.record) visit(*slot.record);
    }
  }

 private:
  struct Slot {
    std::unique_ptr<SocketRecord> record{};
    std::uint32_t generation = 0;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace zsock
