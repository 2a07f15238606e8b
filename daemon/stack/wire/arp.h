#pragma once
/// \file
/// ARP for IPv4 over Ethernet (RFC 826).

#include "daemon/stack/base/result.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/parse_error.h"

namespace zsock::wire {

struct Arp {
  static constexpr std::size_t kSize = 28;
  enum class Operation : std::uint16_t { request = 1, reply = 2 };

  Operation operation = Operation::request;
  MacAddr sender_mac{};
  IpAddress sender_ip{};
  MacAddr target_mac{};
  IpAddress target_ip{};

  /// Checks hardware type, protocol type, both lengths and the operation before anything else is
  /// used.
  static Result<Arp, ParseError> parse(ByteView packet);
  /// REQUIRES: out.size() >= kSize.
  void emit(MutableBytes out) const;
};

}  // namespace zsock::wire
