/// \file
/// The socket calls of Stack, as far as they are not one transport's own.

#include "daemon/stack/stack_state.h"

namespace zsock {
namespace {

constexpr auto kUnknown = SockError::bad_descriptor;

}  // namespace

// --- Names -------------------------------------------------------------------------------------

Result<wire::Endpoint, SockError> Stack::State::normalize(const SocketRecord& record,
                                                          const wire::Endpoint& endpoint) const {
  if (endpoint.address.family() != record.family) return Err{SockError::family_not_supported};
  if (!endpoint.address.is_v4_mapped()) return endpoint;
  if (record.v6_only) return Err{SockError::network_unreachable};
  return wire::Endpoint{endpoint.address.unmapped(), endpoint.port, 0};
}

Result<wire::Endpoint, SockError> Stack::State::destination(const SocketRecord& record,
                                                            const wire::Endpoint& endpoint) const {
  auto name = normalize(record, endpoint);
  if (name && name->address.is_unspecified()) {
    name->address = wire::IpAddress::loopback(name->address.family());
  }
  return name;
}

wire::Endpoint Stack::State::present(const SocketRecord& record, wire::Endpoint endpoint) const {
  if (record.family == wire::Family::ipv6 && endpoint.address.is_v4()) {
    endpoint.address = endpoint.address.is_unspecified() ? wire::IpAddress::any(wire::Family::ipv6)
                                                         : endpoint.address.mapped();
  } else if (record.family == wire::Family::ipv4 && endpoint.address.is_v6()) {
    endpoint.address = wire::IpAddress::any(wire::Family::ipv4);
  }
  return endpoint;
}

Binding Stack::State::binding_of(const SocketRecord& record) const {
  return {.socket = record.id,
          .local = record.local,
          .v6_only = record.v6_only,
          .reuse_address = record.reuse_address,
          .reuse_port = record.reuse_port,
          .listening = record.acceptor != nullptr,
          .user = record.user,
          .stack = peers == nullptr ? 0 : peers->number()};
}

Status<SockError> Stack::State::bind_any(SocketRecord& record) {
  if (record.local.port != 0) return {};
  const auto port = ports.bind_any(transport_of(record), binding_of(record));
  if (!port) return Err{port.error()};
  record.local.port = *port;
  record.holds_port = true;
  if (record.udp) udp_rebind(record, record.local);
  return {};
}

void Stack::State::forget_port(SocketRecord& record) {
  if (record.holds_port) ports.release(transport_of(record), record.id);
  record.holds_port = false;
}

void Stack::State::forget_chosen_port(SocketRecord& record) {
  if (record.named_port || !record.holds_port) return;
  wire::Endpoint local = record.local;
  local.port = 0;
  if (record.udp) udp_rebind(record, local);
  record.local = local;
  forget_port(record);
}

// --- Life --------------------------------------------------------------------------------------

Result<SocketId, SockError> Stack::open(SocketKind kind, wire::Family family, std::uint32_t user,
                                        Owner owner) {
  SocketRecord* record = state_->sockets.add(state_->config.socket_limit);
  if (record == nullptr) return Err{SockError::too_many_files};
  record->kind = kind;
  record->family = family;
  record->user = user;
  record->owner = owner;
  record->local.address = wire::IpAddress::any(family);
  record->multicast_all = family == wire::Family::ipv4;  // as on Linux
  if (kind != SocketKind::tcp) {
    record->udp = std::make_unique<udp::Socket>();
    record->udp->local = record->local;
  }
  record->v6_only = kind == SocketKind::ping;  // each family has an ICMP of its own
  return record->id;
}

Status<SockError> Stack::attach(SocketId id, tcp::Rings rings) {
  SocketRecord* record = state_->sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (!record->udp || record->udp->attached()) return Err{SockError::invalid};
  record->udp->attach(rings.receive, rings.transmit);
  return {};
}

Status<SockError> Stack::prepare_to_send(SocketId id, const Intent& intent, Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (!record->udp) return Err{SockError::invalid};
  const auto target = s.datagram_target(*record, {.remote = intent.remote,
                                                  .source = intent.choice.source,
                                                  .interface = intent.choice.interface});
  if (!target) return Err{target.error()};
  const MtuDiscovery mode = record->sending(target->remote.address);
  const bool limited = mode == MtuDiscovery::required || mode == MtuDiscovery::probing ||
                       mode == MtuDiscovery::interface;
  const std::uint16_t mtu = s.packet_limit(*target, now);
  const wire::Family family = target->remote.address.family();
  const std::size_t headers =
      ip_header_size(family) + (record->kind == SocketKind::udp ? wire::Udp::kHeaderSize : 0);
  if (!limited || headers + intent.size <= mtu) return {};
  if (record->wants_errors(family)) {
    s.push_error(
        *record,
        {.error = SockError::message_too_long, .info = mtu, .destination = target->remote});
    s.notify(*record);
  }
  return Err{SockError::message_too_long};
}

Status<SockError> Stack::bind(SocketId id, const wire::Endpoint& local) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (record->local.port != 0 || record->connection) return Err{SockError::invalid};
  const auto name = s.normalize(*record, local);
  if (!name)
    return Err{name.error() == SockError::network_unreachable ? SockError::invalid : name.error()};
  const wire::IpAddress& address = name->address;
  if (!address.is_unspecified() && !address.is_multicast() && !s.ip.is_broadcast(address) &&
      !s.ip.is_local(address)) {
    return Err{SockError::address_not_available};
  }
  const wire::Endpoint before = record->local;
  record->local = *name;
  if (name->port == 0) {
    record->local.port = 0;
    const auto bound = s.bind_any(*record);
    if (!bound) record->local = before;
    return bound;
  }
  const auto bound = s.ports.bind(transport_of(*record), s.binding_of(*record));
  if (!bound) {
    record->local = before;
    return bound;
  }
  record->holds_port = true;
  record->named_port = true;
  if (record->udp) s.udp_rebind(*record, record->local);
  return {};
}

