#pragma once
/// \file
/// Multicast Listener Discovery, the listener's side (RFC 9777): reports which IPv6 groups we
/// listen to, so that switches that snoop let Neighbour Discovery through.

#include "daemon/stack/net/egress.h"
#include "daemon/stack/wire/icmpv6.h"
#include "daemon/stack/wire/ipv6.h"

namespace zsock::net {

class Mld {
 public:
  Mld(Core& core, Egress& egress) : core_(core), egress_(egress) {}

  /// Something was joined: reports now, and once more soon after (RFC 9777 6.1).
  void groups_changed(InterfaceId interface, Instant now);
  /// A querier asks: the answer follows after a random part of the delay it grants.
  void on_query(InterfaceId in, const wire::Ipv6& packet, const wire::Icmpv6& query, Instant now);

  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);

 private:
  void report(InterfaceId interface);
  void report_some(InterfaceId interface, std::span<const wire::IpAddress> groups);

  Core& core_;
  Egress& egress_;
};

}  // namespace zsock::net
