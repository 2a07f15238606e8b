/// \file
/// What joins the DHCP client with the network layer: its messages to packets, its lease to an
/// address and routes.

#include <utility>

#include "daemon/stack/stack_state.h"

namespace zsock {
namespace {

wire::IpAddress everybody() {
  return wire::IpAddress::v4(255, 255, 255, 255);
}

}  // namespace

void Stack::start_dhcp(InterfaceId interface, Instant now) {
  State& s = *state_;
  const net::InterfaceConfig* config = s.ip.interface(interface);
  if (config == nullptr || s.dhcp) return;
  s.dhcp = std::make_unique<State::Dhcp>(interface, config->mac, s.rng);
  s.dhcp->client.start(now);
}

std::vector<wire::IpAddress> Stack::name_servers() const {
  const auto& dhcp = state_->dhcp;
  std::vector<wire::IpAddress> servers;
  if (dhcp && dhcp->applied) servers = dhcp->applied->name_servers;
  for (const wire::IpAddress& server : state_->ip.name_servers()) servers.push_back(server);
  return servers;
}

bool Stack::State::dhcp_input(const net::Datagram& datagram_in, const wire::Udp& header,
                              Instant now) {
  if (!dhcp || header.destination_port != dhcp::kClientPort ||
      header.source_port != dhcp::kServerPort || datagram_in.interface != dhcp->interface) {
    return false;
  }
  const auto reply = dhcp::Reply::parse(header.payload);
  if (reply) {
    dhcp->client.receive(*reply, now);
    dhcp_settle(now);
  } else {
    ++counters.drop_udp_malformed;
  }
  return true;
}

bool Stack::State::dhcp_conflict() const {
  return dhcp && dhcp->applied && ip.is_duplicate(dhcp->applied->address.address);
}

/// The lease takes effect, questions go out.
void Stack::State::dhcp_settle(Instant now) {
  if (dhcp_conflict()) dhcp->client.decline(now);
  if (dhcp->client.lease() != dhcp->applied) {
    const auto before = std::exchange(dhcp->applied, dhcp->client.lease());
    const auto& lease = dhcp->applied;
    // An address that stays is not touched: it has connections.
    const bool stays = before && lease && before->address == lease->address;
    if (before) withdraw_routes(*before);
    if (before && !stays) ip.remove_address(dhcp->interface, before->address);
    if (lease && !stays) {
      static_cast<void>(ip.add_address(dhcp->interface, lease->address, now, net::Probing::wanted));
    }
    if (lease) add_routes(*lease);
  }
  while (const auto outgoing = dhcp->client.poll()) dhcp_send(*outgoing, now);
}

void Stack::State::add_routes(const dhcp::Lease& lease) {
  for (const dhcp::GatewayRoute& route : lease.routes) {
    static_cast<void>(ip.add_route(route.destination, route.gateway));
  }
}

void Stack::State::withdraw_routes(const dhcp::Lease& lease) {
  for (const dhcp::GatewayRoute& route : lease.routes) {
    ip.remove_route(dhcp->interface, route.destination, route.gateway);
  }
}

void Stack::State::dhcp_send(const dhcp::Outgoing& outgoing, Instant now) {
  const wire::IpAddress destination = outgoing.server.value_or(everybody());
  const wire::IpAddress& source = outgoing.question.current;
  // RFC 2131 4.1: without an address from nobody to everybody, whatever the routes say.
  net::Path path{.interface = dhcp->interface,
                 .source = source,
                 .next_hop = destination,
                 .mtu = ip.interface(dhcp->interface)->mtu,
                 .is_broadcast = true};
  if (outgoing.server) {
    const auto routed = ip.route(destination, source, 0);
    if (!routed) return;
    path = *routed;
  }
  const auto message = outgoing.question.emit();
  const wire::Udp header{
      .source_port = dhcp::kClientPort, .destination_port = dhcp::kServerPort, .payload = message};
  std::array<std::byte, wire::Udp::kHeaderSize> bytes{};
  header.emit(bytes, path.source, destination);
  const std::array<ByteView, 2> parts{ByteView{bytes}, ByteView{message}};
  const auto sent = ip.send({.path = path,
                             .destination = destination,
                             .protocol = wire::ip_protocol::kUdp,
                             .parts = parts},
                            now);
  if (sent) ++counters.udp_out;
}

}  // namespace zsock
