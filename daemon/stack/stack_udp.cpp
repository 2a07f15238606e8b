/// \file
/// What joins UDP with the network layer: datagrams to sockets, sockets' datagrams to packets.

#include <algorithm>

#include "daemon/stack/stack_state.h"

namespace zsock {
namespace {

using wire::Udp;

/// RFC 768 over IPv4 with the largest total length; of ICMP the header is part of it.
constexpr std::size_t kMaxPayload = 65507;
/// Of one call with UDP_SEGMENT, as in Linux.
constexpr std::size_t kMaxSegments = 128;

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
  udp::Incoming incoming{.flow = {{datagram_in.destination, header->destination_port,
                                   scope_of(datagram_in.destination, datagram_in.interface)},
                                  {datagram_in.source, header->source_port,
                                   scope_of(datagram_in.source, datagram_in.interface)}},
                         .interface = datagram_in.interface.value,
                         .hop_limit = datagram_in.hop_limit,
                         .traffic_class = datagram_in.traffic_class,
                         .time = nanoseconds(now),
                         .payload = header->payload};
  // What a device has merged are datagrams again: UDP_GRO joins them where that is wanted.
  const std::size_t step = datagram_in.segment_size;
  ByteView rest = header->payload;
  bool heard = true;
  while (heard && step != 0 && rest.size() > step) {
    incoming.payload = rest.first(step);
    rest = rest.subspan(step);
    heard = udp_take(datagram_in, incoming);
    ++counters.udp_in;
  }
  incoming.payload = rest;
  if (heard && udp_take(datagram_in, incoming)) return;
  ++counters.drop_udp_no_socket;
  if (!datagram_in.to_group) ip.refuse(datagram_in, net::Refusal::port_unreachable, now);
}

bool Stack::State::udp_take(const net::Datagram& datagram_in, const udp::Incoming& incoming) {
  if (datagram_in.to_group) return udp_deliver_all(incoming) != 0;
  const auto id = udp_table.find(incoming.flow, spread(incoming.flow));
  if (id) udp_deliver(*id, incoming);
  return id.has_value();
}

std::size_t Stack::State::udp_deliver_all(const udp::Incoming& incoming) {
  auto members = udp_table.find_all(incoming.flow, config.udp.fanout_limit + 1);
  if (members.size() > config.udp.fanout_limit) {
    ++counters.drop_udp_fanout_limit;
    members.pop_back();
  }
  for (const SocketId id : members) {
    const SocketRecord* record = sockets.find(id);
    if (record != nullptr && hears_group(*record, incoming)) udp_deliver(id, incoming);
  }
  return members.size();
}

/// IP_MULTICAST_ALL: a socket may hear of other sockets' groups, unless it wants its own only.
bool Stack::State::hears_group(const SocketRecord& record, const udp::Incoming& incoming) const {
  const wire::IpAddress& group = incoming.flow.local.address;
  const bool all = group.is_v4() ? record.multicast_all : record.multicast_all_v6;
  if (all || !group.is_multicast()) return true;
  return std::ranges::any_of(record.memberships, [&](const Membership& member) {
    return member.group == group && member.interface.value == incoming.interface;
  });
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

Result<Target, SockError> Stack::State::datagram_target(SocketRecord& record,
                                                        const udp::Outgoing& outgoing) {
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
  const auto path = udp_path(record, remote, {outgoing.source, outgoing.interface});
  if (!path) return Err{path.error()};
  using Fragmentation = net::Outbound::Fragmentation;
  Target target{.remote = remote, .path = *path};
  target.options.hop_limit = path->is_multicast ? record.multicast_hop_limit : record.hop_limit;
  if (outgoing.hop_limit != 0) target.options.hop_limit = outgoing.hop_limit;
  target.options.traffic_class = outgoing.traffic_class.value_or(record.traffic_class);
  const MtuDiscovery mode = record.sending(remote.address);
  if (mode == MtuDiscovery::wanted) target.fragmentation = Fragmentation::at_source;
  if (mode == MtuDiscovery::required || mode == MtuDiscovery::probing) {
    target.fragmentation = Fragmentation::forbidden;
  }
  target.ignores_path_mtu = mode >= MtuDiscovery::probing;
  return target;
}

std::uint16_t Stack::State::packet_limit(const Target& target, Instant now) const {
  return target.ignores_path_mtu ? target.path.mtu
                                 : ip.path_mtu(target.path, target.remote.address, now);
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
  const bool several = outgoing.segment_size != 0 && outgoing.size > outgoing.segment_size;
  if (several && outgoing.size > outgoing.segment_size * kMaxSegments) {
    return Err{SockError::invalid};
  }
  if (several && may_be_cut_later(*target, outgoing.segment_size, now)) {
    return udp_send_together(record, *target, outgoing, now);
  }
  const ByteView payload = private_copy(outgoing);
  if (!several) return udp_send_one(record, *target, payload, now);
  for (std::size_t begin = 0; begin < payload.size(); begin += outgoing.segment_size) {
    const std::size_t size = std::min<std::size_t>(outgoing.segment_size, payload.size() - begin);
    const auto sent = udp_send_one(record, *target, payload.subspan(begin, size), now);
    if (!sent) return sent;
    record.udp->sent_part(size);
  }
  return {};
}

/// Can the device cut it into the same datagrams? Of those with an IPv4 identification each needs
/// its own.
bool Stack::State::may_be_cut_later(const Target& target, std::size_t segment, Instant now) const {
  const net::InterfaceConfig* interface = ip.interface(target.path.interface);
  const bool v4 = target.path.source.is_v4();
  const std::size_t headers = ip_header_size(target.path.source.family()) + Udp::kHeaderSize;
  return interface != nullptr && interface->datagram_segmentation && !target.path.is_multicast &&
         (!v4 || target.fragmentation != net::Outbound::Fragmentation::allowed) &&
         headers + segment <= packet_limit(target, now);
}

Status<SockError> Stack::State::udp_send_together(const SocketRecord& record, const Target& target,
                                                  const udp::Outgoing& outgoing, Instant now) {
  const Udp header{.source_port = record.udp->local.port, .destination_port = target.remote.port};
  std::array<std::byte, Udp::kHeaderSize> bytes{};
  header.emit_partial(bytes, target.path.source, target.remote.address, outgoing.size);
  const std::array<ByteView, 3> parts{ByteView{bytes}, outgoing.payload[0], outgoing.payload[1]};
  net::Outbound packet = target.packet(wire::ip_protocol::kUdp, parts);
  packet.segment_size = outgoing.segment_size;
  const auto sent = ip.send(packet, now);
  if (!sent) return sent;
  counters.udp_out += (outgoing.size + outgoing.segment_size - 1) / outgoing.segment_size;
  return {};
}

Status<SockError> Stack::State::udp_send_one(SocketRecord& record, const Target& target,
                                             ByteView payload, Instant now) {
  const net::Path& path = target.path;
  const Udp header{.source_port = record.udp->local.port,
                   .destination_port = target.remote.port,
                   .payload = payload};
  std::array<std::byte, Udp::kHeaderSize> bytes{};
  header.emit(bytes, path.source, target.remote.address);
  const std::array<ByteView, 2> parts{ByteView{bytes}, payload};
  const auto sent = ip.send(target.packet(wire::ip_protocol::kUdp, parts), now);
  if (!sent) return sent;
  ++counters.udp_out;
  // As on Linux, one's own datagrams come back only where the group is joined.
  if (path.is_multicast && record.multicast_loop &&
      ip.is_member(path.interface, target.remote.address)) {
    udp_deliver_all({.flow = {target.remote, {path.source, record.udp->local.port, 0}},
                     .interface = path.interface.value,
                     .hop_limit = target.options.hop_limit,
                     .traffic_class = target.options.traffic_class,
                     .time = nanoseconds(now),
                     .payload = payload});
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
                                                    const wire::Endpoint& remote,
                                                    const Choice& choice) {
  const bool chosen = choice.source && !choice.source->is_unspecified();
  wire::IpAddress source = chosen ? choice.source->unmapped() : record.local.address;
  if (source.is_unspecified()) source = wire::IpAddress::any(remote.address.family());
  const InterfaceId interface { choice.interface };
  if (choice.interface != 0 && ip.interface(interface) == nullptr) return Err{SockError::no_device};
  std::uint32_t scope = choice.interface != 0 ? choice.interface : remote.scope;
  if (scope == 0 && remote.address.is_multicast()) {
    scope = remote.address.is_v4() ? record.multicast_interface : record.multicast_interface_v6;
  }
  const auto path = ip.route(remote.address, source, scope);
  if (!path && chosen && path.error() == SockError::address_not_available) {
    // As Linux does it, each family its own way.
    return Err{remote.address.is_v4() ? SockError::network_unreachable : SockError::invalid};
  }
  if (!path) return path;
  const bool there = path->interface == interface || path->interface == kLoopbackInterface;
  if (choice.interface != 0 && !there) {
    return Err{SockError::network_unreachable};
  }
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
