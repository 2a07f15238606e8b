#pragma once
/// \file
/// Multicast Listener Discovery, the listener's side (RFC 9777, and RFC 2710 where a querier speaks
/// that): reports which IPv6 groups we listen to, so that switches that snoop let Neighbour
/// Discovery through.

#include <optional>
#include <span>

#include "daemon/stack/net/core.h"
#include "daemon/stack/net/egress.h"
#include "daemon/stack/wire/group_record.h"
#include "daemon/stack/wire/icmpv6.h"
#include "daemon/stack/wire/ipv6.h"

namespace zsock::net {

class Mld {
 public:
  Mld(Core& core, Egress& egress) : core_(core), egress_(egress) {}

  /// The first listener of a group has come: reports now, and once more soon after (RFC 9777 6.1).
  void joined(InterfaceId interface, const wire::IpAddress& group, Instant now);
  /// The last one has left: the same.
  void left(InterfaceId interface, const wire::IpAddress& group, Instant now);
  /// Reports everything, twice.
  void announce(InterfaceId interface, Instant now);
  /// A querier asks: the answer follows after a random part of the delay it grants.
  void on_query(InterfaceId in, const wire::Ipv6& packet, const wire::Icmpv6& query, Instant now);
  /// Another listener reports, as of version 1.
  void on_report(InterfaceId in, const wire::Ipv6& packet, const wire::Icmpv6& report);

  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);

 private:
  [[nodiscard]] bool is_valid(const wire::Ipv6& packet, const wire::Icmpv6& message) const;
  void report(InterfaceId interface, Instant now);
  void send_records(InterfaceId interface, std::span<const wire::GroupRecord> records);
  void send_message(InterfaceId interface, std::uint8_t type, const wire::IpAddress& group);
  void send(InterfaceId interface, ByteView message, const wire::IpAddress& destination);
  [[nodiscard]] wire::IpAddress source(InterfaceId interface) const;

  Core& core_;
  Egress& egress_;
};

}  // namespace zsock::net
