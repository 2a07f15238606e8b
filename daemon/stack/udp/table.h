#pragma once
/// \file
/// Which UDP socket gets a datagram: the most specific match for unicast, every match for groups
/// (conformance UDP-4).

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "daemon/stack/base/ids.h"
#include "daemon/stack/udp/socket.h"

namespace zsock::udp {

class Table {
 public:
  /// Adds a bound socket under its local port. The socket outlives its membership.
  void insert(SocketId id, const Socket& socket);
  void erase(SocketId id, const Socket& socket);

  /// The best match for a unicast datagram: connected beats bound beats wildcard, own family beats
  /// dual stack; among equals the last one inserted, or one that `hash` chooses if they have
  /// SO_REUSEPORT.
  [[nodiscard]] std::optional<SocketId> find(const wire::Flow& flow, std::uint64_t hash) const;
  /// Every match for a multicast or broadcast datagram, at most `limit`.
  [[nodiscard]] std::vector<SocketId> find_all(const wire::Flow& flow, std::size_t limit) const;

 private:
  struct Entry {
    SocketId id{};
    const Socket* socket = nullptr;
  };
  std::unordered_map<std::uint16_t, std::vector<Entry>> by_port_;
};

}  // namespace zsock::udp
