#pragma once
/// \file
/// What reports of IGMPv3 and MLDv2 say about a group, in the same way (RFC 9776 4.2.12, RFC 9777
/// 5.2.12).

#include "daemon/stack/wire/addr.h"

namespace zsock::wire {

/// A record without sources.
struct GroupRecord {
  static constexpr std::uint8_t kIsExclude = 2;
  static constexpr std::uint8_t kToInclude = 3;  ///< left
  static constexpr std::uint8_t kToExclude = 4;  ///< joined

  std::uint8_t type = kIsExclude;
  IpAddress group{};
};

}  // namespace zsock::wire
