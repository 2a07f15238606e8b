#include "libzsock/zephyr/address.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace zsock::zephyr {
namespace {

// The layouts that firmware relies on, and those that need no conversion.
static_assert(sizeof(net_sockaddr_in) == 8 && sizeof(net_sockaddr_in6) == 24);
static_assert(sizeof(net_sockaddr) == 24 && sizeof(net_sockaddr_storage) == 24);
static_assert(offsetof(net_sockaddr_in, sin_addr) == 4 &&
              offsetof(net_sockaddr_in6, sin6_addr) == 4);
static_assert(sizeof(net_in_addr) == sizeof(in_addr) && sizeof(net_in6_addr) == sizeof(in6_addr));

template <typename T>
T read_as(const void* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// A scope means something for link-local addresses only; elsewhere firmware leaves it unset. Zephyr
// takes its default interface where there is none.
constexpr std::uint8_t kDefaultInterface = 1;

bool has_scope(const net_in6_addr& address) {
  return net_ipv6_is_ll_addr(&address) || net_ipv6_is_addr_mcast_scope(&address, 1) ||
         net_ipv6_is_addr_mcast_scope(&address, 2);
}

NativeAddress native_ipv4(const net_sockaddr* address) {
  const auto from = read_as<net_sockaddr_in>(address);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = from.sin_port;
  to.sin_addr.s_addr = from.sin_addr.s_addr;
  NativeAddress native;
  std::memcpy(&native.storage, &to, sizeof to);
  native.size = sizeof to;
  return native;
}

NativeAddress native_ipv6(const net_sockaddr* address) {
  const auto from = read_as<net_sockaddr_in6>(address);
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = from.sin6_port;
  std::memcpy(&to.sin6_addr, &from.sin6_addr, sizeof to.sin6_addr);
  if (has_scope(from.sin6_addr)) {
    to.sin6_scope_id = from.sin6_scope_id != 0 ? from.sin6_scope_id : kDefaultInterface;
  }
  NativeAddress native;
  std::memcpy(&native.storage, &to, sizeof to);
  native.size = sizeof to;
  return native;
}

}  // namespace

sockaddr* NativeAddress::get() {
  return static_cast<sockaddr*>(static_cast<void*>(&storage));
}
const sockaddr* NativeAddress::get() const {
  return static_cast<const sockaddr*>(static_cast<const void*>(&storage));
}

int native_family(int family) {
  switch (family) {
    case NET_AF_UNSPEC:
      return AF_UNSPEC;
    case NET_AF_INET:
      return AF_INET;
    case NET_AF_INET6:
      return AF_INET6;
    default:
      return -1;
  }
}

net_sa_family_t zephyr_family(int family) {
  switch (family) {
    case AF_INET:
      return NET_AF_INET;
    case AF_INET6:
      return NET_AF_INET6;
    default:
      return NET_AF_UNSPEC;
  }
}

Result<NativeAddress, int> to_native(const net_sockaddr* address, net_socklen_t size) {
  if (address == nullptr || size < sizeof(net_sa_family_t)) return Err{EINVAL};
  const auto family = read_as<net_sa_family_t>(address);
  if (family == NET_AF_UNSPEC) {
    NativeAddress none;
    none.size = sizeof(sockaddr_in);
    return none;
  }
  const std::size_t needed = net_family2size(family);
  if (needed == 0) return Err{EAFNOSUPPORT};
  if (size < needed) return Err{EINVAL};
  return family == NET_AF_INET ? native_ipv4(address) : native_ipv6(address);
}

net_sockaddr_storage from_native(const NativeAddress& address) {
  net_sockaddr_storage zephyr{};
  if (address.size >= sizeof(sockaddr_in) && address.storage.ss_family == AF_INET) {
    const auto from = read_as<sockaddr_in>(&address.storage);
    net_sockaddr_in to{};
    to.sin_family = NET_AF_INET;
    to.sin_port = from.sin_port;
    to.sin_addr.s_addr = from.sin_addr.s_addr;
    std::memcpy(&zephyr, &to, sizeof to);
  } else if (address.size >= sizeof(sockaddr_in6) && address.storage.ss_family == AF_INET6) {
    const auto from = read_as<sockaddr_in6>(&address.storage);
    net_sockaddr_in6 to{};
    to.sin6_family = NET_AF_INET6;
    to.sin6_port = from.sin6_port;
    std::memcpy(&to.sin6_addr, &from.sin6_addr, sizeof to.sin6_addr);
    to.sin6_scope_id = static_cast<std::uint8_t>(from.sin6_scope_id);
    std::memcpy(&zephyr, &to, sizeof to);
  }
  return zephyr;
}

void copy_out(const net_sockaddr_storage& from, net_sockaddr* to, net_socklen_t* size) {
  const std::size_t whole = net_family2size(from.ss_family);
  std::memcpy(to, &from, std::min<std::size_t>(*size, whole));
  *size = static_cast<net_socklen_t>(whole);
}

}  // namespace zsock::zephyr
