#include "daemon/stack/stack.h"

#include <algorithm>

#include "daemon/stack/stack_state.h"
#include "daemon/stack/wire/protocol.h"

namespace zsock {
namespace {

constexpr std::size_t kLargestPacket = 65536 + kMaxHeaderOctets;

/// The next hop does not answer. What waited for it is lost, as on a link: the retransmission timer
/// tells when to try again, and when to give up (RFC 9293 3.8.3).
void lose_output(tcp::Connection& connection, Instant now) {
  connection.on_unreachable(SockError::host_unreachable, now);
  tcp::SegmentOut lost;
  while (connection.poll_segment(lost, 0, now)) {
  }
}

std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

}  // namespace

Stack::State::State(const StackConfig& stack_config, Rng& random, Peers* other_stacks)
    : config(stack_config),
      rng(random),
      peers(other_stacks),
      ip(config.net, random, counters),
      ports(config.ports, random, peers == nullptr ? nullptr : &peers->ports(),
            peers == nullptr ? 0 : peers->number()),
      isn(random),
      tcp_table(SipKey::draw(random)),
      time_wait(config.tcp, counters, SipKey::draw(random)),
      spread_key(SipKey::draw(random)),
      ready(1),
      loopback_packet(kLargestPacket),
      outgoing_copy(kLargestPacket) {}

Stack::Stack(const StackConfig& config, Rng& rng, Peers* peers)
    : state_(std::make_unique<State>(config, rng, peers)) {}
Stack::~Stack() = default;

InterfaceId Stack::add_interface(const net::InterfaceConfig& config, Instant now) {
  const InterfaceId id = state_->ip.add_interface(config, now);
  state_->ready.resize(id.value + 1);
  return id;
}

Status<SockError> Stack::set_mtu(InterfaceId interface, std::uint16_t mtu, Instant now) {
  State& s = *state_;
  const auto changed = s.ip.set_mtu(interface, mtu);
  if (!changed) return changed;
  s.sockets.for_each([&](SocketRecord& record) {
    if (!record.connection || record.path.interface != interface) return;
    const wire::Flow& flow = record.flow;
    if (const auto path = s.ip.route(flow.remote.address, flow.local.address, flow.remote.scope)) {
      record.path = *path;
    }
    record.connection->on_path_mss(s.path_mss(record.path, flow.remote.address, now).now);
    s.settle(record, now);
  });
  return {};
}

Status<SockError> Stack::add_address(InterfaceId interface, const wire::Cidr& address,
                                     Instant now) {
  return state_->ip.add_address(interface, address, now);
}

Status<SockError> Stack::add_route(const wire::Cidr& destination, const wire::IpAddress& gateway) {
  return state_->ip.add_route(destination, gateway);
}

std::vector<net::Ip::AddressInfo> Stack::addresses() const {
  return state_->ip.addresses();
}

// --- Frames ------------------------------------------------------------------------------------

void Stack::receive(InterfaceId in, const RxFrame& frame, Instant now) {
  state_->take(in, frame, now);
  state_->drain_neighbor_events(now);
}

void Stack::State::take(InterfaceId in, const RxFrame& frame, Instant now) {
  const net::Input input = ip.receive(in, frame, now);
  if (const auto* datagram_in = std::get_if<net::Datagram>(&input)) {
    if (datagram_in->protocol == wire::ip_protocol::kTcp) {
      tcp_input(*datagram_in, now);
    } else if (datagram_in->protocol == wire::ip_protocol::kUdp) {
      udp_input(*datagram_in, now);
    } else if (datagram_in->protocol == icmp_of(datagram_in->source.family())) {
      ping_input(*datagram_in, now);
    } else {
      ++counters.drop_unknown_protocol;
      ip.refuse(*datagram_in, net::Refusal::protocol_unreachable, now);
    }
  } else if (const auto* error = std::get_if<net::TransportError>(&input)) {
    transport_error(*error, now);
  }
}

void Stack::State::transport_error(const net::TransportError& error, Instant now) {
  if (error.protocol == wire::ip_protocol::kTcp) tcp_error(error, now);
  if (error.protocol == wire::ip_protocol::kUdp) udp_error(error, now);
  if (error.protocol == icmp_of(error.local.family())) ping_error(error, now);
}

bool Stack::poll_transmit(InterfaceId out, TxFrame& frame, Instant now) {
  State& s = *state_;
  s.drain_neighbor_events(now);
  s.pump_loopback(now);
  return s.ip.poll_transmit(out, frame, now) || s.transmit_ready(out, frame, now);
}

bool Stack::State::transmit_ready(InterfaceId out, TxFrame& frame, Instant now) {
  if (out.value >= ready.size()) return false;
  Fifo<SocketId>& queue = ready[out.value];
  for (std::size_t turns = queue.size(); turns > 0; --turns) {
    const SocketId id = queue.front();
    queue.pop_front();
    SocketRecord* record = sockets.find(id);
    if (record == nullptr) continue;
    record->in_ready = false;
    if (record->kind == SocketKind::tcp) {
      if (record->path.interface != out) {  // a new connection, another way
        mark_ready(*record);
      } else if (record->connection && tcp_output(*record, frame, now)) {
        // A connection that was dropped for a new life of its socket has nothing to say.
        return true;
      }
    } else if (udp_output(*record, now) && ip.poll_transmit(out, frame, now)) {
      return true;
    }
  }
  return false;
}

// --- Time and events ---------------------------------------------------------------------------

std::optional<Instant> Stack::next_deadline() const {
  State& s = *state_;
  if (s.loopback_pending() || s.dhcp_conflict()) return Instant::min();
  std::optional<Instant> next = earlier(s.ip.next_deadline(), s.time_wait.deadline());
  if (s.dhcp) next = earlier(next, s.dhcp->client.deadline());
  if (const auto due = s.earliest_deadline()) next = earlier(next, due);
  return next;
}

/// Entries of sockets that are gone are no reason to wake up.
std::optional<Instant> Stack::State::earliest_deadline() {
  while (const auto first = deadlines.peek()) {
    const SocketRecord* record = sockets.at(first->id);
    if (record != nullptr && record->scheduled.is_next(first->when)) return first->when;
    deadlines.pop_due(first->when);
  }
  return std::nullopt;
}

void Stack::on_deadline(Instant now) {
  State& s = *state_;
  s.ip.on_deadline(now);
  if (s.dhcp) {
    s.dhcp->client.on_deadline(now);
    s.dhcp_settle(now);
  }
  for (const wire::Flow& flow : s.time_wait.on_deadline(now)) s.drop_flow(flow);
  while (const auto due = s.deadlines.pop_due(now)) s.run_deadline(*due, now);
  s.drain_neighbor_events(now);
}

void Stack::State::run_deadline(const Deadline& due, Instant now) {
  SocketRecord* record = sockets.at(due.id);
  if (record == nullptr || !record->scheduled.come_up(due.when)) return;
  if (record->acceptor) {
    const auto listen_due = record->acceptor->listener.deadline();
    if (listen_due && *listen_due <= now) {
      half_open_total -= record->acceptor->listener.half_open();
      for (const tcp::Reply& reply : record->acceptor->listener.on_deadline(now))
        send_reply(reply, now);
      half_open_total += record->acceptor->listener.half_open();
    }
    schedule(*record);
  } else if (record->connection) {
    const auto connection_due = record->connection->deadline();
    if (connection_due && *connection_due <= now) record->connection->on_deadline(now);
    settle(*record, now);
  }
}

void Stack::State::schedule(SocketRecord& record) {
  std::optional<Instant> due;
  if (record.acceptor) due = record.acceptor->listener.deadline();
  if (record.connection) due = record.connection->deadline();
  if (due && record.scheduled.must_push(*due)) deadlines.push(*due, record.id.index);
}

void Stack::State::drain_neighbor_events(Instant now) {
  bool undelivered = false;
  while (const auto event = ip.poll_event()) {
    undelivered |= !event->reachable;
    const auto found = waiting.find({event->interface, event->next_hop});
    if (found == waiting.end()) continue;
    const std::vector<SocketId> ids = std::move(found->second);
    waiting.erase(found);
    for (const SocketId id : ids) {
      SocketRecord* record = sockets.find(id);
      if (record == nullptr) continue;
      record->in_waiting = false;
      if (!record->connection) continue;
      if (!event->reachable) {
        lose_output(*record->connection, now);
        notify(*record);
      }
      settle(*record, now);
    }
  }
  if (!undelivered) return;
  while (const auto error = ip.poll_undelivered()) transport_error(*error, now);
}

std::optional<SocketEvent> Stack::poll_event() {
  State& s = *state_;
  while (!s.events.empty()) {
    SocketEvent event = s.events.front();
    s.events.pop_front();
    if (event.released) return event;
    SocketRecord* record = s.sockets.find(event.socket);
    if (record == nullptr) continue;
    record->in_events = false;
    if (record->hidden || record->orphan) continue;
    event.acceptable = std::exchange(record->acceptable, false);
    event.violation = record->violation;
    return event;
  }
  return std::nullopt;
}

void Stack::State::notify(SocketRecord& record) {
  if (record.in_events || record.hidden || record.orphan) return;
  record.in_events = true;
  events.push_back({.socket = record.id, .owner = record.owner});
}

void Stack::State::notify_acceptable(SocketRecord& record) {
  record.acceptable = true;
  notify(record);
}

void Stack::State::mark_ready(SocketRecord& record) {
  if (record.in_ready || record.in_waiting) return;
  record.in_ready = true;
  ready[record.path.interface.value].push_back(record.id);
}

void Stack::State::release(SocketRecord& record) {
  events.push_back({.socket = record.id, .owner = record.owner, .released = true});
  remove(record);
}

void Stack::State::remove(SocketRecord& record) {
  if (record.orphan) --orphans;
  leave_table(record);
  if (record.udp && record.udp->local.port != 0) table_of(record).erase(record.id, *record.udp);
  forget_port(record);
  sockets.remove(record);
}

std::uint64_t Stack::State::spread(const wire::Flow& flow) const {
  return tcp::FlowHash{spread_key}(flow);
}

// --- Looking inside ----------------------------------------------------------------------------

std::size_t Stack::connections() const {
  return state_->tcp_table.size();
}

const Counters& Stack::counters() const {
  return state_->counters;
}

std::vector<SocketRow> Stack::sockets() const {
  std::vector<SocketRow> rows;
  state_->sockets.for_each([&](const SocketRecord& record) {
    SocketRow row{.socket = record.id, .owner = record.owner, .kind = record.kind};
    row.local = record.local;
    if (record.connection) {
      row.info = record.connection->info();
      row.state = tcp::name(record.connection->state());
      row.local = record.flow.local;
      row.remote = record.flow.remote;
    } else if (record.udp) {
      row.state = record.kind == SocketKind::udp ? "UDP" : "PING";
      row.local = record.udp->local;
      row.remote = record.udp->remote.value_or(wire::Endpoint{});
    } else {
      row.state = record.acceptor ? "LISTEN" : "CLOSED";
    }
    rows.push_back(row);
  });
  return rows;
}

void Stack::check_invariants() const {
  const State& s = *state_;
  s.ip.check_invariants();
  std::size_t connections = 0;
  std::size_t orphans = 0;
  std::size_t half_open = 0;
  s.time_wait.check_invariants();
  s.sockets.for_each([&](const SocketRecord& record) {
    if (record.orphan) ++orphans;
    if (record.acceptor) {
      record.acceptor->listener.check_invariants();
      half_open += record.acceptor->listener.half_open();
    }
    if (!record.connection) return;
    record.connection->check_invariants();
    if (record.in_table && s.tcp_table.find(record.flow) == record.id.index) ++connections;
    // Conformance INV-5: whoever has something to do stands in a queue for it.
    ZSOCK_CHECK(!record.connection->deadline() || !record.scheduled.empty());
  });
  ZSOCK_CHECK(connections == s.tcp_table.size());
  ZSOCK_CHECK(orphans == s.orphans);
  ZSOCK_CHECK(half_open == s.half_open_total);
}

}  // namespace zsock
