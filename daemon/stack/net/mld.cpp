#include "daemon/stack/net/mld.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "daemon/stack/wire/ndp.h"

namespace zsock::net {
namespace {

using wire::GroupRecord;

/// RFC 9777 9.12 with the default query interval and response time.
constexpr std::chrono::seconds kOlderQuerier(260);
constexpr std::size_t kRecordSize = 20;
constexpr std::size_t kGroupSize = 16;
constexpr std::size_t kQueryV2 = 20;           ///< octets after the ICMPv6 header, at least
constexpr std::size_t kRecordsPerReport = 32;  ///< fits the minimum MTU with room to spare

/// Router Alert for MLD and PadN, as hop-by-hop options (RFC 2711 2.1).
constexpr std::array<std::byte, 8> kRouterAlert{std::byte{wire::ip_protocol::kIcmpV6},
                                                std::byte{0},
                                                std::byte{5},
                                                std::byte{2},
                                                std::byte{0},
                                                std::byte{0},
                                                std::byte{1},
                                                std::byte{0}};

wire::IpAddress all_routers() {
  return wire::IpAddress::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2});
}
wire::IpAddress all_mld_routers() {
  return wire::IpAddress::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16});
}

/// RFC 9777 6: all-nodes, and whatever has node or no scope, is never reported.
bool is_reported(InterfaceId interface, const wire::IpAddress& group) {
  if (interface == kLoopbackInterface) return false;
  const wire::IpAddress all_nodes =
      wire::IpAddress::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  return group != all_nodes && (group.octets()[1] & 0x0fU) >= 2;
}

/// RFC 9777 5.1.3: the maximum response code in milliseconds.
std::chrono::milliseconds response_delay(std::uint32_t code) {
  constexpr std::uint32_t kExponential = 0x8000;
  if (code < kExponential) return std::chrono::milliseconds(code);
  const std::uint32_t mantissa = (code & 0x0fffU) | 0x1000U;
  return std::chrono::milliseconds(mantissa << (((code >> 12U) & 7U) + 3U));
}

}  // namespace

void Mld::joined(InterfaceId id, const wire::IpAddress& group, Instant now) {
  Interface& interface = core_.at(id);
  if (!interface.ipv6_enabled() || !is_reported(id, group)) return;
  if (interface.mld.v1_until > now) {
    send_message(id, wire::icmpv6_type::kMldReport, group);
  } else {
    const GroupRecord record{GroupRecord::kToExclude, group};
    send_records(id, std::span(&record, 1));
  }
  interface.mld.joined(group, core_.rng, now);
}

void Mld::left(InterfaceId id, const wire::IpAddress& group, Instant now) {
  Interface& interface = core_.at(id);
  if (!interface.ipv6_enabled() || !is_reported(id, group)) return;
  if (interface.mld.v1_until > now) {
    send_message(id, wire::icmpv6_type::kMldDone, group);
    return;
  }
  const GroupRecord record{GroupRecord::kToInclude, group};
  send_records(id, std::span(&record, 1));
  interface.mld.left(group, core_.rng, now);
}

void Mld::announce(InterfaceId interface, Instant now) {
  if (!core_.at(interface).ipv6_enabled()) return;
  report(interface, now);
  core_.at(interface).mld.repeat(core_.rng, now);
}

/// RFC 9777 6.2, RFC 2710 4: from this link, or it is void.
bool Mld::is_valid(const wire::Ipv6& packet, const wire::Icmpv6& message) const {
  if (packet.source.is_link_local() && packet.hop_limit == 1 && message.code == 0 &&
      message.payload.size() >= kGroupSize) {
    return true;
  }
  ++core_.counters.drop_ndp_invalid;
  return false;
}

void Mld::on_query(InterfaceId in, const wire::Ipv6& packet, const wire::Icmpv6& query,
                   Instant now) {
  if (!is_valid(packet, query)) return;
  // RFC 9777 8.1
  const bool older = query.payload.size() == kGroupSize;
  if (!older && query.payload.size() < kQueryV2) {
    ++core_.counters.drop_ndp_invalid;
    return;
  }
  Interface& interface = core_.at(in);
  if (older) interface.mld.v1_until = now + kOlderQuerier;
  const auto group = wire::IpAddress::load(wire::Family::ipv6, query.payload, 0);
  if (!group.is_unspecified() && !interface.groups.contains(group)) return;
  constexpr unsigned kUpperHalf = 16;
  constexpr Duration kLongest = std::chrono::seconds(60);
  const std::uint32_t code = query.rest >> kUpperHalf;
  const Duration longest = older ? std::chrono::milliseconds(code) : response_delay(code);
  interface.mld.asked(std::min(longest, kLongest), core_.rng, now);
}

