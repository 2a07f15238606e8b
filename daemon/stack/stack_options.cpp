/// \file
/// Socket options that live in the stack, and group membership.

#include <algorithm>

#include "daemon/stack/stack_state.h"

namespace zsock {
namespace {

bool within(std::int64_t value, std::int64_t low, std::int64_t high) {
  return low <= value && value <= high;
}

/// Switches that change nothing else. False: it is none.
bool set_switch(SocketRecord& record, Option option, bool on) {
  switch (option) {
    case Option::broadcast:
      record.broadcast = on;
      return true;
    case Option::multicast_loop:
      record.multicast_loop = on;
      return true;
    case Option::multicast_all:
      record.multicast_all = on;
      return true;
    case Option::multicast_all_v6:
      record.multicast_all_v6 = on;
      return true;
    default:
      return false;
  }
}

}  // namespace

Status<SockError> Stack::set_option(SocketId id, Option option, std::int64_t value, Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{SockError::bad_descriptor};
  const bool on = value != 0;
  if (set_switch(*record, option, on)) return {};
  switch (option) {
    case Option::reuse_address:
      record->reuse_address = on;
      break;
    case Option::reuse_port:
      record->reuse_port = on;
      if (record->udp) record->udp->reuse_port = on;
      break;
    case Option::v6_only:
      if (record->local.port != 0 || record->connection) return Err{SockError::invalid};
      if (record->family != wire::Family::ipv6) return Err{SockError::option_not_supported};
      record->v6_only = on;
      return {};
    case Option::hop_limit:
      if (!within(value, -1, 255) || value == 0) return Err{SockError::invalid};
      record->hop_limit = static_cast<std::uint8_t>(value < 0 ? 0 : value);
      return {};
    case Option::multicast_hop_limit:
      if (!within(value, -1, 255)) return Err{SockError::invalid};
      record->multicast_hop_limit = static_cast<std::uint8_t>(value < 0 ? 1 : value);
      return {};
    case Option::traffic_class:
      if (!within(value, 0, 255)) return Err{SockError::invalid};
      record->traffic_class = static_cast<std::uint8_t>(value);
      return {};
    case Option::receive_error:
      record->receive_error = on;
      if (!on) record->errors.reset();
      return {};
    case Option::receive_error_v6:
      record->receive_error_v6 = on;
      if (!on) record->errors.reset();
      return {};
    case Option::multicast_interface:
    case Option::multicast_interface_v6:
      if (!within(value, 0, UINT32_MAX)) return Err{SockError::invalid};
      return s.set_multicast_interface(*record, option, static_cast<std::uint32_t>(value));
    case Option::mtu_discovery:
    case Option::mtu_discovery_v6:
      if (!within(value, 0, static_cast<std::int64_t>(MtuDiscovery::omitted))) {
        return Err{SockError::invalid};
      }
      (option == Option::mtu_discovery ? record->mtu_discovery : record->mtu_discovery_v6) =
          static_cast<MtuDiscovery>(value);
      return {};
    case Option::dont_fragment_v6:
      record->dont_fragment_v6 = on;
      return {};
    default:
      return s.set_tcp_option(*record, option, value, now);
  }
  if (record->holds_port) return s.ports.update(transport_of(*record), s.binding_of(*record));
  return {};
}

Result<std::int64_t, SockError> Stack::get_option(SocketId id, Option option) const {
  const SocketRecord* record = state_->sockets.find(id);
  if (record == nullptr) return Err{SockError::bad_descriptor};
  switch (option) {
    case Option::reuse_address:
      return record->reuse_address ? 1 : 0;
    case Option::reuse_port:
      return record->reuse_port ? 1 : 0;
    case Option::broadcast:
      return record->broadcast ? 1 : 0;
    case Option::v6_only:
      return record->v6_only ? 1 : 0;
    case Option::hop_limit:
      return record->hop_limit != 0 ? record->hop_limit : state_->config.net.default_ttl;
    case Option::multicast_hop_limit:
      return record->multicast_hop_limit;
    case Option::multicast_loop:
      return record->multicast_loop ? 1 : 0;
    case Option::traffic_class:
      return record->traffic_class;
    case Option::receive_error:
      return record->receive_error ? 1 : 0;
    case Option::receive_error_v6:
      return record->receive_error_v6 ? 1 : 0;
    case Option::multicast_all:
      return record->multicast_all ? 1 : 0;
    case Option::multicast_all_v6:
      return record->multicast_all_v6 ? 1 : 0;
    case Option::multicast_interface:
      return record->multicast_interface;
    case Option::multicast_interface_v6:
      return record->multicast_interface_v6;
    case Option::mtu_discovery:
      return static_cast<std::int64_t>(record->mtu_discovery);
    case Option::mtu_discovery_v6:
      return static_cast<std::int64_t>(record->mtu_discovery_v6);
    case Option::dont_fragment_v6:
      return record->dont_fragment_v6 ? 1 : 0;
    default:
      return state_->get_tcp_option(*record, option);
  }
}

Status<SockError> Stack::State::set_multicast_interface(SocketRecord& record, Option option,
                                                        std::uint32_t index) {
  if (index != 0 && ip.interface(InterfaceId{index}) == nullptr) return Err{SockError::no_device};
  const bool v4 = option == Option::multicast_interface;
  (v4 ? record.multicast_interface : record.multicast_interface_v6) = index;
  return {};
}

// --- Groups ------------------------------------------------------------------------------------

Status<SockError> Stack::join(SocketId id, const wire::IpAddress& group, InterfaceId interface,
                              Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{SockError::bad_descriptor};
  if (!group.is_multicast()) return Err{SockError::invalid};
  if (interface == InterfaceId{}) {
    const auto path = s.ip.route(group, wire::IpAddress::any(group.family()), 0);
    if (!path) return Err{SockError::no_device};
    interface = path->interface;
  }
  const auto same = [&](const Membership& member) {
    return member.group == group && member.interface == interface;
  };
  if (std::ranges::any_of(record->memberships, same)) return Err{SockError::address_in_use};
  if (const auto joined = s.ip.join(interface, group, now); !joined) return joined;
  record->memberships.push_back({group, interface});
  return {};
}

Status<SockError> Stack::leave(SocketId id, const wire::IpAddress& group, InterfaceId interface,
                               Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{SockError::bad_descriptor};
  const auto same = [&](const Membership& member) {
    return member.group == group && (interface == InterfaceId{} || member.interface == interface);
  };
  const auto found = std::ranges::find_if(record->memberships, same);
  if (found == record->memberships.end()) return Err{SockError::address_not_available};
  const Membership member = *found;
  record->memberships.erase(found);
  return s.ip.leave(member.interface, member.group, now);
}

}  // namespace zsock
