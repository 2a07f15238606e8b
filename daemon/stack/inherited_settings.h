#pragma once
/// \file
/// What an accepted connection has from its listener, and a listener's copy in another stack from
/// the original.

#include <cstdint>

#include "daemon/stack/tcp/options.h"
#include "daemon/stack/wire/addr.h"

namespace zsock {

struct InheritedSettings {
  wire::Family family = wire::Family::ipv4;
  std::uint32_t user = 0;
  bool reuse_address = false;
  bool reuse_port = false;
  bool v6_only = false;
  std::uint8_t hop_limit = 0;  ///< 0: default
  std::uint8_t traffic_class = 0;
  tcp::SocketOptions tcp_options{};
};

}  // namespace zsock
