#include "daemon/stack/net/router_discovery.h"

#include <algorithm>
#include <array>

namespace zsock::net {
namespace {

constexpr std::size_t kMaxRouters = 8;
constexpr std::size_t kMaxPrefixes = 16;
constexpr std::size_t kMaxRoutes = 32;
constexpr std::size_t kMaxNameServers = 8;

constexpr std::uint32_t kMaxDelay = 1000000;             ///< µs; RFC 4861 10
constexpr std::uint32_t kFirstSolicitations = 3;         ///< RFC 4861 10: MAX_RTR_SOLICITATIONS
constexpr Duration kInterval = std::chrono::seconds(4);  ///< RFC 4861 10, RFC 7559 2: IRT
constexpr Duration kLongest = std::chrono::hours(1);     ///< RFC 7559 2: MRT
constexpr std::uint8_t kNdpHopLimit = 255;

wire::IpAddress all_routers() {
  return wire::IpAddress::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2});
}

wire::Cidr everywhere() {
  return {wire::IpAddress::any(wire::Family::ipv6), 0};
}

Instant end_of(std::uint32_t lifetime, Instant now) {
  return lifetime == wire::kForever ? Instant::max() : now + std::chrono::seconds(lifetime);
}

bool same(const Route& a, const Route& b) {
  return a.destination == b.destination && a.gateway == b.gateway && a.interface == b.interface;
}

}  // namespace

// --- Asking --------------------------------------------------------------------------------------

void RouterDiscovery::start(InterfaceId interface, Instant now) {
  if (!core_.at(interface).ipv6_enabled() || solicitor_of(interface) != nullptr) return;
  solicitors_.push_back({.interface = interface,
                         .interval = kInterval,
                         .next = now + Duration(core_.rng.below(kMaxDelay))});
}

RouterDiscovery::Solicitor* RouterDiscovery::solicitor_of(InterfaceId interface) {
  const auto found = std::ranges::find(solicitors_, interface, &Solicitor::interface);
  return found == solicitors_.end() ? nullptr : &*found;
}

/// RFC 4861 6.3.7 for the first, then RFC 7559 2: ever more seldom, as RFC 8415 15 does it.
void RouterDiscovery::solicit(Solicitor& solicitor, Instant now) {
  const wire::IpAddress destination = all_routers();
  const auto own = core_.addresses.link_local(solicitor.interface);
  const wire::IpAddress source = own.value_or(wire::IpAddress::any(wire::Family::ipv6));
  wire::RouterSolicitation message;
  if (own) message.source_link_address = core_.at(solicitor.interface).config.mac;
  std::array<std::byte, wire::RouterSolicitation::kMaxSize> bytes{};
  const std::size_t size = message.emit(bytes, source, destination);
  const std::array<ByteView, 1> parts{ByteView(bytes).first(size)};
  egress_.send_control({.path = {.interface = solicitor.interface,
                                 .source = source,
                                 .next_hop = destination,
                                 .is_multicast = true},
                        .destination = destination,
                        .protocol = wire::ip_protocol::kIcmpV6,
                        .parts = parts,
                        .options = {.hop_limit = kNdpHopLimit}},
                       wire::multicast_mac(destination));
  ++core_.counters.icmp_out;
  if (++solicitor.sent >= kFirstSolicitations) {
    solicitor.interval = std::min(solicitor.interval * 2, kLongest);
  }
  Duration wait = solicitor.interval;
  if (solicitor.sent >= kFirstSolicitations) {
    const auto tenth = static_cast<std::uint32_t>(wait.count() / 10);
    wait += Duration(core_.rng.below(2 * tenth + 1)) - Duration(tenth);
  }
  solicitor.next = now + wait;
}

// --- Listening -----------------------------------------------------------------------------------

void RouterDiscovery::on_advertisement(InterfaceId in, const wire::Icmpv6& message,
                                       const wire::NdpContext& context, Instant now) {
  Solicitor* solicitor = solicitor_of(in);
  if (solicitor == nullptr) {
    ++core_.counters.drop_icmp_ignored;
    return;
  }
  const auto said = wire::RouterAdvertisement::parse(message, context);
  if (!said || core_.addresses.find(context.source) != nullptr) {
    ++core_.counters.drop_ndp_invalid;
    return;
  }
  if (said->lifetime != 0) solicitor->next.reset();
  if (said->source_link_address) {
    const ScopedAddress router{in, context.source};
    egress_.release(
        router,
        core_.neighbors.heard(router, *said->source_link_address, Neighbors::Create::yes, now),
        now);
  }
  Interface& interface = core_.at(in);
  if (said->hop_limit != 0) interface.hop_limit = said->hop_limit;
  if (said->mtu && *said->mtu >= kMinIpv6Mtu && *said->mtu <= interface.config.mtu) {
    interface.ipv6_mtu = static_cast<std::uint16_t>(*said->mtu);
  }
  learn({.destination = everywhere(),
         .gateway = context.source,
         .interface = in,
         .preference = said->preference},
        said->lifetime, now);
  for (const wire::PrefixInformation& prefix : said->prefixes) take_prefix(in, prefix, now);
  for (const auto& server : said->name_servers) take_name_server(server, now);
  for (const wire::RouteInformation& route : said->routes) {
    if (route.prefix.prefix_length == 0) continue;  // the router has said so itself
    learn({.destination = route.prefix,
           .gateway = context.source,
           .interface = in,
           .preference = route.preference},
          route.lifetime, now);
  }
}

