/// \file
/// What joins UDP with the network layer: datagrams to sockets, sockets' datagrams to packets.

#include <algorithm>

#include "daemon/stack/stack_state.h"

namespace zsock {
namespace {

using wire::Udp;

/// RFC 768 over IPv4 with the largest total length; of ICMP the header is part of it.
constexpr std::size_t kMaxPayload = 65507;

}  // namespace

// --- In ----------------------------------------------------------------------------------------

void Stack::State::udp_input(const net::Datagram& datagram_in, Instant now) {
  ++counters.udp_in;
  const auto header = Udp::parse(datagram_in.payload);
  if (!header) {
    ++counters.drop_udp_malformed;
    return;
  }
  // A checksum that the device has verified may still be absent, which IPv6 forbids (RFC 8200 8.1).
  const bool absent_in_v6 = datagram_in.source.is_v6() && header->checksum == 0;
  const bool trusted = datagram_in.checksum_verified || !config.net.verify_checksums;
  if ((!trusted &&
       !Udp::verify(datagram_in.payload, datagram_in.source, datagram_in.destination)) ||
      (absent_in_v6 && !datagram_in.checksum_verified)) {
    ++counters.drop_udp_checksum;
    return;
  }
  if (dhcp_input(datagram_in, *header, now)) return;
  const udp::Incoming incoming{.flow = {{datagram_in.destination, header->destination_port,
                                         scope_of(datagram_in.destination, datagram_in.interface)},
                                        {datagram_in.source, header->source_port,
                                         scope_of(datagram_in.source, datagram_in.interface)}},
                               .interface = datagram_in.interface.value,
                               .hop_limit = datagram_in.hop_limit,
                               .traffic_class = datagram_in.traffic_class,
                               .payload = header->payload};
  if (datagram_in.to_group) {
    if (udp_deliver_all(incoming) == 0) ++counters.drop_udp_no_socket;
    return;
  }
  if (const auto id = udp_table.find(incoming.flow, spread(incoming.flow))) {
    udp_deliver(*id, incoming);
    return;
  }
  ++counters.drop_udp_no_socket;
  ip.refuse(datagram_in, net::Refusal::port_unreachable, now);
}

std::size_t Stack::State::udp_deliver_all(const udp::Incoming& incoming) {
  auto members = udp_table.find_all(incoming.flow, config.udp.fanout_limit + 1);
  if (members.size() > config.udp.fanout_limit) {
    ++counters.drop_udp_fanout_limit;
    members.pop_back();
  }
  for (const SocketId id : members) udp_deliver(id, incoming);
  return members.size();
}

void Stack::State::udp_deliver(SocketId id, const udp::Incoming& incoming) {
  SocketRecord* record = sockets.find(id);
  if (record == nullptr || record->orphan || record->receive_shut) return;
  if (!record->udp->deliver(incoming)) {
    ++counters.drop_udp_buffer_full;
    return;
  }
  notify(*record);
}

void Stack::State::udp_error(const net::TransportError& error, Instant now) {
  if (error.transport.size() >= Udp::kHeaderSize) {
    datagram_error(udp_table, quoted_flow(error), error, now);
  }
}

void Stack::State::datagram_error(const udp::Table& table, const wire::Flow& flow,
                                  const net::TransportError& error, Instant now) {
  const auto id = table.find(flow, spread(flow));
  SocketRecord* record = id ? sockets.find(*id) : nullptr;
  // Conformance 2.6: connected sockets get hard errors; IP_RECVERR asks for all of them.
  const bool matches = record != nullptr && record->udp->remote &&
                       record->udp->remote->port == flow.remote.port &&
                       record->udp->remote->address == flow.remote.address;
  // A socket that might have sent it makes a smaller path MTU credible.
  const bool too_big = error.mtu != 0;
  if (too_big && record != nullptr) ip.learn_path_mtu(error, now);
  const bool is_hard = error.hard || too_big;
  if (record == nullptr || !((matches && is_hard) || record->receive_error)) {
    ++counters.drop_icmp_no_match;
    return;
  }
  record->error = too_big ? SockError::message_too_long : error.error;
  notify(*record);
}

// --- Out ---------------------------------------------------------------------------------------

bool Stack::State::udp_output(SocketRecord& record, Instant now) {
  const auto next = record.udp->next();
  if (!next) {
    record.violation = true;
    notify(record);
    if (record.orphan) release(record);
    return true;
  }
  if (*next) {
    const auto sent = record.kind == SocketKind::ping ? ping_send(record, **next, now)
                                                      : udp_send(record, **next, now);
    if (!sent && sent.error() == SockError::no_buffers) {
      mark_ready(record);
      return false;
    }
    if (!sent) record.error = sent.error();
    record.udp->pop();
    notify(record);
  }
  if (record.udp->transmit_ring().size() != 0) {
    mark_ready(record);
  } else if (record.orphan) {
    release(record);
  }
  return true;
}

Result<Stack::State::Target, SockError> Stack::State::datagram_target(
    SocketRecord& record, const udp::Outgoing& outgoing) {
  wire::Endpoint remote = outgoing.remote;
  if (remote.port == 0) {
    if (!record.udp->remote) return Err{SockError::address_required};
    remote = *record.udp->remote;
  } else {
    const auto normalized = destination(record, remote);
    if (!normalized) return Err{normalized.error()};
    remote = *normalized;
  }
  if (outgoing.size > kMaxPayload) return Err{SockError::message_too_long};
  const auto path = udp_path(record, remote);
  if (!path) return Err{path.error()};
  return Target{
      .remote = remote,
      .path = *path,
      .options = {.hop_limit = path->is_multicast ? record.multicast_hop_limit : record.hop_limit,
                  .traffic_class = record.traffic_class}};
}

MutableBytes Stack::State::private_copy(const udp::Outgoing& outgoing) {
  const MutableBytes copy{outgoing_copy};
  copy_bytes(copy, outgoing.payload[0]);
  copy_bytes(copy.subspan(outgoing.payload[0].size()), outgoing.payload[1]);
  return copy.first(outgoing.size);
}

Status<SockError> Stack::State::udp_send(SocketRecord& record, const udp::Outgoing& outgoing,
                                         Instant now) {
  const auto target = datagram_target(record, outgoing);
  if (!target) return Err{target.error()};
  const auto& [remote, path, options] = *target;
  const ByteView payload = private_copy(outgoing);
  const Udp header{
      .source_port = record.udp->local.port, .destination_port = remote.port, .payload = payload};
  std::array<std::byte, Udp::kHeaderSize> bytes{};
  header.emit(bytes, path.source, remote.address);
  const std::array<ByteView, 2> parts{ByteView{bytes}, payload};
  const auto sent = ip.send({.path = path,
                             .destination = remote.address,
                             .protocol = wire::ip_protocol::kUdp,
                             .parts = parts,
                             .options = options},
                            now);
  if (!sent) return sent;
  ++counters.udp_out;
  if (path.is_multicast && record.multicast_loop) {
    const udp::Incoming looped{.flow = {remote, {path.source, record.udp->local.port, 0}},
                               .interface = path.interface.value,
                               .hop_limit = options.hop_limit,
                               .traffic_class = record.traffic_class,
                               .payload = payload};
    udp_deliver_all(looped);
  }
  return {};
}

// --- Calls -------------------------------------------------------------------------------------

/// The table finds sockets by their names: they change only outside of it.
void Stack::State::udp_rebind(SocketRecord& record, const wire::Endpoint& local) {
  udp::Table& table = table_of(record);
  if (record.udp->local.port != 0) table.erase(record.id, *record.udp);
  record.udp->local = local;
  record.udp->v6_only = record.v6_only;
  record.udp->reuse_port = record.reuse_port;
  if (local.port != 0) table.insert(record.id, *record.udp);
}

udp::Table& Stack::State::table_of(const SocketRecord& record) {
  return record.kind == SocketKind::ping ? ping_table : udp_table;
}

Result<net::Path, SockError> Stack::State::udp_path(SocketRecord& record,
                                                    const wire::Endpoint& remote) {
  const wire::IpAddress& bound = record.local.address;
  const auto path = ip.route(
      remote.address,
      bound.is_unspecified() ? wire::IpAddress::any(remote.address.family()) : bound, remote.scope);
  if (!path) return path;
  if (path->is_broadcast && !record.broadcast) return Err{SockError::access_denied};
  if (record.udp->local.port == 0 && !bind_any(record)) return Err{SockError::would_block};
  return path;
}

Status<SockError> Stack::State::udp_connect(SocketRecord& record, const wire::Endpoint& remote) {
  const auto path = udp_path(record, remote);
  if (!path) return Err{path.error()};
  wire::Endpoint local = record.udp->local;
  if (local.address.is_unspecified()) local.address = path->source;
  udp_rebind(record, local);
  record.udp->remote = remote;
  notify(record);
  return {};
}

}  // namespace zsock
