#include "daemon/stack/wire/igmp.h"

#include "daemon/stack/wire/checksum.h"

namespace zsock::wire {
namespace {

constexpr std::size_t kType = 0;
constexpr std::size_t kCode = 1;
constexpr std::size_t kChecksum = 2;
constexpr std::size_t kGroup = 4;
constexpr std::size_t kRecordCount = 6;
constexpr std::size_t kQueryV3 = 12;

/// RFC 791 3.1, with Router Alert (RFC 2113) and the precedence of RFC 3376 4.
void emit_packet_header(MutableBytes out, std::size_t message, const IgmpRoute& route) {
  constexpr std::uint8_t kVersionAndLength = 0x46;
  constexpr std::uint8_t kInternetworkControl = 0xc0;
  constexpr std::uint8_t kIgmp = 2;
  constexpr std::uint32_t kRouterAlert = 0x94040000;
  store_u8(out, 0, kVersionAndLength);
  store_u8(out, 1, kInternetworkControl);
  store_be16(out, 2, static_cast<std::uint16_t>(kIgmpPacketHeader + message));
  store_be16(out, 4, route.identification);
  store_be16(out, 6, 0);
  store_u8(out, 8, 1);
  store_u8(out, 9, kIgmp);
  store_be16(out, 10, 0);
  route.source.store(out, 12);
  route.destination.store(out, 16);
  store_be32(out, 20, kRouterAlert);
  store_be16(out, 10, checksum(out.first(kIgmpPacketHeader)));
}

std::size_t finish(MutableBytes out, std::size_t message, const IgmpRoute& route) {
  emit_packet_header(out, message, route);
  const MutableBytes body = out.subspan(kIgmpPacketHeader, message);
  store_be16(body, kChecksum, 0);
  store_be16(body, kChecksum, checksum(body));
  return kIgmpPacketHeader + message;
}

}  // namespace

Result<IgmpReport, ParseError> IgmpReport::parse(ByteView message) {
  if (message.size() < kIgmpMessage) return Err{ParseError::too_short};
  if (checksum(message) != 0) return Err{ParseError::bad_checksum};
  const std::uint8_t type = load_u8(message, kType);
  if (type != igmp_type::kReportV1 && type != igmp_type::kReportV2) {
    return Err{ParseError::unsupported};
  }
  return IgmpReport{IpAddress::load(Family::ipv4, message, kGroup)};
}

Result<IgmpQuery, ParseError> IgmpQuery::parse(ByteView message) {
  if (message.size() < kIgmpMessage) return Err{ParseError::too_short};
  if (checksum(message) != 0) return Err{ParseError::bad_checksum};
  if (load_u8(message, kType) != igmp_type::kQuery) return Err{ParseError::unsupported};
  if (message.size() > kIgmpMessage && message.size() < kQueryV3) {
    return Err{ParseError::bad_length};
  }
  IgmpQuery query{.code = load_u8(message, kCode),
                  .group = IpAddress::load(Family::ipv4, message, kGroup)};
  if (message.size() == kIgmpMessage) query.version = query.code == 0 ? 1 : 2;
  return query;
}

std::size_t emit_igmp_report(MutableBytes out, std::span<const GroupRecord> records,
                             const IgmpRoute& route) {
  const MutableBytes body = out.subspan(kIgmpPacketHeader);
  store_be32(body, kType, std::uint32_t{igmp_type::kReportV3} << 24U);
  store_be16(body, kGroup, 0);
  store_be16(body, kRecordCount, static_cast<std::uint16_t>(records.size()));
  std::size_t size = kIgmpMessage;
  for (const GroupRecord& record : records) {
    store_be32(body, size, std::uint32_t{record.type} << 24U);
    record.group.store(body, size + 4);
    size += kIgmpRecord;
  }
  return finish(out, size, route);
}

std::size_t emit_igmp_message(MutableBytes out, std::uint8_t type, const IpAddress& group,
                              const IgmpRoute& route) {
  const MutableBytes body = out.subspan(kIgmpPacketHeader);
  store_be32(body, kType, std::uint32_t{type} << 24U);
  group.store(body, kGroup);
  return finish(out, kIgmpMessage, route);
}

}  // namespace zsock::wire
