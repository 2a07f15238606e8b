#include "daemon/stack/net/routing.h"

namespace zsock::net {
namespace {

using Where = Result<InterfaceId, SockError>;

/// The only interface besides the loopback; nothing when there are none or several.
std::optional<InterfaceId> single_interface(const Core& core) {
  if (core.interfaces.size() != 2) return std::nullopt;
  return InterfaceId{1};
}

/// The interface a scope or a source address points at.
std::optional<InterfaceId> pointed_at(const Core& core, const wire::IpAddress& source,
                                      std::uint32_t scope) {
  if (scope != 0) return InterfaceId{scope};
  const OwnAddress* own = core.addresses.find(source);
  if (own == nullptr || own->interface == kLoopbackInterface) return std::nullopt;
  return own->interface;
}

/// The interface for a destination that the routing table cannot tell: link-local, group, limited
/// broadcast.
Where link_scope_interface(const Core& core, const wire::IpAddress& destination,
                           const wire::IpAddress& source, std::uint32_t scope) {
  const std::optional<InterfaceId> named = pointed_at(core, source, scope);
  if (named) {
    if (!core.exists(*named)) return Err{SockError::no_device};
    return *named;
  }
  if (!(destination.is_v6() && destination.is_link_local())) {
    if (const Route* route = core.routes.find(destination)) return route->interface;
  }
  if (const std::optional<InterfaceId> only = single_interface(core)) return *only;
  if (core.interfaces.size() < 2) return Err{SockError::network_unreachable};
  const bool ambiguous = destination.is_v6();
  if (ambiguous) return Err{SockError::invalid};
  return InterfaceId{1};
}

Result<Path, SockError> with_source(const Core& core, Path path, const wire::IpAddress& destination,
                                    const wire::IpAddress& wanted) {
  const Interface& interface = core.at(path.interface);
  if (destination.is_v6() && !interface.ipv6_enabled()) return Err{SockError::network_down};
  path.mtu = interface.mtu(destination.family());
  if (!wanted.is_unspecified()) {
    if (wanted.is_loopback()) return Err{SockError::invalid};  // RFC 1122 3.2.1.3(g)
    path.source = wanted;
    return path;
  }
  const std::optional<wire::IpAddress> chosen =
      core.addresses.choose_source(path.interface, destination);
  if (!chosen) return Err{SockError::address_not_available};
  path.source = *chosen;
  return path;
}

Result<Path, SockError> loopback_path(const Core& core, const wire::IpAddress& destination,
                                      const wire::IpAddress& source) {
  Path path{.interface = kLoopbackInterface,
            .source = source,
            .next_hop = destination,
            .mtu = core.at(kLoopbackInterface).config.mtu};
  if (!source.is_unspecified()) return path;
  const bool is_127 = destination.is_v4() && destination.is_loopback();
  path.source = is_127 ? wire::IpAddress::loopback(wire::Family::ipv4) : destination;
  return path;
}

Result<Path, SockError> group_path(const Core& core, const wire::IpAddress& destination,
                                   const wire::IpAddress& source, std::uint32_t scope) {
  const Where where = link_scope_interface(core, destination, source, scope);
  if (!where) return Err{where.error()};
  return with_source(core,
                     Path{.interface = *where,
                          .next_hop = destination,
                          .is_broadcast = !destination.is_multicast(),
                          .is_multicast = destination.is_multicast()},
                     destination, source);
}

}  // namespace

Result<Path, SockError> find_path(const Core& core, const wire::IpAddress& destination,
                                  const wire::IpAddress& source, std::uint32_t scope) {
  if (!source.is_unspecified()) {
    if (source.family() != destination.family()) return Err{SockError::invalid};
    if (!core.addresses.is_valid(source)) return Err{SockError::address_not_available};
  }
  if (destination.is_unspecified()) return Err{SockError::network_unreachable};
  if (destination.is_loopback() || core.addresses.is_valid(destination)) {
    return loopback_path(core, destination, source);
  }
  if (destination.is_multicast() || destination.is_limited_broadcast()) {
    return group_path(core, destination, source, scope);
  }
  if (const auto owner = core.addresses.broadcast_interface(destination)) {
    return with_source(core,
                       Path{.interface = *owner, .next_hop = destination, .is_broadcast = true},
                       destination, source);
  }
  if (destination.is_v6() && destination.is_link_local()) {
    const Where where = link_scope_interface(core, destination, source, scope);
    if (!where) return Err{where.error()};
    return with_source(core, Path{.interface = *where, .next_hop = destination}, destination,
                       source);
  }
  const Route* route = core.routes.find(destination);
  if (route == nullptr) return Err{SockError::network_unreachable};
  return with_source(
      core, Path{.interface = route->interface, .next_hop = route->gateway.value_or(destination)},
      destination, source);
}

Result<InterfaceId, SockError> find_gateway(const Core& core, const wire::IpAddress& gateway) {
  if (gateway.is_multicast() || gateway.is_unspecified() || gateway.is_loopback() ||
      core.addresses.is_broadcast(gateway) || core.addresses.find(gateway) != nullptr) {
    return Err{SockError::network_unreachable};
  }
  if (gateway.is_v6() && gateway.is_link_local()) {
    const std::optional<InterfaceId> only = single_interface(core);
    if (!only) return Err{SockError::network_unreachable};
    return *only;
  }
  const Route* route = core.routes.find(gateway);
  if (route == nullptr || route->gateway) return Err{SockError::network_unreachable};
  return route->interface;
}

}  // namespace zsock::net
