#include "daemon/stack/net/dad.h"

#include "daemon/stack/net/ndp.h"

namespace zsock::net {
namespace {

constexpr std::uint32_t kMaxDelay = 1000000;  ///< µs; RFC 4861 10, MAX_RTR_SOLICITATION_DELAY
/// RFC 7527 4.2: after our own probe came back, a few more are tried.
constexpr std::uint32_t kMaxExtraProbes = 3;

}  // namespace

bool Dad::add(InterfaceId interface, const wire::Cidr& address, Instant now) {
  OwnAddress* own = core_.addresses.add(
      {.interface = interface, .cidr = address, .state = AddressState::tentative});
  if (own == nullptr) return false;
  const wire::IpAddress group = wire::solicited_node(address.address);
  const Groups::Change change = core_.at(interface).groups.join(group);
  if (change == Groups::Change::first) mld_.joined(interface, group, now);
  start(*own, now);
  return true;
}

void Dad::remove(InterfaceId interface, const wire::IpAddress& address, Instant now) {
  const OwnAddress* own = core_.addresses.find(address);
  if (own == nullptr || own->interface != interface) return;
  const wire::IpAddress group = wire::solicited_node(address);
  const Groups::Change change = core_.at(interface).groups.leave(group);
  core_.addresses.remove(address);
  if (change == Groups::Change::last) mld_.left(interface, group, now);
}

void Dad::start(OwnAddress& address, Instant now) {
  address.state = AddressState::tentative;
  address.probes_left = core_.config.dad_transmits;
  if (address.probes_left == 0) return succeed(address, now);
  // RFC 4862 5.4.2: not all hosts of a link at once after a power failure.
  address.deadline = now + Duration(core_.rng.below(kMaxDelay));
}

OwnAddress* Dad::under_test(InterfaceId in, const wire::IpAddress& target) {
  OwnAddress* own = core_.addresses.find(target);
  if (own == nullptr || own->interface != in || own->state != AddressState::tentative) {
    return nullptr;
  }
  return own;
}

bool Dad::on_solicitation(InterfaceId in, const wire::NeighborSolicitation& question,
                          const wire::IpAddress& asker, Instant now) {
  OwnAddress* own = under_test(in, question.target);
  if (own == nullptr) return false;
  if (!asker.is_unspecified()) return true;  // RFC 4862 5.4.3: resolution, not for us yet
  if (question.nonce && *question.nonce == own->nonce) {
    // RFC 7527 4.2: our own probe, looped back. It proves nothing; the test goes on.
    if (own->probes_left == 0 && own->loops < kMaxExtraProbes) {
      ++own->loops;
      ++own->probes_left;
      own->deadline = now + core_.config.retransmit_interval;
    }
    return true;
  }
  fail(*own);
  return true;
}

bool Dad::on_advertisement(InterfaceId in, const wire::IpAddress& target) {
  OwnAddress* own = under_test(in, target);
  if (own == nullptr) return false;
  fail(*own);
  return true;
}

std::optional<Instant> Dad::next_deadline() const {
  std::optional<Instant> earliest;
  for (const OwnAddress& own : core_.addresses.all()) {
    if (own.state != AddressState::tentative || own.cidr.address.is_v4()) continue;
    if (!earliest || own.deadline < *earliest) earliest = own.deadline;
  }
  return earliest;
}

void Dad::on_deadline(Instant now) {
  for (OwnAddress& own : core_.addresses.all()) {
    if (own.state != AddressState::tentative || own.cidr.address.is_v4()) continue;
    if (own.deadline > now) continue;
    if (own.probes_left > 0) {
      probe(own, now);
    } else {
      succeed(own, now);
    }
  }
}

void Dad::probe(OwnAddress& address, Instant now) {
  --address.probes_left;
  address.deadline = now + core_.config.retransmit_interval;
  for (std::uint8_t& octet : address.nonce) {
    octet = static_cast<std::uint8_t>(core_.rng.next_u32());
  }
  ++core_.counters.icmp_out;
  send_solicitation(egress_, address.interface,
                    {.target = address.cidr.address, .nonce = address.nonce},
                    wire::IpAddress::any(wire::Family::ipv6), std::nullopt);
}

void Dad::succeed(OwnAddress& address, Instant now) {
  address.state = AddressState::valid;
  // RFC 9777 5.2.13: reports sent without a source are repeated once there is one.
  if (address.cidr.address.is_link_local()) mld_.announce(address.interface, now);
}

void Dad::fail(OwnAddress& address) {
  address.state = AddressState::duplicate;
  ++core_.counters.duplicate_address;
}

}  // namespace zsock::net
