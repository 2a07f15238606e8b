#pragma once
/// \file
/// The value of TCP_INFO in Linux's layout.

#include <linux/tcp.h>

#include "daemon/stack/events.h"

namespace zsock::host {

/// \param path_mtu  0: not known
[[nodiscard]] tcp_info linux_tcp_info(const tcp::ConnectionInfo& info, std::uint16_t path_mtu,
                                      Instant now);
/// Of a socket without a connection.
enum class Unconnected : std::uint8_t { closed, listening };
[[nodiscard]] tcp_info linux_tcp_info(Unconnected socket);

}  // namespace zsock::host
