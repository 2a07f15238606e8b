#pragma once
/// \file
/// The UDP header (RFC 768).

#include "daemon/stack/base/result.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/parse_error.h"

namespace zsock::wire {

struct Udp {
  static constexpr std::size_t kHeaderSize = 8;
  static constexpr std::size_t kChecksumOffset = 6;

  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint16_t checksum = 0;  ///< received only; 0: the sender computed none
  ByteView payload{};          ///< exactly length - 8 octets

  /// Length only: 8 <= length <= datagram.size(). The checksum is verified with verify().
  static Result<Udp, ParseError> parse(ByteView datagram);
  /// RFC 768, RFC 8200 8.1: true when the checksum is right, or zero over IPv4.
  [[nodiscard]] static bool verify(ByteView datagram, const IpAddress& source,
                                   const IpAddress& destination);
  /// Writes the header with a complete checksum (0 is sent as 0xffff) over `payload`, which the
  /// caller places behind it. REQUIRES: out.size() >= kHeaderSize.
  void emit(MutableBytes out, const IpAddress& source, const IpAddress& destination) const;
  /// Writes the header of `payload_size` octets with the sum of the pseudo-header only, for whoever
  /// completes it. REQUIRES: as emit.
  void emit_partial(MutableBytes out, const IpAddress& source, const IpAddress& destination,
                    std::size_t payload_size) const;
};

}  // namespace zsock::wire
