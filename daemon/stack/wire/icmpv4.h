#pragma once
/// \file
/// ICMP for IPv4 (RFC 792).

#include "daemon/stack/base/result.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/parse_error.h"

namespace zsock::wire {

namespace icmpv4_type {
inline constexpr std::uint8_t kEchoReply = 0;
inline constexpr std::uint8_t kUnreachable = 3;
inline constexpr std::uint8_t kSourceQuench = 4;
inline constexpr std::uint8_t kRedirect = 5;
inline constexpr std::uint8_t kEcho = 8;
inline constexpr std::uint8_t kTimeExceeded = 11;
inline constexpr std::uint8_t kParameterProblem = 12;
}  // namespace icmpv4_type

struct Icmpv4 {
  static constexpr std::size_t kHeaderSize = 8;

  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;  ///< octets 4..7: echo id and sequence, next-hop MTU, pointer
  ByteView payload{};      ///< echo data, or the embedded packet of an error

  [[nodiscard]] bool is_error() const;

  /// Length and checksum; any type and code.
  static Result<Icmpv4, ParseError> parse(ByteView message);
  /// Writes the header with the checksum over it and `payload`, which the caller places behind it.
  /// REQUIRES: out.size() >= kHeaderSize.
  void emit(MutableBytes out) const;
};

}  // namespace zsock::wire
