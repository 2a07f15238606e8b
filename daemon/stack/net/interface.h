#pragma once
/// \file
/// One interface: what it is, what it listens to, what waits for its device.

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

  // Multicast listener reports still to be sent (mld.h).
  std::uint32_t reports_left = 0;
  Instant next_report{};

  [[nodiscard]] bool ipv6_enabled() const { return config.mtu >= kMinIpv6Mtu; }
};

}  // namespace zsock::net
