#pragma once
/// \file
/// ARP (RFC 826): who has our addresses, who has theirs.

#include "daemon/stack/net/acd.h"
#include "daemon/stack/net/egress.h"

namespace zsock::net {

class Arp {
 public:
  Arp(Core& core, Egress& egress, Acd& acd) : core_(core), egress_(egress), acd_(acd) {}

  void receive(InterfaceId in, ByteView message, Instant now);
  /// Asks what the neighbour cache wants to know.
  void ask(const Solicitation& question);

 private:
  [[nodiscard]] bool is_spoofed(InterfaceId in, const wire::Arp& message) const;
  void learn(InterfaceId in, const wire::Arp& message, Instant now);

  Core& core_;
  Egress& egress_;
  Acd& acd_;
};

}  // namespace zsock::net
