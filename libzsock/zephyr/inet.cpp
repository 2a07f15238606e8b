/// \file
/// Addresses as text and as constants.

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "libzsock/zephyr/address.h"

const net_in6_addr net_in6addr_any = NET_IN6ADDR_ANY_INIT;
const net_in6_addr net_in6addr_loopback = NET_IN6ADDR_LOOPBACK_INIT;

namespace zsock::zephyr {
namespace {

constexpr std::size_t kLongest = NET_INET6_ADDRSTRLEN;

/// What "address:port" and "[address]:port" consist of; port is empty if there is none.
struct Parts {
  std::string_view address;
  std::string_view port;
};

std::optional<Parts> split(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(end + 1);
    if (rest.empty()) return Parts{text.substr(1, end - 1), {}};
    if (rest.size() < 2 || rest.front() != ':') return std::nullopt;
    return Parts{text.substr(1, end - 1), rest.substr(1)};
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.rfind(':') != colon) return Parts{text, {}};
  if (colon + 1 == text.size()) return std::nullopt;
  return Parts{text.substr(0, colon), text.substr(colon + 1)};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty()) return std::uint16_t{0};
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return port;
}

bool parse_address(std::string_view text, net_sockaddr_storage& address) {
  char terminated[kLongest + 1] = {};
  if (text.size() > kLongest) return false;
  std::memcpy(terminated, text.data(), text.size());
  const bool ipv6 = text.find(':') != std::string_view::npos;
  address.ss_family = ipv6 ? NET_AF_INET6 : NET_AF_INET;
  // The address lies at the same place in both.
  return net_addr_pton(address.ss_family, terminated, &net_sin(net_sad(&address))->sin_addr) == 0;
}

}  // namespace
}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

int zsock_inet_pton(net_sa_family_t family, const char* src, void* dst) {
  const int native = native_family(family);
  if (native <= AF_UNSPEC) return fail(EAFNOSUPPORT);
  return ::inet_pton(native, src, dst);
}

char* zsock_inet_ntop(net_sa_family_t family, const void* src, char* dst, size_t size) {
  const int native = native_family(family);
  if (native <= AF_UNSPEC) {
    errno = EAFNOSUPPORT;
    return nullptr;
  }
  const auto room = static_cast<socklen_t>(std::min<std::size_t>(size, kLongest));
  return ::inet_ntop(native, src, dst, room) == nullptr ? nullptr : dst;
}

int net_addr_pton(net_sa_family_t family, const char* text, void* address) {
  const int parsed = zsock_inet_pton(family, text, address);
  if (parsed < 0) return -EAFNOSUPPORT;
  return parsed == 1 ? 0 : -EINVAL;
}

char* net_addr_ntop(net_sa_family_t family, const void* address, char* text, size_t size) {
  if (address != nullptr && text != nullptr) return zsock_inet_ntop(family, address, text, size);
  errno = EINVAL;
  return nullptr;
}

bool net_ipaddr_parse(const char* text, size_t length, net_sockaddr* address) {
  if (text == nullptr || address == nullptr) return false;
  const auto parts = split({text, strnlen(text, length)});
  if (!parts) return false;
  const auto port = parse_port(parts->port);
  net_sockaddr_storage parsed{};
  if (!port || !parse_address(parts->address, parsed)) return false;
  net_sin(net_sad(&parsed))->sin_port = htons(*port);
  std::memcpy(address, &parsed, net_family2size(parsed.ss_family));
  return true;
}

int net_port_set(net_sockaddr* address, uint16_t port) {
  if (address == nullptr || net_family2size(address->sa_family) == 0) return -EINVAL;
  net_sin(address)->sin_port = htons(port);
  return 0;
}

int net_port_get(const net_sockaddr* address, uint16_t* port) {
  if (address == nullptr || port == nullptr || net_family2size(address->sa_family) == 0) {
    return -EINVAL;
  }
  *port = ntohs(net_sin(address)->sin_port);
  return 0;
}

const char* net_family2str(net_sa_family_t family) {
  static constexpr const char* kNames[] = {"AF_UNSPEC", "AF_INET",     "AF_INET6", "AF_PACKET",
                                           "AF_CAN",    "AF_NET_MGMT", "AF_LOCAL"};
  return family < std::size(kNames) ? kNames[family] : nullptr;
}

int net_bytes_from_str(uint8_t* octets, int length, const char* text) {
  const auto count = static_cast<std::size_t>(std::max(length, 0));
  const std::string_view whole(text);
  if (count == 0 || whole.size() != count * 3 - 1) return -EINVAL;
  for (std::size_t i = 0; i < count; ++i) {
    const char* const begin = whole.data() + i * 3;
    const auto [rest, error] = std::from_chars(begin, begin + 2, octets[i], 16);
    const bool last = i + 1 == count;
    if (error != std::errc{} || rest != begin + 2 || (!last && begin[2] != ':')) return -EINVAL;
  }
  return 0;
}
