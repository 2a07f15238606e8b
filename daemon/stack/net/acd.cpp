#include "daemon/stack/net/acd.h"

#include <algorithm>
#include <chrono>

namespace zsock::net {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

// RFC 5227 1.1
constexpr std::uint32_t kProbeWait = 1000000;  ///< µs, at most
constexpr Duration kProbeMin = 1s;
constexpr std::uint32_t kProbeSpread = 1000000;  ///< µs: PROBE_MAX - PROBE_MIN
constexpr Duration kAnnounceWait = 2s;
constexpr Duration kAnnounceInterval = 2s;
constexpr std::uint32_t kAnnouncements = 2;
constexpr Duration kDefendInterval = 10s;

bool is_due(const OwnAddress& own) {
  const bool at_work = own.state == AddressState::tentative || own.announcements_left > 0;
  return own.cidr.address.is_v4() && at_work && own.state != AddressState::duplicate;
}

}  // namespace

bool Acd::add(InterfaceId interface, const wire::Cidr& address, Probing probing, Instant now) {
  const bool probes = probing == Probing::wanted && core_.config.acd_probes > 0;
  OwnAddress* own = core_.addresses.add(
      {.interface = interface,
       .cidr = address,
       .state = probes ? AddressState::tentative : AddressState::valid,
       .probes_left = probes ? core_.config.acd_probes : 0,
       .deadline = now + (probes ? Duration(core_.rng.below(kProbeWait)) : Duration::zero())});
  if (own == nullptr) return false;
  if (!probes) send(*own, address.address);
  return true;
}

bool Acd::receive(InterfaceId in, const wire::Arp& message, Instant now) {
  OwnAddress* own = core_.addresses.find(message.sender_ip);
  const bool claimed = own != nullptr && own->state != AddressState::duplicate;
  if (!claimed && message.sender_ip.is_unspecified()) {
    // RFC 5227 2.1.1: somebody else probes for the same address.
    own = core_.addresses.find(message.target_ip);
    if (own == nullptr || own->state != AddressState::tentative) return false;
  } else if (!claimed) {
    return false;
  }
  if (own->cidr.address.is_v6()) return false;
  ++core_.counters.arp_address_conflict;
  if (own->state == AddressState::tentative) {
    if (own->interface == in) own->state = AddressState::duplicate;
    return true;
  }
  // RFC 5227 2.4 (c): whoever is served here has connections that would break.
  const bool lately = own->defended_at != Instant{} && now - own->defended_at < kDefendInterval;
  if (own->interface == in && !lately) {
    own->defended_at = now;
    send(*own, own->cidr.address);
  }
  return true;
}

std::optional<Instant> Acd::next_deadline() const {
  std::optional<Instant> earliest;
  for (const OwnAddress& own : core_.addresses.all()) {
    if (is_due(own) && (!earliest || own.deadline < *earliest)) earliest = own.deadline;
  }
  return earliest;
}

void Acd::on_deadline(Instant now) {
  for (OwnAddress& own : core_.addresses.all()) {
    if (!is_due(own) || own.deadline > now) continue;
    if (own.probes_left > 0) {
      probe(own, now);
    } else {
      announce(own, now);
    }
  }
}

void Acd::probe(OwnAddress& address, Instant now) {
  --address.probes_left;
  address.deadline =
      now + (address.probes_left == 0 ? kAnnounceWait
                                      : kProbeMin + Duration(core_.rng.below(kProbeSpread)));
  send(address, wire::IpAddress::any(wire::Family::ipv4));
}

/// RFC 5227 2.3
void Acd::announce(OwnAddress& address, Instant now) {
  if (address.state == AddressState::tentative) {
    address.state = AddressState::valid;
    address.announcements_left = kAnnouncements;
  }
  --address.announcements_left;
  address.deadline = now + kAnnounceInterval;
  send(address, address.cidr.address);
}

void Acd::send(const OwnAddress& address, const wire::IpAddress& sender) {
  egress_.send_arp(address.interface,
                   {.operation = wire::Arp::Operation::request,
                    .sender_mac = core_.at(address.interface).config.mac,
                    .sender_ip = sender,
                    .target_ip = address.cidr.address},
                   wire::MacAddr::broadcast());
}

}  // namespace zsock::net