void Mld::on_report(InterfaceId in, const wire::Ipv6& packet, const wire::Icmpv6& report) {
  if (!is_valid(packet, report)) return;
  const auto group = wire::IpAddress::load(wire::Family::ipv6, report.payload, 0);
  if (core_.at(in).groups.contains(group)) core_.at(in).mld.told(group);
}

std::optional<Instant> Mld::next_deadline() const {
  std::optional<Instant> earliest;
  for (const Interface& interface : core_.interfaces) {
    const auto deadline = interface.mld.deadline();
    if (deadline && (!earliest || *deadline < *earliest)) earliest = deadline;
  }
  return earliest;
}

void Mld::on_deadline(Instant now) {
  for (std::uint32_t i = 0; i < core_.interfaces.size(); ++i) {
    if (!core_.interfaces[i].mld.take_due(now)) continue;
    report(InterfaceId{i}, now);
    core_.interfaces[i].mld.reported();
  }
}

void Mld::report(InterfaceId id, Instant now) {
  const Interface& interface = core_.at(id);
  const bool older = interface.mld.v1_until > now;
  std::vector<GroupRecord> records;
  for (const wire::IpAddress& group : interface.groups.all(wire::Family::ipv6)) {
    if (!is_reported(id, group)) continue;
    if (!older) {
      records.push_back({GroupRecord::kIsExclude, group});
    } else if (!interface.mld.is_told(group)) {
      send_message(id, wire::icmpv6_type::kMldReport, group);
    }
  }
  if (older) return;
  for (const wire::IpAddress& group : interface.mld.groups_left()) {
    records.push_back({GroupRecord::kToInclude, group});
  }
  for (std::size_t first = 0; first < records.size(); first += kRecordsPerReport) {
    const std::size_t count = std::min(kRecordsPerReport, records.size() - first);
    send_records(id, std::span<const GroupRecord>(records).subspan(first, count));
  }
}

void Mld::send_records(InterfaceId interface, std::span<const GroupRecord> records) {
  std::array<std::byte, wire::Icmpv6::kHeaderSize + kRecordSize * kRecordsPerReport> message{};
  const wire::IpAddress destination = all_mld_routers();
  const std::size_t size = wire::emit_mld_report(message, records, source(interface), destination);
  send(interface, ByteView(message).first(size), destination);
}

/// RFC 2710 5: reports go to the group itself, farewells to the routers.
void Mld::send_message(InterfaceId interface, std::uint8_t type, const wire::IpAddress& group) {
  const wire::IpAddress destination = type == wire::icmpv6_type::kMldDone ? all_routers() : group;
  std::array<std::byte, wire::Icmpv6::kHeaderSize + kGroupSize> message{};
  const MutableBytes body = MutableBytes(message).subspan(wire::Icmpv6::kHeaderSize);
  group.store(body, 0);
  wire::Icmpv6{.type = type, .payload = body}.emit(message, source(interface), destination);
  send(interface, message, destination);
}

void Mld::send(InterfaceId interface, ByteView message, const wire::IpAddress& destination) {
  const std::array<ByteView, 2> parts{ByteView(kRouterAlert), message};
  egress_.send_control({.path = {.interface = interface,
                                 .source = source(interface),
                                 .next_hop = destination,
                                 .is_multicast = true},
                        .destination = destination,
                        .protocol = wire::ip_protocol::kHopByHop,
                        .parts = parts,
                        .options = {.hop_limit = 1}},
                       wire::multicast_mac(destination));
  ++core_.counters.icmp_out;
}

/// RFC 9777 5.2.13, RFC 3590 4: before there is a valid link-local address, the source is
/// unspecified.
wire::IpAddress Mld::source(InterfaceId interface) const {
  return core_.addresses.link_local(interface).value_or(wire::IpAddress::any(wire::Family::ipv6));
}

}  // namespace zsock::net
