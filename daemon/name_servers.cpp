#include "daemon/name_servers.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "libzsock/ipc/messages.h"

namespace zsock::host {
namespace {

constexpr std::uint16_t kDnsPort = 53;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && rest == text.data() + text.size();
  return whole && port != 0 ? std::optional(port) : std::nullopt;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : ",") + part;
  return all;
}

}  // namespace

std::optional<wire::Endpoint> parse_name_server(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const std::size_t colon = text.rfind(':');
  const bool bare_ipv6 = !bracketed && text.find(':') != colon;
  if (bare_ipv6 || colon == std::string_view::npos || text.ends_with(']')) {
    if (bracketed) text = text.substr(1, text.size() - 2);
    const auto address = wire::IpAddress::parse(text);
    return address ? std::optional(wire::Endpoint{*address, kDnsPort}) : std::nullopt;
  }
  std::string_view host = text.substr(0, colon);
  if (bracketed && !host.ends_with(']')) return std::nullopt;
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = wire::IpAddress::parse(host);
  const auto port = parse_port(text.substr(colon + 1));
  if (!address || !port || bracketed != address->is_v6()) return std::nullopt;
  return wire::Endpoint{*address, *port};
}

bool is_domain(std::string_view text) {
  if (text.empty() || text.size() > 253 || text.starts_with('.')) return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
}

std::string name_servers_text(const DnsConfig& dns) {
  std::vector<std::string> servers;
  for (const wire::Endpoint& server : dns.servers) servers.push_back(server.to_string());
  return joined(servers) + "\n" + joined(dns.search);
}

DnsConfig with_learned(DnsConfig dns, std::span<const wire::IpAddress> servers) {
  if (!dns.servers.empty()) return dns;
  for (const wire::IpAddress& server : servers) {
    dns.servers.push_back({server, kDnsPort});
    if (name_servers_text(dns).size() <= ipc::kMaxValue) continue;
    dns.servers.pop_back();
    break;
  }
  return dns;
}

std::int32_t families_of(std::span<const net::Ip::AddressInfo> addresses) {
  std::int32_t families = 0;
  for (const net::Ip::AddressInfo& own : addresses) {
    const wire::IpAddress& address = own.address.address;
    if (own.duplicate || address.is_loopback()) continue;
    if (address.is_v4()) families |= ipc::kHasIpv4;
    if (address.is_v6() && !address.is_link_local()) families |= ipc::kHasIpv6;
  }
  return families;
}

}  // namespace zsock::host
