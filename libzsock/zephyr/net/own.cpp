/// \file
/// Which addresses are zsockd's: net_ip.h's questions, and the making of interface identifiers.

#include <algorithm>
#include <iterator>

#include "libzsock/zephyr/native.h"

#include <zephyr/net/net_if.h>

namespace zsock::zephyr {
namespace {

template <class Matches>
bool any_subnet(net_if* iface, Matches matches) {
  if (iface == nullptr) iface = net_if_get_default();
  const auto& all = iface->config.ip.ipv4->unicast;
  return std::any_of(std::begin(all), std::end(all), [&](const net_if_addr_ipv4& own) {
    return own.ipv4.is_used && matches(own.ipv4.address.in_addr.s_addr, own.netmask.s_addr);
  });
}

}  // namespace
}  // namespace zsock::zephyr

using namespace zsock::zephyr;  // NOLINT(google-build-using-namespace): the edge to C

bool net_ipv4_is_my_addr(const net_in_addr* address) {
  return net_if_ipv4_addr_lookup(address, nullptr) != nullptr;
}

bool net_ipv6_is_my_addr(const net_in6_addr* address) {
  return net_if_ipv6_addr_lookup(address, nullptr) != nullptr;
}

bool net_ipv6_is_my_maddr(const net_in6_addr* address) {
  if (net_ipv6_is_addr_mcast_iface_all_nodes(address) ||
      net_ipv6_is_addr_mcast_link_all_nodes(address)) {
    return true;
  }
  const auto& all = net_if_get_default()->config.ip.ipv6->unicast;
  return std::any_of(std::begin(all), std::end(all), [address](const net_if_addr& own) {
    net_in6_addr group{};
    net_ipv6_addr_create_solicited_node(&own.address.in6_addr, &group);
    return own.is_used && net_ipv6_addr_cmp(&group, address);
  });
}

bool net_ipv4_addr_mask_cmp(net_if* iface, const net_in_addr* address) {
  return any_subnet(iface, [address](std::uint32_t own, std::uint32_t mask) {
    return ((own ^ address->s_addr) & mask) == 0;
  });
}

bool net_ipv4_is_addr_bcast(net_if* iface, const net_in_addr* address) {
  if (net_ipv4_addr_cmp(address, net_ipv4_broadcast_address())) return true;
  return any_subnet(iface, [address](std::uint32_t own, std::uint32_t mask) {
    // A subnet of two addresses has no such (RFC 3021).
    const bool has_one = net_ntohl(mask) < 0xfffffffeU;
    return has_one && address->s_addr == (own | ~mask);
  });
}

void net_ipv6_addr_create_iid(net_in6_addr* address, const net_linkaddr* link) {
  net_ipv6_addr_create(address, 0xfe80, 0, 0, 0, 0, 0, 0, 0);
  // RFC 4291 appendix A: the octets of the link's address around ff:fe, one bit turned.
  std::copy(link->addr, link->addr + 3, &address->s6_addr[8]);
  address->s6_addr[11] = 0xff;
  address->s6_addr[12] = 0xfe;
  std::copy(link->addr + 3, link->addr + 6, &address->s6_addr[13]);
  address->s6_addr[8] ^= 0x02;
}

bool net_ipv6_addr_based_on_ll(const net_in6_addr* address, const net_linkaddr* link) {
  if (address == nullptr || link == nullptr || link->len != 6) return false;
  net_in6_addr made{};
  net_ipv6_addr_create_iid(&made, link);
  return std::equal(&made.s6_addr[8], &made.s6_addr[8] + 8, &address->s6_addr[8]);
}

int net_ipv6_addr_generate_iid(net_if*, const net_in6_addr* prefix, uint8_t*, size_t, uint8_t,
                               net_in6_addr* address, net_linkaddr* link) {
  if (address == nullptr || link == nullptr || link->len != 6) return -EINVAL;
  net_ipv6_addr_create_iid(address, link);
  if (prefix != nullptr) std::copy(prefix->s6_addr, prefix->s6_addr + 8, address->s6_addr);
  return 0;
}