Status<SockError> Stack::connect(SocketId id, const wire::Endpoint& remote, tcp::Rings rings,
                                 Opening opening, Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (opening == Opening::with_text && (record->udp || !s.config.tcp.fast_open_client())) {
    return Err{SockError::operation_not_supported};
  }
  const auto name = s.destination(*record, remote);
  if (!name) return Err{name.error()};
  wire::Endpoint destination = *name;
  // RFC 4007 6: without a zone it names no interface.
  if (destination.address.is_v6() && destination.address.is_link_local() &&
      destination.scope == 0 && record->local.scope == 0) {
    return Err{SockError::invalid};
  }
  if (record->kind == SocketKind::ping) destination.port = State::kPingPort;
  if (record->udp) return s.udp_connect(*record, destination);
  return s.tcp_connect(*record, destination, rings, opening, now);
}

Status<SockError> Stack::disconnect(SocketId id, Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (!record->udp) return s.tcp_disconnect(*record, now);
  record->udp->remote.reset();
  s.udp_rebind(*record, record->local);
  s.forget_chosen_port(*record);
  s.notify(*record);
  return {};
}

Status<SockError> Stack::listen(SocketId id, std::size_t backlog, Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (record->udp) return Err{SockError::operation_not_supported};
  if (record->connection && record->connection->state() != tcp::State::closed)
    return Err{SockError::invalid};
  const std::size_t limit = std::min(backlog, s.config.tcp.backlog_limit);
  if (record->acceptor) {
    record->acceptor->listener.set_backlog(limit);
    return {};
  }
  s.drop_connection(*record);
  if (const auto bound = s.bind_any(*record); !bound) return bound;
  record->acceptor =
      std::make_unique<Acceptor>(Acceptor{.listener = {s.config.tcp, s.counters, s.isn, limit}});
  if (const auto allowed = s.ports.update(Transport::tcp, s.binding_of(*record)); !allowed) {
    record->acceptor.reset();
    return allowed;
  }
  s.listeners[record->local.port].push_back(record->id);
  s.notify_acceptable(*record);
  static_cast<void>(now);
  return {};
}

