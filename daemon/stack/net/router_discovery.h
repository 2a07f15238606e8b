#pragma once
/// \file
/// What routers tell: default routers, on-link prefixes, routes, the MTU (RFC 4861 6.3, RFC 4191),
/// DNS servers (RFC 8106), and asking them (RFC 7559). Addresses are Autoconfiguration's.
/// Everything learned is bounded and runs out.

#include <vector>

#include "daemon/stack/net/autoconfiguration.h"
#include "daemon/stack/net/egress.h"
#include "daemon/stack/wire/router.h"

namespace zsock::net {

class RouterDiscovery {
 public:
  RouterDiscovery(Core& core, Egress& egress, Autoconfiguration& addresses)
      : core_(core), egress_(egress), addresses_(addresses) {}

  /// From now on the interface asks for routers and believes them.
  void start(InterfaceId interface, Instant now);
  void on_advertisement(InterfaceId in, const wire::Icmpv6& message,
                        const wire::NdpContext& context, Instant now);

  /// Of all interfaces.
  [[nodiscard]] std::vector<wire::IpAddress> name_servers() const;

  [[nodiscard]] std::optional<Instant> next_deadline() const;
  void on_deadline(Instant now);
  /// The bounds hold.
  void check_invariants() const;

 private:
  enum class Kind : std::uint8_t { default_router, prefix, route };
  struct Learned {
    Route route{};
    Instant expires{};
  };
  struct NameServer {
    wire::IpAddress address{};
    Instant expires{};
  };
  struct Solicitor {
    InterfaceId interface {};
    std::uint32_t sent = 0;
    Duration interval{};
    std::optional<Instant> next{};  ///< nothing: a router has answered
  };

  [[nodiscard]] static Kind kind_of(const Route& route);
  [[nodiscard]] std::size_t count(Kind kind) const;
  void learn(const Route& route, std::uint32_t lifetime, Instant now);
  void take_name_server(const wire::AdvertisedNameServer& server, Instant now);
  void take_prefix(InterfaceId in, const wire::PrefixInformation& prefix, Instant now);
  void solicit(Solicitor& solicitor, Instant now);
  [[nodiscard]] Solicitor* solicitor_of(InterfaceId interface);

  Core& core_;
  Egress& egress_;
  Autoconfiguration& addresses_;
  std::vector<Learned> learned_{};
  std::vector<NameServer> name_servers_{};
  std::vector<Solicitor> solicitors_{};
};

}  // namespace zsock::net
