#pragma once
/// \file
/// One interface: what it is, what it listens to, what waits for its device.

#include <algorithm>
#include <optional>

#include "daemon/stack/base/time.h"
#include "daemon/stack/net/group_reports.h"
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

  GroupReports mld{};   ///< mld.h
  GroupReports igmp{};  ///< igmp.h

  [[nodiscard]] std::uint16_t mtu(wire::Family family) const {
    const bool limited = family == wire::Family::ipv6 && ipv6_mtu != 0;
    return limited ? std::min(ipv6_mtu, config.mtu) : config.mtu;
  }
  [[nodiscard]] bool ipv6_enabled() const { return config.mtu >= kMinIpv6Mtu; }
};

}  // namespace zsock::net
