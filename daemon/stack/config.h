#pragma once
/// \file
/// Every limit and timer of a Stack, grouped by the layer that owns it.

#include "daemon/stack/net/config.h"
#include "daemon/stack/ports.h"
#include "daemon/stack/tcp/config.h"

namespace zsock {

struct UdpConfig {
  std::size_t receive_buffer = 256U << 10U;  ///< octets of ring, a power of two
  std::size_t send_buffer = 256U << 10U;
  std::size_t fanout_limit = 64;  ///< copies of one group datagram
};

struct StackConfig {
  net::Config net{};
  tcp::Config tcp{};
  UdpConfig udp{};
  PortConfig ports{};
  std::size_t socket_limit = 1U << 20U;
};

}  // namespace zsock
