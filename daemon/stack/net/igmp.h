#pragma once
/// \file
/// IGMP, the host's side: routers and switches hear which IPv4 groups we listen to. RFC 3376, with
/// RFC 2236 and RFC 1112 where a querier speaks them. Any source is asked for.

#include <optional>
#include <span>

#include "daemon/stack/net/core.h"
#include "daemon/stack/net/egress.h"
#include "daemon/stack/wire/igmp.h"
#include "daemon/stack/wire/ipv4.h"

namespace zsock::net {

class Igmp {
 public:
  Igmp(Core& core, Egress& egress) : core_(core), egress_(egress) {}

  /// The first member of a group has come: reports now, and once more soon after (RFC 3376 5.1).
  void joined(InterfaceId interface, const wire::IpAddress& group, Instant now);
  /// The last one has left: the same.
  void left(InterfaceId interface, const wire::IpAddress& group, Instant now);
  /// A querier asks: the answer follows after a random part of the delay it grants. Or another
  /// member of our network reports.
  void receive(InterfaceId in, const wire::Ipv4& packet, Instant now);

  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);

 private:
  void on_query(InterfaceId in, const wire::IgmpQuery& query, Instant now);
  [[nodiscard]] bool is_neighbor(InterfaceId in, const wire::IpAddress& source) const;
  void report(InterfaceId interface, Instant now);
  void send_records(InterfaceId interface, std::span<const wire::GroupRecord> records);
  void send_message(InterfaceId interface, std::uint8_t type, const wire::IpAddress& group);
  void send(InterfaceId interface, ByteView packet, const wire::IpAddress& destination);
  [[nodiscard]] wire::IgmpRoute route(InterfaceId interface, const wire::IpAddress& destination);

  Core& core_;
  Egress& egress_;
};

}  // namespace zsock::net
