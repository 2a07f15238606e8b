#pragma once
/// \file
/// ARP (RFC 826): who has our addresses, who has theirs, and announcements.

#include "daemon/stack/net/egress.h"

namespace zsock::net {

class Arp {
 public:
  Arp(Core& core, Egress& egress) : core_(core), egress_(egress) {}

  void receive(InterfaceId in, ByteView message, Instant now);
  /// Asks what the neighbour cache wants to know.
  void ask(const Solicitation& question);
  /// Tells everybody an address of ours (RFC 5227 2.3).
  void announce(InterfaceId out, const wire::IpAddress& address);

 private:
  [[nodiscard]] bool is_spoofed(InterfaceId in, const wire::Arp& message) const;
  void learn(InterfaceId in, const wire::Arp& message, Instant now);

  Core& core_;
  Egress& egress_;
};

}  // namespace zsock::net
