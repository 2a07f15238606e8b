#pragma once
/// \file
/// One interface: what it is, what it listens to, what waits for its device.

#include <algorithm>
#include <optional>

#include "daemon/stack/base/time.h"
#include "daemon/stack/net/groups.h"
#include "daemon/stack/net/ip.h"
#include "daemon/stack/net/packets.h"
#include "daemon/stack/net/path_mtu.h"

namespace zsock::net {

struct Interface {
  InterfaceConfig config{};
  Groups groups{};
  PacketList queue{};

  // As routers say (RFC 4861 6.3.4).
  std::uint16_t ipv6_mtu = 0;  ///< 0: as the link's
  std::uint8_t hop_limit = 0;  ///< 0: the default

  // Multicast listener reports still to be sent (mld.h).
  std::uint32_t reports_left = 0;
  Instant next_report{};

  // The same of IPv4 (igmp.h).
  std::uint32_t igmp_reports_left = 0;
  Instant next_igmp_report = Instant::min();
  Instant igmp_v1_until = Instant::min();  ///< a querier of version 1 is about
  Instant igmp_v2_until = Instant::min();  ///< a querier of version 2 is about
  std::vector<wire::IpAddress> groups_left{};

  [[nodiscard]] std::uint16_t mtu(wire::Family family) const {
    const bool limited = family == wire::Family::ipv6 && ipv6_mtu != 0;
    return limited ? std::min(ipv6_mtu, config.mtu) : config.mtu;
  }
  [[nodiscard]] bool ipv6_enabled() const { return config.mtu >= kMinIpv6Mtu; }
};

}  // namespace zsock::net
