#pragma once
/// \file
/// From a destination to a path: interface, source address, next hop.

#include "daemon/stack/net/core.h"

namespace zsock::net {

/// As Ip::route.
Result<Path, SockError> find_path(const Core& core, const wire::IpAddress& destination,
                                  const wire::IpAddress& source, std::uint32_t scope);

/// The interface where a gateway can be reached directly. Errors: network_unreachable.
Result<InterfaceId, SockError> find_gateway(const Core& core, const wire::IpAddress& gateway);

}  // namespace zsock::net
