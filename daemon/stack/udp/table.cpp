#include "daemon/stack/udp/table.h"

#include <algorithm>

namespace zsock::udp {
namespace {

/// How well a socket fits a datagram; larger is better, none is no match.
enum class Match : std::uint8_t {
  none,
  dual_stack_wildcard,  ///< an IPv6 wildcard that takes IPv4 as well
  wildcard,
  bound,               ///< to the destination address
  connected_wildcard,  ///< the peer fits; bound to no address
  connected,           ///< the peer fits, and the address
};

bool same_endpoint(const wire::Endpoint& wanted, const wire::Endpoint& actual) {
  return wanted.port == actual.port && wanted.address == actual.address &&
         (wanted.scope == 0 || wanted.scope == actual.scope);
}

Match match(const Socket& socket, const wire::Flow& flow) {
  const wire::IpAddress& bound = socket.local.address;
  const bool is_wildcard = bound.is_unspecified();
  const bool same_family = bound.family() == flow.local.address.family();
  if (is_wildcard) {
    const bool covers = same_family || (bound.is_v6() && !socket.v6_only);
    if (!covers) return Match::none;
  } else if (bound != flow.local.address) {
    return Match::none;
  } else if (socket.local.scope != 0 && socket.local.scope != flow.local.scope) {
    return Match::none;
  }
  if (socket.remote) {
    if (!same_endpoint(*socket.remote, flow.remote)) return Match::none;
    return is_wildcard ? Match::connected_wildcard : Match::connected;
  }
  if (!is_wildcard) return Match::bound;
  return same_family ? Match::wildcard : Match::dual_stack_wildcard;
}

}  // namespace

void Table::insert(SocketId id, const Socket& socket) {
  ZSOCK_CHECK(socket.local.port != 0);
  by_port_[socket.local.port].push_back({.id = id, .socket = &socket});
}

void Table::erase(SocketId id, const Socket& socket) {
  const auto found = by_port_.find(socket.local.port);
  if (found == by_port_.end()) return;
  std::erase_if(found->second, [&](const Entry& entry) { return entry.id == id; });
  if (found->second.empty()) by_port_.erase(found);
}

std::optional<SocketId> Table::find(const wire::Flow& flow, std::uint64_t hash) const {
  const auto found = by_port_.find(flow.local.port);
  if (found == by_port_.end()) return std::nullopt;
  Match best = Match::none;
  std::size_t equals = 0;
  const Entry* last = nullptr;
  for (const Entry& entry : found->second) {
    const Match fit = match(*entry.socket, flow);
    if (fit == Match::none || fit < best) continue;
    if (fit > best) equals = 0;
    best = fit;
    last = &entry;
    if (entry.socket->reuse_port) ++equals;
  }
  if (last == nullptr) return std::nullopt;
  if (!last->socket->reuse_port) return last->id;
  std::size_t chosen = static_cast<std::size_t>(hash % equals);
  for (const Entry& entry : found->second) {
    const bool equal = entry.socket->reuse_port && match(*entry.socket, flow) == best;
    if (equal && chosen-- == 0) return entry.id;
  }
  return std::nullopt;
}

std::vector<SocketId> Table::find_all(const wire::Flow& flow, std::size_t limit) const {
  std::vector<SocketId> all;
  const auto found = by_port_.find(flow.local.port);
  if (found == by_port_.end()) return all;
  for (const Entry& entry : found->second) {
    if (all.size() >= limit) break;
    if (match(*entry.socket, flow) != Match::none) all.push_back(entry.id);
  }
  return all;
}

}  // namespace zsock::udp
