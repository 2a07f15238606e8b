/// \file
/// Ping sockets: datagram sockets of ICMP echo. The identifier is the socket's port, so that each
/// sees its own answers only; nothing but echo requests goes out.

#include "daemon/stack/stack_state.h"
#include "daemon/stack/wire/checksum.h"
#include "daemon/stack/wire/icmpv4.h"
#include "daemon/stack/wire/icmpv6.h"

namespace zsock {
namespace {

constexpr std::size_t kHeaderSize = wire::Icmpv4::kHeaderSize;
constexpr std::size_t kChecksum = 2;
constexpr std::size_t kIdentifier = 4;

/// Type and code.
constexpr std::uint16_t kEchoV4 = std::uint16_t{wire::icmpv4_type::kEcho} << 8U;
constexpr std::uint16_t kEchoV6 = std::uint16_t{wire::icmpv6_type::kEcho} << 8U;

bool is_echo(wire::Family family, ByteView message) {
  return message.size() >= kHeaderSize &&
         load_be16(message, 0) == (family == wire::Family::ipv4 ? kEchoV4 : kEchoV6);
}

}  // namespace

void Stack::State::ping_input(const net::Datagram& datagram_in, Instant now) {
  const wire::IpAddress& local = datagram_in.destination;
  const wire::IpAddress& remote = datagram_in.source;
  const wire::Flow flow{
      {local, load_be16(datagram_in.payload, kIdentifier), scope_of(local, datagram_in.interface)},
      {remote, kPingPort, scope_of(remote, datagram_in.interface)}};
  const auto id = ping_table.find(flow, spread(flow));
  if (!id) {
    ++counters.drop_icmp_no_match;
    return;
  }
  udp::Incoming incoming{.flow = flow,
                         .interface = datagram_in.interface.value,
                         .hop_limit = datagram_in.hop_limit,
                         .traffic_class = datagram_in.traffic_class,
                         .time = nanoseconds(now),
                         .payload = datagram_in.payload};
  incoming.flow.remote.port = 0;
  udp_deliver(*id, incoming);
}

void Stack::State::ping_error(const net::TransportError& error, Instant now) {
  if (!is_echo(error.local.family(), error.transport)) return;
  const wire::Flow flow{{error.local, load_be16(error.transport, kIdentifier),
                         scope_of(error.local, error.interface)},
                        {error.remote, kPingPort, scope_of(error.remote, error.interface)}};
  datagram_error(ping_table.find(flow, spread(flow)), {error, flow, 0}, now);
}

Status<SockError> Stack::State::ping_send(SocketRecord& record, const udp::Outgoing& outgoing,
                                          Instant now) {
  const auto target = datagram_target(record, outgoing);
  if (!target) return Err{target.error()};
  const MutableBytes message = private_copy(outgoing);
  const wire::Family family = target->remote.address.family();
  if (!is_echo(family, message)) return Err{SockError::invalid};
  const bool v4 = family == wire::Family::ipv4;
  const std::uint8_t protocol = icmp_of(family);
  store_be16(message, kIdentifier, record.udp->local.port);
  store_be16(message, kChecksum, 0);
  wire::Checksum sum;
  if (!v4) {
    sum.add_pseudo_header(target->path.source, target->remote.address, protocol,
                          static_cast<std::uint32_t>(message.size()));
  }
  store_be16(message, kChecksum, sum.add(message).finish());
  const std::array<ByteView, 1> parts{message};
  const auto sent = ip.send(target->packet(protocol, parts), now);
  if (sent) ++counters.icmp_out;
  return sent;
}

}  // namespace zsock