void RouterDiscovery::take_prefix(InterfaceId in, const wire::PrefixInformation& prefix,
                                  Instant now) {
  const wire::IpAddress& address = prefix.prefix.address;
  if (address.is_link_local() || address.is_multicast()) return;  // RFC 4861 6.3.4
  if (prefix.on_link && prefix.prefix.prefix_length != 0) {
    learn({.destination = prefix.prefix, .interface = in}, prefix.valid_lifetime, now);
  }
  if (prefix.autonomous) addresses_.on_prefix(in, prefix, now);
}

RouterDiscovery::Kind RouterDiscovery::kind_of(const Route& route) {
  if (!route.gateway) return Kind::prefix;
  return route.destination.prefix_length == 0 ? Kind::default_router : Kind::route;
}

std::size_t RouterDiscovery::count(Kind kind) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      learned_, [kind](const Learned& learned) { return kind_of(learned.route) == kind; }));
}

void RouterDiscovery::learn(const Route& route, std::uint32_t lifetime, Instant now) {
  Route wanted = route;
  wanted.destination.address =
      network_of(route.destination.address, route.destination.prefix_length);
  const auto known = std::ranges::find_if(
      learned_, [&](const Learned& learned) { return same(learned.route, wanted); });
  if (known != learned_.end()) {
    core_.routes.remove(known->route);
    learned_.erase(known);
  }
  if (lifetime == 0) return;
  constexpr std::array kLimits{kMaxRouters, kMaxPrefixes, kMaxRoutes};
  const Kind kind = kind_of(wanted);
  const bool full = count(kind) >= kLimits[static_cast<std::size_t>(kind)] ||
                    core_.routes.size() >= core_.config.route_limit;
  if (full) {
    ++core_.counters.drop_router_limit;
    return;
  }
  // What the operator has configured stays his.
  if (!core_.routes.add(wanted)) return;
  learned_.push_back({.route = wanted, .expires = end_of(lifetime, now)});
}

/// RFC 8106 6.1. One on the link alone could not be told to the library without its interface.
void RouterDiscovery::take_name_server(const wire::AdvertisedNameServer& server, Instant now) {
  const wire::IpAddress& address = server.address;
  if (address.is_unspecified() || address.is_multicast() || address.is_loopback() ||
      address.is_link_local()) {
    return;
  }
  const auto known = std::ranges::find(name_servers_, address, &NameServer::address);
  if (server.lifetime == 0) {
    if (known != name_servers_.end()) name_servers_.erase(known);
  } else if (known != name_servers_.end()) {
    known->expires = end_of(server.lifetime, now);
  } else if (name_servers_.size() < kMaxNameServers) {
    name_servers_.push_back({address, end_of(server.lifetime, now)});
  } else {
    ++core_.counters.drop_router_limit;
  }
}

std::vector<wire::IpAddress> RouterDiscovery::name_servers() const {
  std::vector<wire::IpAddress> servers;
  for (const NameServer& server : name_servers_) servers.push_back(server.address);
  return servers;
}

// --- Time ----------------------------------------------------------------------------------------

std::optional<Instant> RouterDiscovery::next_deadline() const {
  Instant earliest = Instant::max();
  for (const Learned& learned : learned_) earliest = std::min(earliest, learned.expires);
  for (const NameServer& server : name_servers_) earliest = std::min(earliest, server.expires);
  for (const Solicitor& solicitor : solicitors_) {
    if (solicitor.next) earliest = std::min(earliest, *solicitor.next);
  }
  return earliest == Instant::max() ? std::nullopt : std::optional{earliest};
}

void RouterDiscovery::on_deadline(Instant now) {
  const auto expired = [now](const Learned& learned) { return learned.expires <= now; };
  for (const Learned& learned : learned_) {
    if (expired(learned)) core_.routes.remove(learned.route);
  }
  std::erase_if(learned_, expired);
  std::erase_if(name_servers_, [now](const NameServer& server) { return server.expires <= now; });
  for (Solicitor& solicitor : solicitors_) {
    if (solicitor.next && *solicitor.next <= now) solicit(solicitor, now);
  }
}

void RouterDiscovery::check_invariants() const {
  ZSOCK_CHECK(count(Kind::default_router) <= kMaxRouters);
  ZSOCK_CHECK(count(Kind::prefix) <= kMaxPrefixes);
  ZSOCK_CHECK(count(Kind::route) <= kMaxRoutes);
  ZSOCK_CHECK(name_servers_.size() <= kMaxNameServers);
}

}  // namespace zsock::net
