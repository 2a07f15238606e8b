#include "daemon/stack/net/ip.h"

#include <algorithm>
#include <deque>

#include "daemon/stack/net/acd.h"
#include "daemon/stack/net/dad.h"
#include "daemon/stack/net/icmp_errors.h"
#include "daemon/stack/net/ingress.h"
#include "daemon/stack/net/router_discovery.h"
#include "daemon/stack/net/routing.h"
#include "daemon/stack/wire/icmpv4.h"
#include "daemon/stack/wire/icmpv6.h"

namespace zsock::net {
namespace {

constexpr std::uint16_t kMinMtu = 68;  // RFC 791 3.2
constexpr std::uint16_t kLoopbackMtu = 65535;
constexpr std::uint8_t kLinkLocalPrefix = 64;  // RFC 4291 2.5.6
constexpr std::uint8_t kLoopbackPrefixV4 = 8;
constexpr std::uint8_t kLoopbackPrefixV6 = 128;

wire::IpAddress all_hosts() {
  return wire::IpAddress::v4(224, 0, 0, 1);
}
wire::IpAddress all_nodes() {
  return wire::IpAddress::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
}

/// May an interface have this address?
bool is_assignable(const wire::Cidr& cidr) {
  const wire::IpAddress& address = cidr.address;
  const std::size_t longest = address.size() * 8;
  constexpr std::uint8_t kClassE = 240;
  if (address.is_unspecified() || address.is_multicast() || address.is_loopback() ||
      address.is_limited_broadcast() || address.is_v4_mapped() || cidr.prefix_length > longest) {
    return false;
  }
  if (address.is_v6()) return true;
  if (address.octets()[0] == 0 || address.octets()[0] >= kClassE) return false;
  const bool names_network = network_of(address, cidr.prefix_length) == address;
  const bool has_host_part = cidr.directed_broadcast().has_value();
  return !has_host_part || (!names_network && cidr.directed_broadcast() != address);
}

}  // namespace

struct Ip::State {
  State(const Config& config, Rng& rng, Counters& counters)
      : core(config, rng, counters),
        egress(core),
        acd(core, egress),
        arp(core, egress, acd),
        mld(core, egress),
        dad(core, egress, mld),
        ndp(core, egress, dad),
        autoconfiguration(core, dad),
        discovery(core, egress, autoconfiguration),
        icmp(core, egress, ndp, mld, discovery),
        igmp(core, egress),
        ingress(core, arp, icmp, igmp) {}

  Core core;
  Egress egress;
  Acd acd;
  Arp arp;
  Mld mld;
  Dad dad;
  Ndp ndp;
  Autoconfiguration autoconfiguration;
  RouterDiscovery discovery;
  Icmp icmp;
  Igmp igmp;
  Ingress ingress;
  std::deque<NeighborEvent> events{};
  PacketPtr undelivered{};  ///< the one that was told last

  /// Puts on the wire what the neighbour cache asks, and takes over what it tells.
  void settle() {
    while (const auto question = core.neighbors.poll_solicitation()) {
      if (question->target.address.is_v4()) {
        arp.ask(*question);
      } else {
        ndp.ask(*question);
      }
    }
    while (const auto event = core.neighbors.poll_event()) {
      if (event->reachable) {
        core.routes.gateway_answered(event->interface, event->next_hop);
      } else {
        core.routes.gateway_failed(event->interface, event->next_hop);
      }
      // Who never asks must not make it grow: what is old is of no use either.
      if (events.size() >= core.config.neighbor_limit) events.pop_front();
      events.push_back(*event);
    }
  }

  void add_connected(InterfaceId interface, const wire::Cidr& address) {
    core.routes.add({.destination = address, .interface = interface});
  }

