#pragma once
/// \file
/// IGMP for IPv4 (RFC 1112, RFC 2236, RFC 3376): queries as they come, whole packets with reports.

#include <span>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/base/result.h"
#include "daemon/stack/wire/addr.h"
#include "daemon/stack/wire/group_record.h"
#include "daemon/stack/wire/parse_error.h"

namespace zsock::wire {

namespace igmp_type {
inline constexpr std::uint8_t kQuery = 0x11;
inline constexpr std::uint8_t kReportV1 = 0x12;
inline constexpr std::uint8_t kReportV2 = 0x16;
inline constexpr std::uint8_t kLeaveV2 = 0x17;
inline constexpr std::uint8_t kReportV3 = 0x22;
}  // namespace igmp_type

struct IgmpQuery {
  std::uint8_t version = 3;  ///< of the querier: 1, 2 or 3 (RFC 3376 7.1)
  std::uint8_t code = 0;     ///< max resp code
  IpAddress group{};         ///< unspecified: a general query

  /// unsupported: no query.
  static Result<IgmpQuery, ParseError> parse(ByteView message);
};

/// A report of version 1 or 2 (RFC 2236 2).
struct IgmpReport {
  IpAddress group{};

  /// unsupported: no such report.
  static Result<IgmpReport, ParseError> parse(ByteView message);
};

/// Where a message of ours goes: with TTL 1 and Router Alert (RFC 3376 4).
struct IgmpRoute {
  IpAddress source{};
  IpAddress destination{};
  std::uint16_t identification = 0;
};

inline constexpr std::size_t kIgmpPacketHeader = 24;  ///< IPv4 with Router Alert
inline constexpr std::size_t kIgmpMessage = 8;        ///< and one record more of a version 3 report
inline constexpr std::size_t kIgmpRecord = 8;

/// Write a whole packet; return its size. REQUIRES: room for kIgmpPacketHeader + kIgmpMessage, and
/// kIgmpRecord for each record.
std::size_t emit_igmp_report(MutableBytes out, std::span<const GroupRecord> records,
                             const IgmpRoute& route);
std::size_t emit_igmp_message(MutableBytes out, std::uint8_t type, const IpAddress& group,
                              const IgmpRoute& route);

}  // namespace zsock::wire
