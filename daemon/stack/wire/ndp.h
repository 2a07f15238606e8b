#pragma once
/// \file
/// Neighbour Discovery messages (RFC 4861 4.3, 4.4; nonce RFC 7527) and MLDv2 reports (RFC 9777).

#include <optional>
#include <span>

#include "daemon/stack/base/result.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/group_record.h"
#include "daemon/stack/wire/icmpv6.h"

namespace zsock::wire {

/// Facts of the packet that carried the message, which the validity rules need.
struct NdpContext {
  IpAddress source{};
  IpAddress destination{};
  std::uint8_t hop_limit = 0;
};

/// Neighbour Solicitation (RFC 4861 4.3).
struct NeighborSolicitation {
  IpAddress target = IpAddress::any(Family::ipv6);
  std::optional<MacAddr> source_link_address{};
  std::optional<std::array<std::uint8_t, 6>> nonce{};  ///< RFC 7527 4.1

  static constexpr std::size_t kMaxSize = 24 + 8 + 8;
  /// Every rule of RFC 4861 7.1.1; ParseError::bad_value names any broken one.
  static Result<NeighborSolicitation, ParseError> parse(const Icmpv6& message,
                                                        const NdpContext& context);
  /// Writes the whole ICMPv6 message and returns its size. REQUIRES: out.size() >= kMaxSize.
  std::size_t emit(MutableBytes out, const IpAddress& source, const IpAddress& destination) const;
};

/// Neighbour Advertisement (RFC 4861 4.4).
struct NeighborAdvertisement {
  bool router = false;
  bool solicited = false;
  bool override_entry = false;
  IpAddress target = IpAddress::any(Family::ipv6);
  std::optional<MacAddr> target_link_address{};

  static constexpr std::size_t kMaxSize = 24 + 8;
  /// Every rule of RFC 4861 7.1.2.
  static Result<NeighborAdvertisement, ParseError> parse(const Icmpv6& message,
                                                         const NdpContext& context);
  /// Writes the whole ICMPv6 message and returns its size. REQUIRES: out.size() >= kMaxSize.
  std::size_t emit(MutableBytes out, const IpAddress& source, const IpAddress& destination) const;
};

/// Writes an MLDv2 report (RFC 9777 5.2); returns its size. REQUIRES: out.size() >= 8 + 20 *
/// records.size().
std::size_t emit_mld_report(MutableBytes out, std::span<const GroupRecord> records,
                            const IpAddress& source, const IpAddress& destination);

}  // namespace zsock::wire
