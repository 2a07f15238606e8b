#pragma once
/// \file
/// Ethernet II framing (RFC 894, RFC 2464).

#include "daemon/stack/base/result.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/parse_error.h"
#include "daemon/stack/wire/protocol.h"

namespace zsock::wire {

struct Ethernet {
  static constexpr std::size_t kHeaderSize = 14;

  MacAddr destination{};
  MacAddr source{};
  std::uint16_t ether_type = 0;  ///< below 0x600 it is an 802.3 length: ParseError::unsupported
  ByteView payload{};            ///< padding included; network layers use their own lengths

  static Result<Ethernet, ParseError> parse(ByteView frame);
  /// Writes the header. REQUIRES: out.size() >= kHeaderSize.
  void emit(MutableBytes out) const;
};

}  // namespace zsock::wire
