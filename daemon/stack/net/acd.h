#pragma once
/// \file
/// Address conflict detection for IPv4 (RFC 5227): addresses that a server gave are probed for
/// before they are used; all of ours are defended.

#include "daemon/stack/net/egress.h"
#include "daemon/stack/wire/arp.h"

namespace zsock::net {

class Acd {
 public:
  Acd(Core& core, Egress& egress) : core_(core), egress_(egress) {}

  /// Adds an address and tells everybody, or begins to probe for it. False: it exists already.
  bool add(InterfaceId interface, const wire::Cidr& address, Probing probing, Instant now);
  /// Looks for conflicts in a message of somebody else's. True: it claims an address of ours, and
  /// is not to be believed.
  bool receive(InterfaceId in, const wire::Arp& message, Instant now);

  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);

 private:
  void probe(OwnAddress& address, Instant now);
  void announce(OwnAddress& address, Instant now);
  void send(const OwnAddress& address, const wire::IpAddress& sender);

  Core& core_;
  Egress& egress_;
};

}  // namespace zsock::net
