#pragma once
/// \file
/// What an ICMP error says, as values: the packet it quotes, and what its type and code mean to a
/// socket (conformance of errors with Linux, measured).

#include <optional>

#include "daemon/stack/net/types.h"

namespace zsock::net {

/// A packet of ours as an ICMP error quotes it: cut off anywhere behind the first 8 octets of its
/// transport header.
struct Quoted {
  wire::IpAddress source{};
  wire::IpAddress destination{};
  std::uint8_t protocol = 0;
  std::uint16_t packet_size = 0;  ///< what its header claims, in octets of the whole packet
  ByteView transport{};
};

/// Nothing when it is none, is cut off too early, or is a fragment without a transport header.
std::optional<Quoted> parse_quoted(wire::Family family, ByteView bytes);

struct ErrorMeaning {
  SockError error = SockError::none;
  bool hard = false;
};

/// Nothing: to be ignored (RFC 6633 source quench, redirects, unassigned types). "Too big" is not
/// among them: it means an MTU, not an error.
std::optional<ErrorMeaning> meaning_of(wire::Family family, std::uint8_t type, std::uint8_t code);

}  // namespace zsock::net
