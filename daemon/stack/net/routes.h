#pragma once
/// \file
/// The routing table: longest prefix match over connected prefixes and routes through gateways
/// (RFC 1122 3.3.1, RFC 4861 5.2).

#include <optional>
#include <vector>

#include "daemon/stack/base/ids.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/router.h"

namespace zsock::net {

struct Route {
  wire::Cidr destination{};
  std::optional<wire::IpAddress> gateway{};  ///< nothing: the destination is on the link
  InterfaceId interface {};
  wire::RouterPreference preference = wire::RouterPreference::medium;
  bool gateway_dead = false;  ///< did not answer; another one of the same prefix is preferred
};

class Routes {
 public:
  /// Adds a route; one that exists is left alone (false). Of several gateways for one prefix those
  /// that answer come first, then those preferred, then those that came in first. The host part of
  /// the destination does not matter.
  bool add(const Route& route);
  /// Removes the route with that destination, gateway and interface, if there is one.
  void remove(const Route& route);
  /// The route of the longest prefix that holds `destination`. \param only  restricts to one
  /// interface
  [[nodiscard]] const Route* find(const wire::IpAddress& destination,
                                  std::optional<InterfaceId> only = std::nullopt) const;
  /// A gateway stopped answering (RFC 1122 3.3.1.4).
  void gateway_failed(InterfaceId interface, const wire::IpAddress& gateway);
  void gateway_answered(InterfaceId interface, const wire::IpAddress& gateway);
  [[nodiscard]] std::size_t size() const;

 private:
  /// Routes of one prefix length, sorted by network.
  struct Group {
    wire::Family family = wire::Family::ipv4;
    std::uint8_t prefix_length = 0;
    std::vector<Route> routes{};
  };
  Group& group_for(const wire::Cidr& destination);

  std::vector<Group> groups_;  ///< by descending prefix length
};

/// The first `bits` bits of `address`, the rest zero.
wire::IpAddress network_of(const wire::IpAddress& address, std::uint8_t bits);
/// How many leading bits two addresses of one family share.
std::size_t common_prefix_length(const wire::IpAddress& a, const wire::IpAddress& b);

}  // namespace zsock::net
