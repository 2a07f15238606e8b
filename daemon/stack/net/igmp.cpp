#include "daemon/stack/net/igmp.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

namespace zsock::net {
namespace {

using wire::GroupRecord;

/// RFC 3376 8.12 with the default query interval and response time.
constexpr std::chrono::seconds kOlderQuerier(260);
constexpr std::chrono::milliseconds kResponseV1(10000);  // RFC 3376 7.2.1
constexpr std::size_t kRecordsPerReport = 32;            ///< fits any MTU

wire::IpAddress all_hosts() {
  return wire::IpAddress::v4(224, 0, 0, 1);
}
wire::IpAddress all_routers() {
  return wire::IpAddress::v4(224, 0, 0, 2);
}
wire::IpAddress all_igmpv3_routers() {
  return wire::IpAddress::v4(224, 0, 0, 22);
}

/// RFC 3376 5: all-systems is never reported.
bool is_reported(InterfaceId interface, const wire::IpAddress& group) {
  return interface != kLoopbackInterface && group != all_hosts();
}

/// RFC 3376 4.1.1: a code in tenths of a second, above 127 with an exponent.
std::chrono::milliseconds response_delay(const wire::IgmpQuery& query) {
  if (query.version == 1) return kResponseV1;
  const std::uint32_t code = query.code;
  constexpr std::uint32_t kExponential = 128;
  const bool exponential = query.version == 3 && code >= kExponential;
  const std::uint32_t tenths =
      exponential ? ((code & 0x0fU) | 0x10U) << (((code >> 4U) & 7U) + 3U) : code;
  return std::chrono::milliseconds(100) * tenths;
}

int version(const Interface& interface, Instant now) {
  if (interface.igmp.v1_until > now) return 1;
  return interface.igmp.v2_until > now ? 2 : 3;
}

}  // namespace

void Igmp::joined(InterfaceId id, const wire::IpAddress& group, Instant now) {
  if (!is_reported(id, group)) return;
  Interface& interface = core_.at(id);
  if (version(interface, now) == 3) {
    const GroupRecord record{GroupRecord::kToExclude, group};
    send_records(id, std::span(&record, 1));
  } else {
    send_message(
        id, version(interface, now) == 1 ? wire::igmp_type::kReportV1 : wire::igmp_type::kReportV2,
        group);
  }
  interface.igmp.joined(group, core_.rng, now);
}

void Igmp::left(InterfaceId id, const wire::IpAddress& group, Instant now) {
  if (!is_reported(id, group)) return;
  Interface& interface = core_.at(id);
  if (version(interface, now) == 3) {
    const GroupRecord record{GroupRecord::kToInclude, group};
    send_records(id, std::span(&record, 1));
    interface.igmp.left(group, core_.rng, now);
  } else if (version(interface, now) == 2) {
    send_message(id, wire::igmp_type::kLeaveV2, group);
  }
}

void Igmp::receive(InterfaceId in, const wire::Ipv4& packet, Instant now) {
  if (in == kLoopbackInterface) return;
  if (packet.ttl == 1) {
    if (const auto query = wire::IgmpQuery::parse(packet.payload)) return on_query(in, *query, now);
    const auto report = wire::IgmpReport::parse(packet.payload);
    Interface& interface = core_.at(in);
    if (report && is_neighbor(in, packet.source) && interface.groups.contains(report->group)) {
      return interface.igmp.told(report->group);
    }
  }
  ++core_.counters.drop_igmp_ignored;
}

void Igmp::on_query(InterfaceId in, const wire::IgmpQuery& query, Instant now) {
  Interface& interface = core_.at(in);
  if (query.version == 1) interface.igmp.v1_until = now + kOlderQuerier;
  if (query.version == 2) interface.igmp.v2_until = now + kOlderQuerier;
  if (!query.group.is_unspecified() && !interface.groups.contains(query.group)) return;
  interface.igmp.asked(response_delay(query), core_.rng, now);
}

/// RFC 2236 10: who is not on the interface's network cannot silence us.
bool Igmp::is_neighbor(InterfaceId in, const wire::IpAddress& source) const {
  return std::ranges::any_of(core_.addresses.all(), [&](const OwnAddress& own) {
    return own.interface == in && own.cidr.contains(source);
  });
}

std::optional<Instant> Igmp::next_deadline() const {
  std::optional<Instant> earliest;
  for (const Interface& interface : core_.interfaces) {
    const auto deadline = interface.igmp.deadline();
    if (deadline && (!earliest || *deadline < *earliest)) earliest = deadline;
  }
  return earliest;
}

void Igmp::on_deadline(Instant now) {
  for (std::uint32_t i = 0; i < core_.interfaces.size(); ++i) {
    if (!core_.interfaces[i].igmp.take_due(now)) continue;
    report(InterfaceId{i}, now);
    core_.interfaces[i].igmp.reported();
  }
}

void Igmp::report(InterfaceId id, Instant now) {
  Interface& interface = core_.at(id);
  std::vector<GroupRecord> records;
  for (const wire::IpAddress& group : interface.groups.all(wire::Family::ipv4)) {
    if (is_reported(id, group)) records.push_back({GroupRecord::kIsExclude, group});
  }
  const int speaks = version(interface, now);
  if (speaks != 3) {
    const std::uint8_t type = speaks == 1 ? wire::igmp_type::kReportV1 : wire::igmp_type::kReportV2;
    for (const GroupRecord& record : records) {
      if (!interface.igmp.is_told(record.group)) send_message(id, type, record.group);
    }
    return;
  }
  for (const wire::IpAddress& group : interface.igmp.groups_left()) {
    records.push_back({GroupRecord::kToInclude, group});
  }
  for (std::size_t first = 0; first < records.size(); first += kRecordsPerReport) {
    const std::size_t count = std::min(kRecordsPerReport, records.size() - first);
    send_records(id, std::span<const GroupRecord>(records).subspan(first, count));
  }
}

void Igmp::send_records(InterfaceId interface, std::span<const GroupRecord> records) {
  constexpr std::size_t kMost =
      wire::kIgmpPacketHeader + wire::kIgmpMessage + wire::kIgmpRecord * kRecordsPerReport;
  std::array<std::byte, kMost> packet{};
  const wire::IpAddress destination = all_igmpv3_routers();
  const std::size_t size = wire::emit_igmp_report(packet, records, route(interface, destination));
  send(interface, ByteView(packet).first(size), destination);
}

/// RFC 2236 3: reports go to the group itself, farewells to the routers.
void Igmp::send_message(InterfaceId interface, std::uint8_t type, const wire::IpAddress& group) {
  std::array<std::byte, wire::kIgmpPacketHeader + wire::kIgmpMessage> packet{};
  const wire::IpAddress destination = type == wire::igmp_type::kLeaveV2 ? all_routers() : group;
  wire::emit_igmp_message(packet, type, group, route(interface, destination));
  send(interface, packet, destination);
}

void Igmp::send(InterfaceId interface, ByteView packet, const wire::IpAddress& destination) {
  egress_.send_packet(interface, packet, wire::multicast_mac(destination));
  ++core_.counters.igmp_out;
}

/// RFC 3376 4.2.13: without an address yet, the source is unspecified.
wire::IgmpRoute Igmp::route(InterfaceId interface, const wire::IpAddress& destination) {
  const wire::IpAddress source = core_.addresses.choose_source(interface, destination)
                                     .value_or(wire::IpAddress::any(wire::Family::ipv4));
  constexpr std::uint8_t kIgmp = 2;
  return {.source = source,
          .destination = destination,
          .identification = core_.packet_ids.next_v4(source, destination, kIgmp)};
}

}  // namespace zsock::net
