#pragma once
/// \file
/// Identifications of packets that may be fragmented: unique towards a destination for long, and
/// nothing an outsider can predict or learn another destination's from (RFC 6864 4, RFC 7739 5.3).

#include <array>
#include <cstdint>

#include "daemon/stack/base/rng.h"
#include "daemon/stack/base/siphash.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::net {

class PacketIds {
 public:
  explicit PacketIds(Rng& rng);
  /// IPv4 identification of a datagram without DF.
  std::uint16_t next_v4(const wire::IpAddress& source, const wire::IpAddress& destination,
                        std::uint8_t protocol);
  /// IPv6 fragment identification.
  std::uint32_t next_v6(const wire::IpAddress& source, const wire::IpAddress& destination);

 private:
  static constexpr std::size_t kBuckets = 1024;
  std::uint64_t step(const wire::IpAddress& source, const wire::IpAddress& destination,
                     std::uint8_t protocol);

  Rng* rng_;
  SipKey key_;
  std::array<std::uint32_t, kBuckets> counters_{};
};

}  // namespace zsock::net
