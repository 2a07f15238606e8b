#include "libzsock/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace zsock::lib {
namespace {

constexpr std::size_t kMinIn6 = 24;  // RFC 2133: without the scope

ipc::Address from_in(const sockaddr_in& in) {
  ipc::Address address;
  address.family = 4;
  address.port = ntohs(in.sin_port);
  std::memcpy(address.octets.data(), &in.sin_addr, sizeof(in.sin_addr));
  return address;
}

ParsedAddress parse_ipv4(const sockaddr* from, socklen_t length) {
  sockaddr_in in{};
  if (length < sizeof(in)) return {.error = EINVAL};
  std::memcpy(&in, from, sizeof(in));
  return {.address = from_in(in)};
}

ParsedAddress parse_ipv6(const sockaddr* from, socklen_t length) {
  sockaddr_in6 in{};
  if (length < kMinIn6) return {.error = EINVAL};
  std::memcpy(&in, from, std::min<std::size_t>(length, sizeof(in)));
  ParsedAddress parsed;
  parsed.address.family = 6;
  parsed.address.port = ntohs(in.sin6_port);
  parsed.address.scope = in.sin6_scope_id;
  std::memcpy(parsed.address.octets.data(), &in.sin6_addr, sizeof(in.sin6_addr));
  return parsed;
}

bool is_wildcard(const ipc::Address& address) {
  return std::ranges::all_of(address.octets, [](std::uint8_t octet) { return octet == 0; });
}

}  // namespace

std::array<std::uint8_t, 16> mapped(const std::array<std::uint8_t, 16>& ipv4) {
  std::array<std::uint8_t, 16> octets{};
  octets[10] = octets[11] = 0xff;
  std::copy_n(ipv4.begin(), 4, octets.begin() + 12);
  return octets;
}

ParsedAddress parse_address(const Socket& socket, const sockaddr* address, socklen_t length,
                            FamilyRule rule) {
  if (address == nullptr) return {.error = EFAULT};
  sa_family_t family = AF_UNSPEC;
  if (length < sizeof(family)) return {.error = EINVAL};
  std::memcpy(&family, address, sizeof(family));
  if (!socket.is_ipv6()) {
    ParsedAddress parsed = parse_ipv4(address, length);
    if (parsed.error != 0 || family == AF_INET) return parsed;
    const bool allowed =
        rule == FamilyRule::wildcard_unspec && family == AF_UNSPEC && is_wildcard(parsed.address);
    return allowed ? parsed : ParsedAddress{.error = EAFNOSUPPORT};
  }
  if (family == AF_INET && rule == FamilyRule::ipv4_on_ipv6) {
    ParsedAddress parsed = parse_ipv4(address, length);
    parsed.address.family = 6;
    parsed.address.octets = mapped(parsed.address.octets);
    return parsed;
  }
  if (length < kMinIn6) return {.error = EINVAL};
  return family == AF_INET6 ? parse_ipv6(address, length) : ParsedAddress{.error = EAFNOSUPPORT};
}

int store_address(const Socket& socket, const ipc::Address& from, sockaddr* to, socklen_t* length) {
  if (to == nullptr || length == nullptr) return 0;
  if (*length > INT32_MAX) return EINVAL;
  if (!socket.is_ipv6()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(from.port);
    std::memcpy(&in.sin_addr, from.octets.data(), sizeof(in.sin_addr));
    std::memcpy(to, &in, std::min<std::size_t>(*length, sizeof(in)));
    *length = sizeof(in);
    return 0;
  }
  const auto octets = from.family == 4 ? mapped(from.octets) : from.octets;
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(from.port);
  in.sin6_scope_id = from.scope;
  std::memcpy(&in.sin6_addr, octets.data(), octets.size());
  std::memcpy(to, &in, std::min<std::size_t>(*length, sizeof(in)));
  *length = sizeof(in);
  return 0;
}

}  // namespace zsock::lib
