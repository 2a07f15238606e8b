/// \file
/// Socket options that live in the stack, and group membership.

#include <algorithm>
#include <limits>

#include "daemon/stack/stack_state.h"

namespace zsock {
namespace {

Status<SockError> require(bool condition) {
  if (condition) return {};
  return Err{SockError::invalid};
}

bool within(std::int64_t value, std::int64_t low, std::int64_t high) {
  return low <= value && value <= high;
}

std::int64_t or_default(const std::optional<Duration>& value, Duration fallback) {
  return value.value_or(fallback).count();
}

}  // namespace

Status<SockError> Stack::set_option(SocketId id, Option option, std::int64_t value, Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{SockError::bad_descriptor};
  const bool on = value != 0;
  switch (option) {
    case Option::reuse_address:
      record->reuse_address = on;
      break;
    case Option::reuse_port:
      record->reuse_port = on;
      break;
    case Option::broadcast:
      record->broadcast = on;
      return {};
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
    case Option::multicast_loop:
      record->multicast_loop = on;
      return {};
    case Option::traffic_class:
      if (!within(value, 0, 255)) return Err{SockError::invalid};
      record->traffic_class = static_cast<std::uint8_t>(value);
      return {};
    case Option::receive_error:
      record->receive_error = on;
      return {};
    default:
      return s.set_tcp_option(*record, option, value, now);
  }
  if (record->holds_port)
    return s.ports.update(record->udp ? Transport::udp : Transport::tcp, s.binding_of(*record));
  return {};
}

Status<SockError> Stack::State::set_tcp_option(SocketRecord& record, Option option,
                                               std::int64_t value, Instant now) {
  constexpr std::int64_t kMaxSeconds = 32767LL * 1'000'000;
  tcp::SocketOptions& o = record.tcp_options;
  const Duration duration{value};
  Status<SockError> valid{};
  switch (option) {
    case Option::keep_alive:
      o.keep_alive = value != 0;
      break;
    case Option::no_delay:
      o.no_delay = value != 0;
      break;
    case Option::cork:
      o.cork = value != 0;
      break;
    case Option::oob_inline:
      o.oob_inline = value != 0;
      break;
    case Option::keepalive_idle:
      valid = require(within(value, 1'000'000, kMaxSeconds));
      if (valid) o.keepalive_idle = duration;
      break;
    case Option::keepalive_interval:
      valid = require(within(value, 1'000'000, kMaxSeconds));
      if (valid) o.keepalive_interval = duration;
      break;
    case Option::keepalive_probes:
      valid = require(within(value, 1, 127));
      if (valid) o.keepalive_probes = static_cast<std::uint32_t>(value);
      break;
    case Option::linger:
      o.linger = value < 0 ? std::nullopt : std::optional{duration};
      break;
    case Option::user_timeout:
      valid = require(value >= 0);
      if (valid) o.user_timeout = value == 0 ? std::nullopt : std::optional{duration};
      break;
    case Option::syn_retries:
      valid = require(within(value, 1, 127));
      if (valid) o.syn_retries = static_cast<std::uint32_t>(value);
      break;
    case Option::max_segment:
      valid = require(value == 0 || within(value, config.tcp.min_peer_mss, 32767));
      if (valid)
        o.max_segment =
            value == 0 ? std::nullopt : std::optional{static_cast<std::uint16_t>(value)};
      break;
    case Option::fin_wait_2:
      o.fin_wait_2 = value < 0 ? std::nullopt : std::optional{duration};
      break;
    default:
      return Err{SockError::option_not_supported};
  }
  if (valid && record.connection) {
    record.connection->set_options(o, now);
    settle(record, now);
  }
  return valid;
}

Result<std::int64_t, SockError> Stack::get_option(SocketId id, Option option) const {
  const SocketRecord* record = state_->sockets.find(id);
  if (record == nullptr) return Err{SockError::bad_descriptor};
  const tcp::Config& defaults = state_->config.tcp;
  const tcp::SocketOptions& o = record->tcp_options;
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
    case Option::keep_alive:
      return o.keep_alive ? 1 : 0;
    case Option::keepalive_idle:
      return or_default(o.keepalive_idle, defaults.keepalive_idle);
    case Option::keepalive_interval:
      return or_default(o.keepalive_interval, defaults.keepalive_interval);
    case Option::keepalive_probes:
      return o.keepalive_probes.value_or(defaults.keepalive_probes);
    case Option::no_delay:
      return o.no_delay ? 1 : 0;
    case Option::cork:
      return o.cork ? 1 : 0;
    case Option::oob_inline:
      return o.oob_inline ? 1 : 0;
    case Option::linger:
      return o.linger ? o.linger->count() : -1;
    case Option::user_timeout:
      return or_default(o.user_timeout, Duration::zero());
    case Option::syn_retries:
      return o.syn_retries.value_or(defaults.syn_retries);
    case Option::max_segment:
      if (record->connection) return record->connection->info().send_mss;
      return o.max_segment.value_or(std::uint16_t{536});
    case Option::fin_wait_2:
      return or_default(o.fin_wait_2, defaults.fin_wait_2_orphan);
  }
  return Err{SockError::option_not_supported};
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