Status<SockError> Stack::offer(SocketId listener, tcp::Rings rings, Owner child_owner) {
  SocketRecord* record = state_->sockets.find(listener);
  if (record == nullptr) return Err{kUnknown};
  if (!record->acceptor || record->acceptor->has_enough_spares()) {
    return Err{SockError::invalid};
  }
  record->acceptor->spares.push_back({rings, child_owner});
  return {};
}

Result<Accepted, SockError> Stack::accept(SocketId listener) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(listener);
  if (record == nullptr) return Err{kUnknown};
  if (!record->acceptor) return Err{SockError::invalid};
  auto& queue = record->acceptor->established;
  if (queue.empty()) return Err{SockError::would_block};
  SocketRecord* child = s.sockets.find(queue.front());
  queue.pop_front();
  ZSOCK_CHECK(child != nullptr);
  child->hidden = false;
  s.notify(*child);
  return Accepted{child->id,
                  child->owner,
                  {s.present(*child, child->flow.local), s.present(*child, child->flow.remote)}};
}

void Stack::set_unaccepted(SocketId listener, std::size_t count) {
  SocketRecord* record = state_->sockets.find(listener);
  if (record != nullptr && record->acceptor) record->acceptor->unaccepted = count;
}

Status<SockError> Stack::shutdown(SocketId id, Shutdown how, Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (record->udp) {
    // Conformance 2.1: takes effect even where it reports not_connected.
    if (how != Shutdown::transmit) record->receive_shut = record->udp->receive_shut = true;
    if (how != Shutdown::receive) record->transmit_shut = record->udp->transmit_shut = true;
    s.notify(*record);
    if (!record->udp->remote) return Err{SockError::not_connected};
    return {};
  }
  if (record->acceptor) {
    if (how == Shutdown::transmit) return {};
    s.acceptor_close(*record, now);
    s.forget_chosen_port(*record);
    s.notify(*record);
    return s.ports.update(Transport::tcp, s.binding_of(*record));
  }
  if (!record->connection || record->connection->state() == tcp::State::closed)
    return Err{SockError::not_connected};
  if (record->connection->state() == tcp::State::syn_sent) return s.tcp_disconnect(*record, now);
  if (how != Shutdown::transmit) {
    record->receive_shut = true;
    record->connection->shutdown_receive();
  }
  if (how != Shutdown::receive) {
    record->transmit_shut = true;
    record->connection->shutdown_send(now);
  }
  s.notify(*record);
  s.settle(*record, now);
  return {};
}

void Stack::close(SocketId id, Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr || record->orphan) return;
  record->orphan = true;
  ++s.orphans;
  for (const Membership& member : record->memberships)
    static_cast<void>(s.ip.leave(member.interface, member.group, now));
  record->memberships.clear();
  if (record->kind == SocketKind::tcp) {
    s.tcp_close(*record, now);
  } else if (record->udp->transmit_ring().size() != 0) {
    s.mark_ready(*record);  // what was written is still sent
  } else {
    s.release(*record);
  }
}

bool Stack::discard(SocketId id) {
  SocketRecord* record = state_->sockets.find(id);
  if (record == nullptr || record->orphan || !record->connection || record->in_table) return false;
  state_->remove(*record);
  return true;
}

void Stack::abort(SocketId id, Instant now) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return;
  if (record->udp) {
    if (!record->orphan) ++s.orphans;
    record->orphan = true;
    s.release(*record);
    return;
  }
  record->tcp_options.linger = Duration::zero();
  if (!record->orphan) {
    close(id, now);
  } else if (record->connection) {
    record->connection->abort(now);
    s.settle(*record, now);
  }
}

// --- What an application can see ---------------------------------------------------------------

