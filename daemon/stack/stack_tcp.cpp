/// \file
/// What joins TCP with the network layer: segments to connections, listeners and TIME-WAIT;
/// connections' segments to frames.

#include <algorithm>
#include <utility>

#include "daemon/stack/net/path_mtu.h"
#include "daemon/stack/stack_state.h"
#include "daemon/stack/wire/checksum.h"

namespace zsock {
namespace {

using wire::Tcp;

constexpr std::size_t kChecksumOffset = 16;  ///< of the checksum in a TCP header
/// The largest text of a super-segment: the IPv4 total length has 16 bits.
constexpr std::size_t kMaxSuperSegmentText = 65535 - 60 - Tcp::kMaxHeaderSize;

// RFC 3168 5.
constexpr unsigned kEcnMask = 3;
constexpr unsigned kEct0 = 2;
constexpr unsigned kCe = 3;

tcp::Segment to_segment(const Tcp& header, const net::Datagram& datagram) {
  tcp::Segment segment;
  segment.seq = tcp::Seq{header.sequence};
  segment.ack = tcp::Seq{header.acknowledgment};
  segment.flags = header.flags;
  segment.window = header.window;
  segment.urgent = header.urgent;
  segment.options = header.options;
  segment.text = header.payload;
  segment.segment_size = datagram.segment_size;
  segment.congestion_experienced = (datagram.traffic_class & kEcnMask) == kCe;
  return segment;
}

Tcp to_header(const wire::Flow& flow, const tcp::SegmentOut& segment) {
  Tcp header;
  header.source_port = flow.local.port;
  header.destination_port = flow.remote.port;
  header.sequence = segment.seq.value();
  header.acknowledgment = segment.ack.value();
  header.flags = segment.flags;
  header.window = segment.window;
  header.urgent = segment.urgent;
  header.options = segment.options;
  return header;
}

/// The two low bits are TCP's, not the application's (RFC 3168 5).
std::uint8_t with_ecn(std::uint8_t traffic_class, const tcp::SegmentOut& segment) {
  const unsigned codepoint = segment.ecn_capable ? kEct0 : 0;
  return static_cast<std::uint8_t>((traffic_class & ~kEcnMask) | codepoint);
}

}  // namespace

// --- Segments in -------------------------------------------------------------------------------

void Stack::State::tcp_input(const net::Datagram& datagram, Instant now) {
  ++counters.tcp_segments_in;
  // RFC 9293 3.9.2.3, MUST-57: nothing sent to a group concerns TCP.
  if (datagram.to_group) {
    ++counters.drop_tcp_bad_address;
    return;
  }
  if (!datagram.checksum_verified && config.net.verify_checksums &&
      !Tcp::verify(datagram.payload, datagram.source, datagram.destination)) {
    ++counters.drop_tcp_checksum;
    return;
  }
  const auto header = Tcp::parse(datagram.payload);
  if (!header) {
    ++counters.drop_tcp_malformed;
    return;
  }
  const wire::Flow flow{
      {datagram.destination, header->destination_port,
       scope_of(datagram.destination, datagram.interface)},
      {datagram.source, header->source_port, scope_of(datagram.source, datagram.interface)}};
  // Fragments come to every stack; only the whole tells whose they are.
  if (datagram.reassembled && peers != nullptr && !peers->is_mine(flow)) return;
  tcp_deliver(flow, to_segment(*header, datagram), now);
}

void Stack::State::tcp_deliver(const wire::Flow& flow, const tcp::Segment& segment, Instant now) {
  counters.tcp_octets_in += segment.text.size();
  if (const auto index = tcp_table.find(flow)) {
    SocketRecord& record = *sockets.at(*index);
    record.connection->on_segment(segment, now);
    settle(record, now);
    return;
  }
  if (time_wait.contains(flow)) {
    const auto outcome = time_wait.on_segment(flow, segment, now);
    if (outcome.reply) send_reply({flow, *outcome.reply}, now);
    if (outcome.verdict == tcp::TimeWaitTable::Verdict::answered) return;
    drop_flow(flow);
    listen_input(flow, segment, outcome.next_iss, now);
    return;
  }
  listen_input(flow, segment, std::nullopt, now);
}

void Stack::State::listen_input(const wire::Flow& flow, const tcp::Segment& segment,
                                std::optional<tcp::Seq> beyond, Instant now) {
  SocketRecord* record = find_listener(flow);
  if (record == nullptr) {
    ++counters.drop_tcp_no_socket;
    send_reset(flow, segment, now);
    return;
  }
  const auto path = ip.route(flow.remote.address, flow.local.address, flow.remote.scope);
  if (!path) return;
  Acceptor& acceptor = *record->acceptor;
  const std::uint16_t mss = interface_mss(*path, flow.local.address.family());
  const tcp::ListenPath listen_path{
      .local_mss = std::min(mss, record->tcp_options.max_segment.value_or(mss)),
      .receive_limit = static_cast<std::uint32_t>(config.tcp.max_receive_buffer),
      .receive_buffer = acceptor.spares.empty() ? config.tcp.receive_buffer
                                                : acceptor.spares.front().rings.receive.size(),
      .defer_accept = record->tcp_options.defer_accept,
      .half_open_total = half_open_total,
      .beyond = beyond,
      .fast_open = fast_open_of(*record, now)};
  half_open_total -= acceptor.listener.half_open();
  const auto outcome =
      acceptor.listener.on_segment(flow, segment, listen_path, acceptor.full(), now);
  if (outcome.reply) send_reply(*outcome.reply, now);
  if (outcome.verdict == tcp::Listener::Verdict::reset) send_reset(flow, segment, now);
  if (outcome.verdict == tcp::Listener::Verdict::complete ||
      outcome.verdict == tcp::Listener::Verdict::early) {
    complete_handshake(*record, flow, segment, now);
  } else {
    schedule(*record);
  }
  half_open_total += acceptor.listener.half_open();
}

void Stack::State::complete_handshake(SocketRecord& parent, const wire::Flow& flow,
                                      const tcp::Segment& segment, Instant now) {
  Acceptor& acceptor = *parent.acceptor;
  const tcp::HalfOpen half_open = acceptor.listener.take(flow);
  const auto path = ip.route(flow.remote.address, flow.local.address, flow.remote.scope);
  SocketRecord* child = path ? sockets.add(config.socket_limit) : nullptr;
  if (child == nullptr) return;
  const Acceptor::Spare spare = acceptor.spares.front();
  acceptor.spares.pop_front();
  child->owner = spare.owner;
  child->inherit(parent);
  child->local = flow.local;
  child->flow = flow;
  child->path = *path;
  child->parent = parent.id;
  child->hidden = true;
  child->connection = std::make_unique<tcp::Connection>(config.tcp, counters, half_open,
                                                        path_mss(*path, flow.remote.address, now),
                                                        child->tcp_options, spare.rings);
  child->in_table = tcp_table.insert(flow, child->id.index);
  ZSOCK_CHECK(child->in_table);
  ports.hold(flow, binding_of(*child));
  schedule(parent);
  notify_acceptable(parent);  // its spare rings are taken
  if (half_open.early) {
    ++acceptor.early;
    child->early = true;
    child->connection->open_early(
        segment,
        half_open.gives_cookie ? std::optional{isn.fast_open().make(flow, now)} : std::nullopt,
        now);
    tcp_connected(*child);
  } else {
    child->connection->on_segment(segment, now);
  }
  settle(*child, now);
}

// --- Segments out ------------------------------------------------------------------------------

std::uint16_t Stack::State::interface_mss(const net::Path& path, wire::Family family) const {
  const net::InterfaceConfig* interface = ip.interface(path.interface);
  const std::uint16_t mtu = interface != nullptr ? interface->mtu : path.mtu;
  return static_cast<std::uint16_t>(mtu - ip_header_size(family) - Tcp::kMinHeaderSize);
}

tcp::PathMss Stack::State::path_mss(const net::Path& path, const wire::IpAddress& remote,
                                    Instant now) const {
  const bool v4 = remote.is_v4();
  const std::uint16_t headers = ip_header_size(remote.family()) + Tcp::kMinHeaderSize;
  const std::uint16_t least = v4 ? net::kMinIpv4PathMtu : net::kMinIpv6Mtu;
  return {static_cast<std::uint16_t>(ip.path_mtu(path, remote, now) - headers),
          static_cast<std::uint16_t>(least - headers)};
}

bool Stack::State::tcp_output(SocketRecord& record, TxFrame& frame, Instant now) {
  tcp::Connection& connection = *record.connection;
  if (!connection.has_output(now)) return false;
  if (!ip.ready(record.path, now)) {
    record.in_waiting = true;
    waiting[{record.path.interface, record.path.next_hop}].push_back(record.id);
    return false;
  }
  const net::InterfaceConfig* interface = ip.interface(record.path.interface);
  const std::size_t max_text =
      std::min<std::size_t>(interface->max_segmentation, kMaxSuperSegmentText);
  tcp::SegmentOut segment;
  const bool sent = connection.poll_segment(segment, max_text, now);
  const wire::Flow flow = record.flow;
  const bool inside = record.path.interface == kLoopbackInterface;
  if (sent && !inside) tcp_frame(record, segment, frame, now);
  settle(record, now);
  if (sent && inside) tcp_hand_over(flow, segment, now);
  return sent;
}

void Stack::State::tcp_frame(const SocketRecord& record, const tcp::SegmentOut& segment,
                             TxFrame& frame, Instant now) {
  const Tcp header = to_header(record.flow, segment);
  const std::size_t text = segment.text_size();
  const wire::IpAddress& remote = record.flow.remote.address;
  const net::Outbound packet{.path = record.path,
                             .destination = remote,
                             .protocol = wire::ip_protocol::kTcp,
                             .options = {.hop_limit = record.hop_limit,
                                         .traffic_class = with_ecn(record.traffic_class, segment)},
                             .fragmentation = net::Outbound::Fragmentation::forbidden};
  const std::size_t start = ip.begin_frame(frame, packet, header.header_size() + text, now);
  const std::size_t size = header.emit_partial(MutableBytes{frame.header}.subspan(start),
                                               record.flow.local.address, remote, text);
  frame.header_size = start + size;
  frame.payload = {segment.text[0], segment.text[1], ByteView{}};
  frame.payload_parts = segment.text[1].empty() ? (segment.text[0].empty() ? 0 : 1) : 2;
  frame.needs_checksum = true;
  frame.checksum_start = static_cast<std::uint16_t>(start);
  frame.checksum_offset = kChecksumOffset;
  frame.segmentation = Segmentation::none;
  if (segment.max_segment != 0 && text > segment.max_segment) {
    frame.segmentation = remote.is_v4() ? Segmentation::tcp4 : Segmentation::tcp6;
    frame.segment_size = segment.max_segment;
  }
}

void Stack::State::send_reply(const tcp::Reply& reply, Instant now) {
  const wire::IpAddress& local = reply.flow.local.address;
  const wire::IpAddress& remote = reply.flow.remote.address;
  const auto path = ip.route(remote, local, reply.flow.remote.scope);
  if (!path) return;
  std::array<std::byte, Tcp::kMaxHeaderSize> bytes{};
  const std::size_t size =
      to_header(reply.flow, reply.segment).emit_partial(bytes, local, remote, 0);
  const ByteView header{bytes.data(), size};
  store_be16(bytes, kChecksumOffset, wire::checksum(header));  // completes the partial sum
  const std::array<ByteView, 1> parts{header};
  const net::Outbound packet{.path = *path,
                             .destination = remote,
                             .protocol = wire::ip_protocol::kTcp,
                             .parts = parts,
                             .fragmentation = net::Outbound::Fragmentation::forbidden};
  if (ip.send(packet, now)) ++counters.tcp_segments_out;
}

void Stack::State::send_reset(const wire::Flow& flow, const tcp::Segment& segment, Instant now) {
  const auto reset = tcp::reset_for(segment);
  if (!reset) return;
  ++counters.tcp_resets_out;
  send_reply({flow, *reset}, now);
}

// --- Consequences ------------------------------------------------------------------------------

void Stack::State::settle(SocketRecord& record, Instant now) {
  tcp::Connection& connection = *record.connection;
  const std::uint32_t happened = connection.take_events();
  if ((happened & tcp::event::kProgress) != 0) ip.confirm_reachable(record.path, now);
  const auto& [local, remote] = record.flow;
  if ((happened & tcp::event::kAdviseRoute) != 0) {
    const auto path = ip.route(remote.address, local.address, remote.scope);
    if (path) record.path = *path;
  }
  if ((happened & tcp::event::kPeerClosed) != 0) record.peer_closed = true;
  if ((happened & tcp::event::kFailed) != 0) {
    record.failed = true;
    record.error = connection.error();
  }
  if ((happened & tcp::event::kConnected) != 0) {
    if (connection.fast_open() != nullptr) learn_fast_open(record, now);
    round_trips.learn(remote.address, connection.least_rtt(), now);
    tcp_connected(record);
  }
  if (record.early) leave_early(record, now);
  if (happened != 0) notify(record);
  if (connection.has_output(now)) {
    mark_ready(record);
  } else if (connection.state() == tcp::State::time_wait) {
    // As in Linux, it is the flow's, whether or not the application still holds the socket.
    if (record.in_table) enter_time_wait(record, now);
    if (record.orphan) {
      release(record);
      return;
    }
  } else if (connection.state() == tcp::State::closed) {
    leave_table(record);
    if (record.orphan || (record.hidden && !record.was_connected)) {
      release(record);
      return;
    }
  }
  schedule(record);
}

void Stack::State::leave_table(SocketRecord& record) {
  if (!record.in_table) return;
  tcp_table.erase(record.flow);
  drop_flow(record.flow);
  record.in_table = false;
}

/// The flow moves from one table to the other and keeps its port.
void Stack::State::enter_time_wait(SocketRecord& record, Instant now) {
  tcp_table.erase(record.flow);
  record.in_table = false;
  const auto evicted = time_wait.insert(record.flow, record.connection->time_wait(), now);
  if (evicted) drop_flow(*evicted);
}

void Stack::State::tcp_connected(SocketRecord& record) {
  const bool again = std::exchange(record.was_connected, true);  // early, and now for good
  if (!record.hidden || again) return;
  SocketRecord* parent = sockets.find(record.parent);
  if (parent == nullptr || !parent->acceptor) return;
  parent->acceptor->established.push_back(record.id);
  notify_acceptable(*parent);
}

// --- Calls -------------------------------------------------------------------------------------

Status<SockError> Stack::State::tcp_connect(SocketRecord& record, const wire::Endpoint& remote,
                                            tcp::Rings rings, Opening how, Instant now) {
  if (record.acceptor) return Err{SockError::is_connected};
  if (record.connection && record.connection->state() != tcp::State::closed) {
    const bool opening = record.connection->state() == tcp::State::syn_sent ||
                         record.connection->state() == tcp::State::syn_received;
    return Err{opening ? SockError::already : SockError::is_connected};
  }
  // RFC 9293 3.9.1.1, MUST-46.
  if (remote.address.is_multicast() || ip.is_broadcast(remote.address))
    return Err{SockError::network_unreachable};
  const bool wildcard = record.local.address.is_unspecified();
  const auto path =
      ip.route(remote.address,
               wildcard ? wire::IpAddress::any(remote.address.family()) : record.local.address,
               remote.scope);
  if (!path) return Err{path.error()};
  wire::Flow flow{{path->source, record.local.port, scope_of(path->source, path->interface)},
                  remote};
  const auto taken = [&](std::uint16_t port) {
    flow.local.port = port;
    return tcp_table.find(flow).has_value() || time_wait.contains(flow) ||
           (peers != nullptr && !peers->is_mine(flow));
  };
  if (record.local.port == 0) {
    const auto port = ports.choose_for_connect(flow.local.address, remote, taken);
    if (!port) return Err{port.error()};
    flow.local.port = *port;
  } else if (tcp_table.find(flow) || !claim(flow, *path)) {
    return Err{SockError::address_not_available};
  }
  drop_connection(record);
  time_wait.erase(flow);
  ports.drop(flow);
  record.flow = flow;
  record.path = *path;
  tcp::ConnectionInit init{
      .iss = isn.initial_sequence(flow, now),
      .timestamp_offset = isn.timestamp_offset(flow),
      .local_mss = interface_mss(*path, remote.address.family()),
      .path_mss = path_mss(*path, remote.address, now),
      .receive_limit = static_cast<std::uint32_t>(config.tcp.max_receive_buffer)};
  if (how == Opening::with_text || record.tcp_options.fast_open_connect) {
    if (config.tcp.fast_open_client()) init.fast_open = fast_open.offer(remote.address, now);
  }
  record.connection =
      std::make_unique<tcp::Connection>(config.tcp, counters, init, record.tcp_options, rings);
  record.in_table = tcp_table.insert(flow, record.id.index);
  ports.hold(flow, binding_of(record));
  record.connection->open(now);
  settle(record, now);
  return Err{SockError::in_progress};
}

/// Forgets an ended connection so that the socket can connect again.
void Stack::State::drop_connection(SocketRecord& record) {
  leave_table(record);
  if (std::exchange(record.in_waiting, false)) {
    const auto found = waiting.find({record.path.interface, record.path.next_hop});
    if (found != waiting.end()) std::erase(found->second, record.id);
  }
  record.connection.reset();
  record.scheduled.forget();
  record.was_connected = false;
  record.peer_closed = false;
  record.receive_shut = false;
  record.transmit_shut = false;
  record.failed = false;
  record.error = SockError::none;
}

Status<SockError> Stack::State::tcp_disconnect(SocketRecord& record, Instant now) {
  if (record.acceptor) return Err{SockError::invalid};
  if (!record.connection) return {};
  const bool ended = record.connection->state() == tcp::State::closed;
  record.connection->abort(now);
  tcp::SegmentOut reset;
  while (record.connection->poll_segment(reset, 0, now)) send_reply({record.flow, reset}, now);
  if (record.early) leave_early(record, now);
  drop_connection(record);
  forget_chosen_port(record);
  if (!ended) record.error = SockError::connection_reset;
  notify(record);
  return {};
}

void Stack::State::tcp_close(SocketRecord& record, Instant now) {
  if (record.acceptor) acceptor_close(record, now);
  if (!record.connection) {
    release(record);
    return;
  }
  const bool abortive = record.tcp_options.linger == Duration::zero();
  const bool too_many = orphans > config.tcp.orphan_limit;
  if (too_many) ++counters.drop_tcp_orphan_limit;
  if (abortive || too_many) {
    record.connection->abort(now);
  } else {
    record.connection->close(now);
  }
  settle(record, now);
}

}  // namespace zsock
