#pragma once
/// \file
/// What the parts of the network layer share: the tables, each with one owner class, in one place.

#include <vector>

#include "daemon/stack/net/addresses.h"
#include "daemon/stack/net/icmp_limiter.h"
#include "daemon/stack/net/interface.h"
#include "daemon/stack/net/neighbors.h"
#include "daemon/stack/net/packet_ids.h"
#include "daemon/stack/net/packets.h"
#include "daemon/stack/net/path_mtu.h"
#include "daemon/stack/net/routes.h"

namespace zsock::net {

struct Core {
  Core(const Config& settings, Rng& chance, Counters& counts)
      : config(settings),
        rng(chance),
        counters(counts),
        neighbors(settings, chance, counts, pool),
        path_mtus(settings, chance),
        packet_ids(chance),
        limiter(settings, chance) {}

  Config config;
  Rng& rng;
  Counters& counters;
  PacketPool pool{};
  std::vector<Interface> interfaces{};  ///< by InterfaceId; 0 is the loopback
  Addresses addresses{};
  Routes routes{};
  Neighbors neighbors;
  PathMtus path_mtus;
  PacketIds packet_ids;
  IcmpLimiter limiter;

  [[nodiscard]] bool exists(InterfaceId id) const { return id.value < interfaces.size(); }
  Interface& at(InterfaceId id) { return interfaces[id.value]; }
  [[nodiscard]] const Interface& at(InterfaceId id) const { return interfaces[id.value]; }
};

}  // namespace zsock::net
