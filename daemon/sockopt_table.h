#pragma once
/// \file
/// What sockopt.cpp and sockopt_get.cpp share: a row of the table of options.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>

#include "daemon/sockopt.h"

namespace zsock::host {

inline constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();
inline constexpr std::int64_t kIntMin = std::numeric_limits<std::int32_t>::min();
inline constexpr std::int64_t kSecond = 1'000'000;  // microseconds
inline constexpr std::size_t kCongestionSize = 16;  // TCP_CA_NAME_MAX

enum class OptionKind : std::uint8_t {
  stack,        ///< an integer of the stack's, times a unit
  boolean,      ///< nonzero is on
  stored,       ///< kept for the library
  stored_flag,  ///< likewise, nonzero is 1
  read_only,    ///< a fact
  receive_size,
  send_size,
  rate,  ///< octets per second: 32 or 64 bits, all ones: none
  linger,
  membership,
  multicast_interface,  ///< by index or address
  congestion,
  tcp_info,
};

enum class OptionOf : std::uint8_t { any, tcp, udp, ipv6 };

struct SocketOptionTable::Entry {
  int level;
  int name;
  OptionOf whom;
  OptionKind kind;
  Option option;      ///< of the stack, for kinds stack and boolean
  std::int64_t unit;  ///< stack's value per one of Linux's
  std::int64_t min;
  std::int64_t max;
};

}  // namespace zsock::host
