#include "daemon/stack/net/routes.h"

#include <algorithm>
#include <bit>

namespace zsock::net {
namespace {

/// The best of the routes [first, last), which have one prefix.
template <class Iterator>
const Route* choose(Iterator first, Iterator last, std::optional<InterfaceId> only) {
  const auto worse = [](const Route& a, const Route& b) {
    return a.gateway_dead != b.gateway_dead ? a.gateway_dead : a.preference < b.preference;
  };
  const Route* best = nullptr;
  for (; first != last; ++first) {
    if (only && first->interface != *only) continue;
    if (best == nullptr || worse(*best, *first)) best = &*first;
  }
  return best;
}

bool network_less(const Route& route, const wire::IpAddress& network) {
  return route.destination.address < network;
}

}  // namespace

wire::IpAddress network_of(const wire::IpAddress& address, std::uint8_t bits) {
  constexpr unsigned kOctetBits = 8;
  std::array<std::uint8_t, 16> octets = address.octets();
  for (std::size_t i = 0; i < address.size(); ++i) {
    const unsigned start = static_cast<unsigned>(i) * kOctetBits;
    const unsigned kept = bits <= start ? 0U : std::min(kOctetBits, bits - start);
    octets[i] = static_cast<std::uint8_t>(octets[i] & (0xff00U >> kept));
  }
  if (address.is_v6()) return wire::IpAddress::v6(octets);
  return wire::IpAddress::v4(octets[0], octets[1], octets[2], octets[3]);
}

std::size_t common_prefix_length(const wire::IpAddress& a, const wire::IpAddress& b) {
  constexpr std::size_t kOctetBits = 8;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto difference = static_cast<std::uint8_t>(a.octets()[i] ^ b.octets()[i]);
    if (difference != 0) {
      return i * kOctetBits + static_cast<std::size_t>(std::countl_zero(difference));
    }
  }
  return a.size() * kOctetBits;
}

Routes::Group& Routes::group_for(const wire::Cidr& destination) {
  const wire::Family family = destination.address.family();
  const auto place = std::find_if(groups_.begin(), groups_.end(), [&](const Group& group) {
    return group.prefix_length < destination.prefix_length ||
           (group.prefix_length == destination.prefix_length && group.family == family);
  });
  if (place != groups_.end() && place->prefix_length == destination.prefix_length) return *place;
  return *groups_.insert(
      place, Group{.family = family, .prefix_length = destination.prefix_length, .routes = {}});
}

bool Routes::add(const Route& route) {
  Route wanted = route;
  const std::uint8_t bits = route.destination.prefix_length;
  wanted.destination.address = network_of(route.destination.address, bits);
  std::vector<Route>& routes = group_for(wanted.destination).routes;
  auto place =
      std::lower_bound(routes.begin(), routes.end(), wanted.destination.address, network_less);
  while (place != routes.end() && place->destination == wanted.destination) {
    if (place->gateway == wanted.gateway && place->interface == wanted.interface) {
      return false;
    }
    ++place;
  }
  routes.insert(place, wanted);
  return true;
}

void Routes::remove(const Route& route) {
  for (Group& group : groups_) {
    std::erase_if(group.routes, [&](const Route& other) {
      return other.destination == route.destination && other.gateway == route.gateway &&
             other.interface == route.interface;
    });
  }
}

const Route* Routes::find(const wire::IpAddress& destination,
                          std::optional<InterfaceId> only) const {
  for (const Group& group : groups_) {
    if (group.family != destination.family()) continue;
    const wire::IpAddress network = network_of(destination, group.prefix_length);
    const auto first =
        std::lower_bound(group.routes.begin(), group.routes.end(), network, network_less);
    auto last = first;
    while (last != group.routes.end() && last->destination.address == network) ++last;
    if (const Route* route = choose(first, last, only)) return route;
  }
  return nullptr;
}

void Routes::gateway_failed(InterfaceId interface, const wire::IpAddress& gateway) {
  for (Group& group : groups_) {
    for (Route& route : group.routes) {
      if (route.interface == interface && route.gateway == gateway) route.gateway_dead = true;
    }
  }
}

void Routes::gateway_answered(InterfaceId interface, const wire::IpAddress& gateway) {
  for (Group& group : groups_) {
    for (Route& route : group.routes) {
      if (route.interface == interface && route.gateway == gateway) route.gateway_dead = false;
    }
  }
}

std::size_t Routes::size() const {
  std::size_t count = 0;
  for (const Group& group : groups_) count += group.routes.size();
  return count;
}

}  // namespace zsock::net
