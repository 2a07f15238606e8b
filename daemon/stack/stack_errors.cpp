/// \file
/// What ICMP says about sockets' packets, told to the sockets (conformance 2.6).

#include <algorithm>

#include "daemon/stack/stack_state.h"

namespace zsock {
namespace {

/// The flow of the packet that an ICMP error quotes. REQUIRES: at least 4 octets of its transport.
wire::Flow quoted_flow(const net::TransportError& error) {
  return {{error.local, load_be16(error.transport, 0), scope_of(error.local, error.interface)},
          {error.remote, load_be16(error.transport, 2), scope_of(error.remote, error.interface)}};
}

}  // namespace

// --- From the network layer --------------------------------------------------------------------

void Stack::State::udp_error(const net::TransportError& error, Instant now) {
  if (error.transport.size() < wire::Udp::kHeaderSize) return;
  const auto id = udp_table.find(quoted_flow(error), spread(quoted_flow(error)));
  datagram_error(id, {error, quoted_flow(error), wire::Udp::kHeaderSize}, now);
}

void Stack::State::datagram_error(std::optional<SocketId> id, const FlowError& error, Instant now) {
  SocketRecord* record = id ? sockets.find(*id) : nullptr;
  if (record == nullptr) {
    ++counters.drop_icmp_no_match;
    return;
  }
  // A socket that might have sent it makes a smaller path MTU credible.
  const bool too_big = error.cause.mtu != 0;
  if (too_big) ip.learn_path_mtu(error.cause, now);
  const auto& peer = record->udp->remote;
  const bool connected =
      peer && peer->port == error.flow.remote.port && peer->address == error.flow.remote.address;
  const bool ignored = too_big && record->discovery(error.flow.remote.address) == MtuDiscovery::off;
  const bool told = connected && (error.cause.hard || too_big) && !ignored;
  if (!told && (ignored || !record->wants_errors(error.flow.remote.address.family()))) {
    ++counters.drop_icmp_no_match;
    return;
  }
  record->error = too_big ? SockError::message_too_long : error.cause.error;
  if (record->wants_errors(error.flow.remote.address.family())) queue_error(*record, error);
  notify(*record);
}

void Stack::State::tcp_error(const net::TransportError& error, Instant now) {
  if (error.transport.size() < 8) return;
  const wire::Flow flow = quoted_flow(error);
  const auto index = tcp_table.find(flow);
  if (!index) {
    ++counters.drop_icmp_no_match;
    return;
  }
  tcp::IcmpError icmp{.error = error.error, .sequence = tcp::Seq{load_be32(error.transport, 4)}};
  if (error.mtu != 0) {
    icmp.path_mss = static_cast<std::uint16_t>(error.mtu - ip_header_size(error.local.family()) -
                                               wire::Tcp::kMinHeaderSize);
  }
  SocketRecord& record = *sockets.at(*index);
  if (record.connection->on_icmp_error(icmp, now)) {
    ip.learn_path_mtu(error, now);
    tell_stream(record, {error, flow, 0});
    notify(record);
  }
  settle(record, now);
}

/// The end of an attempt is told in full, as Linux tells it even to those who have not asked. With
/// IP_RECVERR, what does not end a connection is an error of the next call.
void Stack::State::tell_stream(SocketRecord& record, const FlowError& error) {
  if (record.connection->state() == tcp::State::closed) return queue_error(record, error);
  if (!record.wants_errors(error.flow.remote.address.family())) return;
  const SockError soft = record.connection->take_soft_error();
  if (soft != SockError::none) record.error = soft;
}

// --- The queue ---------------------------------------------------------------------------------

void Stack::State::queue_error(SocketRecord& record, const FlowError& error) {
  const net::TransportError& cause = error.cause;
  const bool v4 = cause.remote.is_v4();
  QueuedError entry{.error = cause.mtu != 0 ? SockError::message_too_long : cause.error,
                    .origin = v4 ? QueuedError::Origin::icmp_v4 : QueuedError::Origin::icmp_v6,
                    .type = cause.icmp_type,
                    .code = cause.icmp_code,
                    .info = cause.icmp_info,
                    .destination = error.flow.remote,
                    .offender = {cause.reporter, 0, scope_of(cause.reporter, cause.interface)}};
  if (record.kind == SocketKind::ping) entry.destination.port = 0;
  const ByteView data = cause.transport.subspan(std::min(error.header, cause.transport.size()));
  entry.size = std::min(data.size(), QueuedError::kMaxData);
  copy_bytes(MutableBytes(entry.data), data.first(entry.size));
  push_error(record, entry);
}

void Stack::State::push_error(SocketRecord& record, const QueuedError& entry) {
  if (!record.errors) record.errors = std::make_unique<ErrorQueue>();
  if (!record.errors->push(entry)) ++counters.drop_error_queue_full;
}

Result<Stack::TakenError, SockError> Stack::take_queued_error(SocketId id) {
  State& s = *state_;
  SocketRecord* record = s.sockets.find(id);
  if (record == nullptr) return Err{SockError::bad_descriptor};
  if (!record->has_queued_error()) return Err{SockError::would_block};
  TakenError taken{.entry = record->errors->pop()};
  taken.entry.destination = s.present(*record, taken.entry.destination);
  taken.entry.offender = s.present(*record, taken.entry.offender);
  // As Linux does it: the next one of ICMP becomes the pending error; with the last one it is told.
  if (record->has_queued_error() && record->errors->front().is_icmp()) {
    record->error = record->errors->front().error;
  } else if (taken.entry.is_icmp()) {
    record->error = SockError::none;
    taken.told = true;
  }
  if (record->errors->empty()) record->errors.reset();
  s.notify(*record);
  return taken;
}

}  // namespace zsock
