#pragma once
/// \file
/// ICMPv6 (RFC 4443).

#include "daemon/stack/base/result.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/parse_error.h"

namespace zsock::wire {

namespace icmpv6_type {
inline constexpr std::uint8_t kUnreachable = 1;
inline constexpr std::uint8_t kPacketTooBig = 2;
inline constexpr std::uint8_t kTimeExceeded = 3;
inline constexpr std::uint8_t kParameterProblem = 4;
inline constexpr std::uint8_t kEcho = 128;
inline constexpr std::uint8_t kEchoReply = 129;
inline constexpr std::uint8_t kMldQuery = 130;
inline constexpr std::uint8_t kMldReport = 131;
inline constexpr std::uint8_t kMldDone = 132;
inline constexpr std::uint8_t kRouterSolicitation = 133;
inline constexpr std::uint8_t kRouterAdvertisement = 134;
inline constexpr std::uint8_t kNeighborSolicitation = 135;
inline constexpr std::uint8_t kNeighborAdvertisement = 136;
inline constexpr std::uint8_t kRedirect = 137;
inline constexpr std::uint8_t kMldV2Report = 143;
}  // namespace icmpv6_type

struct Icmpv6 {
  static constexpr std::size_t kHeaderSize = 8;

  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;  ///< octets 4..7: echo id and sequence, MTU, pointer, flags
  ByteView payload{};      ///< what follows the first 8 octets

  [[nodiscard]] bool is_error() const { return type < 128; }

  /// Length and checksum with the pseudo header; any type and code.
  static Result<Icmpv6, ParseError> parse(ByteView message, const IpAddress& source,
                                          const IpAddress& destination);
  /// Writes the header with the checksum over pseudo header, header and `payload`, which the caller
  /// places behind it. REQUIRES: out.size() >= kHeaderSize.
  void emit(MutableBytes out, const IpAddress& source, const IpAddress& destination) const;
};

}  // namespace zsock::wire
