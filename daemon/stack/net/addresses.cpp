#include "daemon/stack/net/addresses.h"

#include <algorithm>
#include <compare>
#include <utility>

#include "daemon/stack/net/routes.h"

namespace zsock::net {
namespace {

/// RFC 4291 2.7 scopes of unicast addresses, as far as they are told apart.
enum class Scope : std::uint8_t { loopback = 1, link = 2, global = 14 };

Scope scope_of(const wire::IpAddress& address) {
  if (address.is_loopback()) return Scope::loopback;
  if (address.is_multicast()) {
    const unsigned scope = address.octets()[1] & 0x0fU;
    return address.is_v6() && scope <= 2 ? Scope::link : Scope::global;
  }
  return address.is_link_local() ? Scope::link : Scope::global;
}

/// RFC 6724 2.1, the default policy table: prefix and label.
std::uint8_t label_of(const wire::IpAddress& address) {
  const auto& o = address.octets();
  if (address.is_v4() || address.is_v4_mapped()) return 4;
  if (address.is_loopback()) return 0;
  if (o[0] == 0x20 && o[1] == 0x02) return 2;
  if (o[0] == 0x20 && o[1] == 0x01 && o[2] == 0 && o[3] == 0) return 5;
  if ((o[0] & 0xfeU) == 0xfc) return 13;
  return 1;
}

/// The rules of RFC 6724 5 as one comparable value; larger is better. Rules 4 and 7 have no object
/// here: there are no home or temporary addresses.
struct Rank {
  bool same_address = false;      ///< rule 1
  int scope = 0;                  ///< rule 2
  bool preferred = false;         ///< rule 3
  bool outgoing = false;          ///< rule 5
  bool same_label = false;        ///< rule 6
  std::size_t common_prefix = 0;  ///< rule 8, capped at the candidate's prefix
  auto operator<=>(const Rank&) const = default;
};

Rank rank(const OwnAddress& candidate, InterfaceId out, const wire::IpAddress& destination) {
  const auto wanted = static_cast<int>(scope_of(destination));
  const auto scope = static_cast<int>(scope_of(candidate.cidr.address));
  constexpr int kTooSmall = 100;
  return {
      .same_address = candidate.cidr.address == destination,
      // The smallest scope that is wide enough; failing that, the widest.
      .scope = scope >= wanted ? -scope : scope - kTooSmall,
      .preferred = !candidate.deprecated,
      .outgoing = candidate.interface == out,
      .same_label = label_of(candidate.cidr.address) == label_of(destination),
      .common_prefix = std::min<std::size_t>(
          common_prefix_length(candidate.cidr.address, destination), candidate.cidr.prefix_length)};
}

}  // namespace

OwnAddress* Addresses::add(const OwnAddress& address) {
  if (find(address.cidr.address) != nullptr) return nullptr;
  addresses_.push_back(address);
  return &addresses_.back();
}

void Addresses::remove(const wire::IpAddress& address) {
  std::erase_if(addresses_, [&](const OwnAddress& own) { return own.cidr.address == address; });
}

const OwnAddress* Addresses::find(const wire::IpAddress& address) const {
  const auto found = std::find_if(addresses_.begin(), addresses_.end(), [&](const OwnAddress& own) {
    return own.cidr.address == address;
  });
  return found == addresses_.end() ? nullptr : &*found;
}

OwnAddress* Addresses::find(const wire::IpAddress& address) {
  return const_cast<OwnAddress*>(std::as_const(*this).find(address));
}

bool Addresses::is_valid(const wire::IpAddress& address) const {
  const OwnAddress* own = find(address);
  if (own != nullptr) return own->state == AddressState::valid;
  return address.is_v4() && address.is_loopback();
}

bool Addresses::is_valid_on(InterfaceId interface, const wire::IpAddress& address) const {
  const OwnAddress* own = find(address);
  return own != nullptr && own->state == AddressState::valid && own->interface == interface;
}

bool Addresses::is_broadcast(const wire::IpAddress& address,
                             std::optional<InterfaceId> interface) const {
  if (address.is_v6()) return false;
  if (address.is_limited_broadcast()) return true;
  const std::optional<InterfaceId> owner = broadcast_interface(address);
  return owner && (!interface || *owner == *interface);
}

std::optional<InterfaceId> Addresses::broadcast_interface(const wire::IpAddress& address) const {
  for (const OwnAddress& own : addresses_) {
    if (own.interface == kLoopbackInterface || own.cidr.address.family() != address.family()) {
      continue;
    }
    if (own.cidr.directed_broadcast() == address) return own.interface;
  }
  return std::nullopt;
}

std::optional<wire::IpAddress> Addresses::choose_source(InterfaceId out,
                                                        const wire::IpAddress& destination) const {
  const OwnAddress* best = nullptr;
  for (const OwnAddress& own : addresses_) {
    if (own.state != AddressState::valid) continue;
    if (own.cidr.address.family() != destination.family()) continue;
    if (own.interface == kLoopbackInterface && out != kLoopbackInterface) continue;
    // RFC 6724 4: link-local sources only from the outgoing interface.
    if (own.interface != out && own.cidr.address.is_link_local()) continue;
    if (best == nullptr || rank(own, out, destination) > rank(*best, out, destination)) best = &own;
  }
  if (best == nullptr) return std::nullopt;
  return best->cidr.address;
}

std::optional<wire::IpAddress> Addresses::link_local(InterfaceId interface) const {
  for (const OwnAddress& own : addresses_) {
    if (own.interface == interface && own.state == AddressState::valid &&
        own.cidr.address.is_v6() && own.cidr.address.is_link_local()) {
      return own.cidr.address;
    }
  }
  return std::nullopt;
}

}  // namespace zsock::net