std::optional<SocketStatus> Stack::status(SocketId id) const {
  const SocketRecord* record = state_->sockets.find(id);
  if (record == nullptr) return std::nullopt;
  SocketStatus status{.kind = record->kind, .error = record->error};
  status.queued_error = record->has_queued_error();
  status.listening = record->acceptor != nullptr;
  status.failed = record->failed;
  status.receive_closed = record->receive_shut || record->peer_closed || record->failed;
  status.transmit_closed = record->transmit_shut || record->failed;
  if (record->udp) {
    const udp::Socket& socket = *record->udp;
    status.connected = socket.remote.has_value();
    status.receive_tail = socket.receive_ring().tail();
    status.transmit_head = socket.transmit_ring().head();
    status.notify_position = socket.receive_ring().head() + socket.receive_ring().capacity() / 4;
  } else if (record->connection) {
    const tcp::Connection& connection = *record->connection;
    const tcp::State state = connection.state();
    status.connecting = state == tcp::State::syn_sent ||
                        (state == tcp::State::syn_received && !connection.passive());
    status.waits_for_text = connection.waits_for_text();
    status.connected = record->was_connected;
    status.soft_error = connection.soft_error() != SockError::none && !record->failed;
    status.receive_tail = connection.receive_tail();
    status.transmit_head = connection.transmit_head();
    status.notify_position = connection.window_update_position();
    status.urgent_mark = connection.urgent_mark();
    status.fin_acknowledged = connection.fin_acknowledged();
    status.receive_wanted = connection.wanted(tcp::RingSide::receive);
    if (status.receive_wanted != 0) {
      const Duration least = state_->round_trips.least(record->flow.remote.address);
      status.receive_wanted =
          connection.wanted(tcp::RingSide::receive, tcp::largest_useful_ring(least));
    }
    status.transmit_wanted = connection.wanted(tcp::RingSide::transmit);
    status.unsent_limit = record->tcp_options.unsent_limit;
    if (status.unsent_limit != 0) status.transmit_next = connection.transmit_next();
  }
  return status;
}

SockError Stack::take_error(SocketId id) {
  SocketRecord* record = state_->sockets.find(id);
  return record == nullptr ? SockError::none : std::exchange(record->error, SockError::none);
}

SockError Stack::take_soft_error(SocketId id) {
  SocketRecord* record = state_->sockets.find(id);
  if (record == nullptr || !record->connection) return SockError::none;
  state_->notify(*record);
  return record->connection->take_soft_error();
}

Result<wire::Endpoint, SockError> Stack::local_name(SocketId id) const {
  const SocketRecord* record = state_->sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (record->connection) return state_->present(*record, record->flow.local);
  return state_->present(*record, record->udp ? record->udp->local : record->local);
}

Result<wire::Endpoint, SockError> Stack::peer_name(SocketId id) const {
  const SocketRecord* record = state_->sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (record->udp && record->udp->remote) return state_->present(*record, *record->udp->remote);
  if (record->connection && record->was_connected &&
      record->connection->state() != tcp::State::closed &&
      record->connection->state() != tcp::State::time_wait) {
    return state_->present(*record, record->flow.remote);
  }
  return Err{SockError::not_connected};
}

Result<tcp::ConnectionInfo, SockError> Stack::info(SocketId id) const {
  const SocketRecord* record = state_->sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (!record->connection) return Err{SockError::not_connected};
  return record->connection->info();
}

Result<std::uint16_t, SockError> Stack::path_mtu(SocketId id, Instant now) const {
  const SocketRecord* record = state_->sockets.find(id);
  if (record == nullptr) return Err{kUnknown};
  if (record->connection)
    return state_->ip.path_mtu(record->path, record->flow.remote.address, now);
  if (!record->udp || !record->udp->remote) return Err{SockError::not_connected};
  const wire::Endpoint& remote = *record->udp->remote;
  const auto path = state_->ip.route(remote.address, record->udp->local.address, remote.scope);
  if (!path) return Err{path.error()};
  return state_->ip.path_mtu(*path, remote.address, now);
}

}  // namespace zsock
