#pragma once
/// \file
/// What clients are told for their resolver (ipc::Op::name_servers).

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/config.h"
#include "daemon/stack/stack.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::host {

/// "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353"; port 53 unless told.
std::optional<wire::Endpoint> parse_name_server(std::string_view text);

/// Labels of letters, digits, hyphens and underscores (RFC 1035 2.3.1), 253 octets at most.
bool is_domain(std::string_view text);

/// "192.0.2.53:53,[2001:db8::53]:53\nexample.org"
std::string name_servers_text(const DnsConfig& dns);

/// The configuration, with the servers that DHCP has named if it has none itself and they fit one
/// message.
DnsConfig with_learned(DnsConfig dns, std::span<const wire::IpAddress> servers);

/// ipc::kHasIpv4, ipc::kHasIpv6: addresses that others might reach, those under test among them.
std::int32_t families_of(std::span<const net::Ip::AddressInfo> addresses);

}  // namespace zsock::host