  Status<SockError> add_v6(InterfaceId interface, const wire::Cidr& address, Instant now) {
    if (!dad.add(interface, address, now)) return Err{SockError::address_in_use};
    add_connected(interface, address);
    return {};
  }
};

Ip::Ip(const Config& config, Rng& rng, Counters& counters)
    : state_(std::make_unique<State>(config, rng, counters)) {
  Core& core = state_->core;
  core.interfaces.push_back({.config = {.mtu = kLoopbackMtu}});
  for (const wire::Family family : {wire::Family::ipv4, wire::Family::ipv6}) {
    const std::uint8_t prefix =
        family == wire::Family::ipv4 ? kLoopbackPrefixV4 : kLoopbackPrefixV6;
    core.addresses.add(
        {.interface = kLoopbackInterface, .cidr = {wire::IpAddress::loopback(family), prefix}});
  }
}

Ip::~Ip() = default;

// --- Interfaces, addresses, routes ---------------------------------------------------------------

InterfaceId Ip::add_interface(const InterfaceConfig& config, Instant now) {
  State& s = *state_;
  const InterfaceId id{static_cast<std::uint32_t>(s.core.interfaces.size())};
  s.core.interfaces.push_back({.config = config});
  s.core.at(id).groups.join(all_hosts());
  s.core.at(id).groups.join(all_nodes());
  if (s.core.at(id).ipv6_enabled()) {
    // A second interface with the same MAC address keeps its prefix without an address.
    static_cast<void>(s.add_v6(id, {wire::link_local_address(config.mac), kLinkLocalPrefix}, now));
    if (config.autoconfiguration) s.discovery.start(id, now);
  }
  return id;
}

Status<SockError> Ip::add_address(InterfaceId interface, const wire::Cidr& address, Instant now,
                                  Probing probing) {
  State& s = *state_;
  if (interface == kLoopbackInterface || !s.core.exists(interface) || !is_assignable(address)) {
    return Err{SockError::invalid};
  }
  if (address.address.is_v6()) {
    if (!s.core.at(interface).ipv6_enabled()) return Err{SockError::invalid};
    return s.add_v6(interface, address, now);
  }
  if (!s.acd.add(interface, address, probing, now)) return Err{SockError::address_in_use};
  s.add_connected(interface, address);
  return {};
}

Status<SockError> Ip::add_route(const wire::Cidr& destination, const wire::IpAddress& gateway) {
  Core& core = state_->core;
  if (destination.address.family() != gateway.family()) return Err{SockError::network_unreachable};
  const auto interface = find_gateway(core, gateway);
  if (!interface) return Err{interface.error()};
  if (core.routes.size() >= core.config.route_limit) return Err{SockError::no_buffers};
  core.routes.add({.destination = destination, .gateway = gateway, .interface = *interface});
  return {};
}

void Ip::remove_address(InterfaceId interface, const wire::Cidr& address) {
  Core& core = state_->core;
  const OwnAddress* own = core.addresses.find(address.address);
  if (own == nullptr || own->interface != interface || !address.address.is_v4()) return;
  core.addresses.remove(address.address);
  const auto network = network_of(address.address, address.prefix_length);
  const auto shares = [&](const OwnAddress& other) {
    return other.interface == interface && other.cidr.prefix_length == address.prefix_length &&
           network_of(other.cidr.address, address.prefix_length) == network;
  };
  if (std::ranges::any_of(core.addresses.all(), shares)) return;
  core.routes.remove({.destination = {network, address.prefix_length}, .interface = interface});
}

void Ip::remove_route(InterfaceId interface, const wire::Cidr& destination,
                      const wire::IpAddress& gateway) {
  const auto network = network_of(destination.address, destination.prefix_length);
  state_->core.routes.remove({.destination = {network, destination.prefix_length},
                              .gateway = gateway,
                              .interface = interface});
}

Status<SockError> Ip::set_mtu(InterfaceId interface, std::uint16_t mtu) {
  Core& core = state_->core;
  if (!core.exists(interface) || mtu < kMinMtu) return Err{SockError::invalid};
  core.at(interface).config.mtu = mtu;
  return {};
}

std::vector<Ip::AddressInfo> Ip::addresses() const {
  std::vector<AddressInfo> rows;
  for (const OwnAddress& own : state_->core.addresses.all()) {
    rows.push_back({.interface = own.interface,
                    .address = own.cidr,
                    .tentative = own.state == AddressState::tentative,
                    .duplicate = own.state == AddressState::duplicate});
  }
  return rows;
}

std::vector<wire::IpAddress> Ip::name_servers() const {
  return state_->discovery.name_servers();
}

bool Ip::is_local(const wire::IpAddress& address) const {
  return state_->core.addresses.is_valid(address);
}

bool Ip::is_duplicate(const wire::IpAddress& address) const {
  const OwnAddress* own = state_->core.addresses.find(address);
  return own != nullptr && own->state == AddressState::duplicate;
}

bool Ip::is_broadcast(const wire::IpAddress& address) const {
  return state_->core.addresses.is_broadcast(address);
}

const InterfaceConfig* Ip::interface(InterfaceId id) const {
  return state_->core.exists(id) ? &state_->core.at(id).config : nullptr;
}

Status<SockError> Ip::join(InterfaceId interface, const wire::IpAddress& group, Instant now) {
  State& s = *state_;
  if (!group.is_multicast()) return Err{SockError::invalid};
  if (!s.core.exists(interface)) return Err{SockError::no_device};
  const Groups::Change change = s.core.at(interface).groups.join(group);
  if (change == Groups::Change::full) return Err{SockError::no_buffers};
  if (change != Groups::Change::first || interface == kLoopbackInterface) return {};
  if (group.is_v6()) {
    s.mld.joined(interface, group, now);
  } else {
    s.igmp.joined(interface, group, now);
  }
  return {};
}

Status<SockError> Ip::leave(InterfaceId interface, const wire::IpAddress& group, Instant now) {
  Core& core = state_->core;
  if (!group.is_multicast()) return Err{SockError::invalid};
  if (!core.exists(interface)) return Err{SockError::no_device};
  if (!core.at(interface).groups.contains(group)) return Err{SockError::invalid};
  if (core.at(interface).groups.leave(group) != Groups::Change::last) return {};
  if (group.is_v6()) {
    state_->mld.left(interface, group, now);
  } else {
    state_->igmp.left(interface, group, now);
  }
  return {};
}

bool Ip::is_member(InterfaceId interface, const wire::IpAddress& group) const {
  return state_->core.at(interface).groups.contains(group);
}

// --- Input ---------------------------------------------------------------------------------------

Input Ip::receive(InterfaceId in, const RxFrame& frame, Instant now) {
  ZSOCK_CHECK(state_->core.exists(in));
  const Input input = state_->ingress.receive(in, frame, now);
  state_->settle();
  return input;
}

void Ip::refuse(const Datagram& datagram, Refusal why, Instant now) {
  Complaint complaint;
  const bool is_port = why == Refusal::port_unreachable;
  if (datagram.source.is_v4()) {
    complaint = {.type = wire::icmpv4_type::kUnreachable,
                 .code = is_port ? kPortUnreachableV4 : kProtocolUnreachableV4};
  } else if (is_port) {
    complaint = {.type = wire::icmpv6_type::kUnreachable, .code = kPortUnreachableV6};
  } else {
    const auto packet = wire::Ipv6::parse(datagram.packet);
    if (!packet) return;
    const wire::Ipv6Chain chain = wire::walk_ipv6_chain(*packet, {});
    complaint = {.type = wire::icmpv6_type::kParameterProblem,
                 .code = kUnrecognizedNextHeaderV6,
                 .rest = static_cast<std::uint32_t>(chain.protocol_offset)};
  }
  state_->icmp.complain(complaint, datagram.packet,
                        {.interface = datagram.interface, .to_group = datagram.to_group}, now);
  state_->settle();
}

void Ip::learn_path_mtu(const TransportError& error, Instant now) {
  if (error.mtu == 0) return;
  state_->core.path_mtus.lower(error.remote, error.mtu, now);
}

// --- Output --------------------------------------------------------------------------------------

Result<Path, SockError> Ip::route(const wire::IpAddress& destination, const wire::IpAddress& source,
                                  std::uint32_t scope) const {
  return find_path(state_->core, destination, source, scope);
}

std::uint16_t Ip::path_mtu(const Path& path, const wire::IpAddress& destination,
                           Instant now) const {
  const Core& core = state_->core;
  const std::uint16_t link_mtu =
      core.exists(path.interface) ? core.at(path.interface).mtu(destination.family()) : path.mtu;
  return core.path_mtus.get(destination, link_mtu, now);
}

bool Ip::ready(const Path& path, Instant now) {
  const bool is_ready = state_->egress.ready(path, now);
  if (!is_ready) state_->settle();
  return is_ready;
}

void Ip::confirm_reachable(const Path& path, Instant now) {
  if (path.interface == kLoopbackInterface) return;
  state_->core.neighbors.confirm({path.interface, path.next_hop}, now);
}

std::size_t Ip::begin_frame(TxFrame& frame, const Outbound& packet, std::size_t transport_size,
                            Instant now) {
  return state_->egress.begin_frame(frame, packet, transport_size, now);
}

Status<SockError> Ip::send(const Outbound& packet, Instant now) {
  const Status<SockError> sent = state_->egress.send(packet, now);
  state_->settle();
  return sent;
}

bool Ip::poll_transmit(InterfaceId out, TxFrame& frame, Instant /*now*/) {
  return state_->egress.poll_transmit(out, frame);
}

bool Ip::has_output(InterfaceId out) const {
  return !state_->egress.empty(out);
}

bool Ip::output_full(InterfaceId out) const {
  return state_->egress.full(out);
}

// --- Time and events -----------------------------------------------------------------------------

std::optional<Instant> Ip::next_deadline() const {
  std::optional<Instant> earliest;
  for (const std::optional<Instant>& deadline :
       {state_->core.neighbors.next_deadline(), state_->ingress.next_deadline(),
        state_->acd.next_deadline(), state_->dad.next_deadline(), state_->mld.next_deadline(),
        state_->igmp.next_deadline(), state_->autoconfiguration.next_deadline(),
        state_->discovery.next_deadline()}) {
    if (deadline && (!earliest || *deadline < *earliest)) earliest = deadline;
  }
  return earliest;
}

void Ip::on_deadline(Instant now) {
  state_->core.neighbors.on_deadline(now);
  state_->acd.on_deadline(now);
  state_->dad.on_deadline(now);
  state_->mld.on_deadline(now);
  state_->igmp.on_deadline(now);
  state_->autoconfiguration.on_deadline(now);
  state_->discovery.on_deadline(now);
  state_->ingress.on_deadline(now);
  state_->settle();
}

std::optional<NeighborEvent> Ip::poll_event() {
  if (state_->events.empty()) return std::nullopt;
  const NeighborEvent event = state_->events.front();
  state_->events.pop_front();
  return event;
}

std::optional<TransportError> Ip::poll_undelivered() {
  Core& core = state_->core;
  for (;;) {
    if (state_->undelivered) core.pool.give(std::move(state_->undelivered));
    auto next = core.neighbors.poll_undelivered();
    if (!next) return std::nullopt;
    state_->undelivered = std::move(next->packet);
    const Packet& packet = *state_->undelivered;
    const bool v4 = packet.type == wire::EtherType::ipv4;
    const auto family = v4 ? wire::Family::ipv4 : wire::Family::ipv6;
    const auto quoted = parse_quoted(family, packet.bytes);
    if (!quoted) continue;
    // Host unreachable, or address unreachable.
    return TransportError{.local = quoted->source,
                          .remote = quoted->destination,
                          .reporter = quoted->source,
                          .interface = next->interface,
                          .protocol = quoted->protocol,
                          .error = SockError::host_unreachable,
                          .icmp_type = static_cast<std::uint8_t>(v4 ? 3 : 1),
                          .icmp_code = static_cast<std::uint8_t>(v4 ? 1 : 3),
                          .transport = quoted->transport};
  }
}

void Ip::check_invariants() const {
  state_->core.neighbors.check_invariants();
  state_->ingress.check_invariants();
  state_->autoconfiguration.check_invariants();
  state_->discovery.check_invariants();
}

}  // namespace zsock::net
