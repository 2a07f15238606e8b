#pragma once
/// \file
/// The Internet checksum (RFC 1071) and its incremental update (RFC 1624).

#include <cstdint>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::wire {

/// Running ones'-complement sum over pieces of any length; an odd piece shifts those after it.
class Checksum {
 public:
  Checksum& add(ByteView bytes);
  Checksum& add_be16(std::uint16_t word);  ///< REQUIRES: an even number of octets so far
  /// RFC 9293 3.1, RFC 8200 8.1: addresses, protocol and upper-layer length.
  Checksum& add_pseudo_header(const IpAddress& source, const IpAddress& destination,
                              std::uint8_t protocol, std::uint32_t length);
  /// The folded sum, not complemented: what a partial checksum field holds.
  [[nodiscard]] std::uint16_t folded() const;
  /// The value for the checksum field.
  [[nodiscard]] std::uint16_t finish() const { return static_cast<std::uint16_t>(~folded()); }

 private:
  std::uint64_t sum_ = 0;
  bool odd_ = false;
};

/// Checksum of one piece. A region that contains its correct checksum yields 0.
[[nodiscard]] std::uint16_t checksum(ByteView bytes);

/// RFC 1624 equation 3: the new checksum after one 16-bit word changed from `before` to `after`.
[[nodiscard]] std::uint16_t update_checksum(std::uint16_t checksum, std::uint16_t before,
                                            std::uint16_t after);

}  // namespace zsock::wire
