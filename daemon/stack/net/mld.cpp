#include "daemon/stack/net/mld.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "daemon/stack/wire/ndp.h"

namespace zsock::net {
namespace {

constexpr std::uint32_t kRobustness = 2;                         // RFC 9777 9.1
constexpr std::chrono::milliseconds kUnsolicitedInterval(1000);  // RFC 9777 9.11
constexpr std::size_t kRecordSize = 20;
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

wire::IpAddress all_mld_routers() {
  return wire::IpAddress::v6({0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16});
}

/// RFC 9777 6: all-nodes, and whatever has node or no scope, is never reported.
bool is_reported(const wire::IpAddress& group) {
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

void Mld::groups_changed(InterfaceId interface, Instant now) {
  if (!core_.at(interface).ipv6_enabled()) return;
  report(interface);
  core_.at(interface).reports_left = kRobustness - 1;
  const auto delay = Duration(kUnsolicitedInterval).count();
  core_.at(interface).next_report =
      now + Duration(1 + core_.rng.below(static_cast<std::uint32_t>(delay)));
}

void Mld::on_query(InterfaceId in, const wire::Ipv6& packet, const wire::Icmpv6& query,
                   Instant now) {
  constexpr std::size_t kGroupSize = 16;
  // RFC 9777 6.2: from a router on this link, or it is void.
  if (!packet.source.is_link_local() || packet.hop_limit != 1 || query.code != 0 ||
      query.payload.size() < kGroupSize) {
    ++core_.counters.drop_ndp_invalid;
    return;
  }
  Interface& interface = core_.at(in);
  constexpr unsigned kUpperHalf = 16;
  const Duration longest = response_delay(query.rest >> kUpperHalf);
  constexpr Duration kLongest = std::chrono::seconds(60);
  const auto range = static_cast<std::uint32_t>(std::min(longest, kLongest).count());
  const Instant at = now + Duration(core_.rng.below(range + 1));
  // One timer for all queries: a flood of them cannot make more than one report per delay.
  if (interface.reports_left > 0 && interface.next_report <= at) return;
  interface.reports_left = std::max(interface.reports_left, 1U);
  interface.next_report = at;
}

std::optional<Instant> Mld::next_deadline() const {
  std::optional<Instant> earliest;
  for (const Interface& interface : core_.interfaces) {
    if (interface.reports_left == 0) continue;
    if (!earliest || interface.next_report < *earliest) earliest = interface.next_report;
  }
  return earliest;
}

void Mld::on_deadline(Instant now) {
  for (std::uint32_t i = 0; i < core_.interfaces.size(); ++i) {
    Interface& interface = core_.interfaces[i];
    if (interface.reports_left == 0 || interface.next_report > now) continue;
    --interface.reports_left;
    interface.next_report = now + Duration(kUnsolicitedInterval);
    report(InterfaceId{i});
  }
}

void Mld::report(InterfaceId interface) {
  if (interface == kLoopbackInterface) return;
  std::vector<wire::IpAddress> groups = core_.at(interface).groups.all(wire::Family::ipv6);
  std::erase_if(groups, [](const wire::IpAddress& group) { return !is_reported(group); });
  for (std::size_t first = 0; first < groups.size(); first += kRecordsPerReport) {
    const std::size_t count = std::min(kRecordsPerReport, groups.size() - first);
    report_some(interface, std::span<const wire::IpAddress>(groups).subspan(first, count));
  }
}

void Mld::report_some(InterfaceId interface, std::span<const wire::IpAddress> groups) {
  const wire::IpAddress destination = all_mld_routers();
  // RFC 9777 5.2.13: before there is a valid link-local address, the source is unspecified.
  const wire::IpAddress source =
      core_.addresses.link_local(interface).value_or(wire::IpAddress::any(wire::Family::ipv6));
  std::array<std::byte, wire::Icmpv6::kHeaderSize + kRecordSize * kRecordsPerReport> message{};
  const std::size_t size = wire::emit_mld_report(message, groups, source, destination);
  const std::array<ByteView, 2> parts{ByteView(kRouterAlert), ByteView(message).first(size)};
  egress_.send_control({.path = {.interface = interface,
                                 .source = source,
                                 .next_hop = destination,
                                 .is_multicast = true},
                        .destination = destination,
                        .protocol = wire::ip_protocol::kHopByHop,
                        .parts = parts,
                        .options = {.hop_limit = 1}},
                       wire::multicast_mac(destination));
  ++core_.counters.icmp_out;
}

}  // namespace zsock::net
