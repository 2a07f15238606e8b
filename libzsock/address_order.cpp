#include "libzsock/address_order.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "libzsock/address.h"
#include "zsock/zsock.h"

namespace zsock::lib {
namespace {

using Octets = std::array<std::uint8_t, 16>;

/// IPv4 as the mapped address, so that one table serves both.
Octets as_ipv6(const resolver::Address& address) {
  return address.family == AF_INET ? mapped(address.octets) : address.octets;
}

/// The number of leading bits that are equal.
int common_bits(const Octets& a, const Octets& b) {
  int bits = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto different = static_cast<std::uint8_t>(a[i] ^ b[i]);
    if (different != 0) return bits + std::countl_zero(different);
    bits += 8;
  }
  return bits;
}

struct Policy {
  Octets prefix;
  int length;
  int precedence;
  int label;
};

// RFC 6724 2.1, longest prefix first.
constexpr Policy kPolicies[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 35, 4},
    {{}, 96, 1, 3},
    {{0x20, 0x01}, 32, 5, 5},
    {{0x20, 0x02}, 16, 30, 2},
    {{0x3f, 0xfe}, 16, 1, 12},
    {{0xfe, 0xc0}, 10, 1, 11},
    {{0xfc}, 7, 3, 13},
    {{}, 0, 40, 1},
};

const Policy& policy_of(const resolver::Address& address) {
  const Octets octets = as_ipv6(address);
  return *std::ranges::find_if(kPolicies, [&](const Policy& policy) {
    return common_bits(octets, policy.prefix) >= policy.length;
  });
}

constexpr int kLinkLocal = 2;
constexpr int kSiteLocal = 5;
constexpr int kGlobal = 14;

// RFC 6724 3.1, 3.2
int scope_of(const resolver::Address& address) {
  const Octets& o = address.octets;
  if (address.family == AF_INET) {
    return o[0] == 127 || (o[0] == 169 && o[1] == 254) ? kLinkLocal : kGlobal;
  }
  if (o[0] == 0xff) return o[1] & 0x0f;
  Octets loopback{};
  loopback[15] = 1;
  if (o == loopback || (o[0] == 0xfe && (o[1] & 0xc0) == 0x80)) return kLinkLocal;
  return o[0] == 0xfe && (o[1] & 0xc0) == 0xc0 ? kSiteLocal : kGlobal;
}

/// What rules 1 to 8 say of a candidate, the best first; rule 9 needs both.
std::array<int, 5> rank(const Candidate& candidate) {
  const auto& [destination, source] = candidate;
  const bool usable = source.family != AF_UNSPEC;
  return {usable ? 0 : 1, usable && scope_of(destination) == scope_of(source) ? 0 : 1,
          usable && policy_of(destination).label == policy_of(source).label ? 0 : 1,
          -policy_of(destination).precedence, scope_of(destination)};
}

int matching_prefix(const Candidate& candidate) {
  const bool comparable = candidate.destination.family == AF_INET6;
  return comparable ? common_bits(candidate.destination.octets, candidate.source.octets) : 0;
}

bool better(const Candidate& a, const Candidate& b) {
  const auto first = rank(a);
  const auto second = rank(b);
  if (first != second) return first < second;
  return matching_prefix(a) > matching_prefix(b);  // rule 9
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* get() { return static_cast<sockaddr*>(static_cast<void*>(&storage)); }
};

SocketAddress destination_of(const resolver::Address& address) {
  const in_port_t kDiscard = htons(9);  // RFC 863
  SocketAddress made;
  if (address.family == AF_INET) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = kDiscard;
    std::memcpy(&name.sin_addr, address.octets.data(), sizeof name.sin_addr);
    std::memcpy(&made.storage, &name, sizeof name);
    made.size = sizeof name;
  } else {
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_port = kDiscard;
    name.sin6_scope_id = address.scope;
    std::memcpy(&name.sin6_addr, address.octets.data(), sizeof name.sin6_addr);
    std::memcpy(&made.storage, &name, sizeof name);
    made.size = sizeof name;
  }
  return made;
}

resolver::Address source_of(SocketAddress& name) {
  resolver::Address source;
  source.family = name.storage.ss_family;
  const bool ipv4 = source.family == AF_INET;
  const std::size_t offset =
      ipv4 ? offsetof(sockaddr_in, sin_addr) : offsetof(sockaddr_in6, sin6_addr);
  std::memcpy(source.octets.data(), reinterpret_cast<const char*>(&name.storage) + offset,
              ipv4 ? 4 : 16);
  return source;
}

resolver::Address source_for(const resolver::Address& destination) {
  const int fd = zs_socket(destination.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {};
  SocketAddress to = destination_of(destination);
  SocketAddress from;
  const bool known =
      zs_connect(fd, to.get(), to.size) == 0 && zs_getsockname(fd, from.get(), &from.size) == 0;
  zs_close(fd);
  return known ? source_of(from) : resolver::Address{};
}

}  // namespace

void order_candidates(std::span<Candidate> candidates) {
  // By insertion: few, stable, and without memory.
  for (auto next = candidates.begin(); next != candidates.end(); ++next) {
    std::rotate(std::upper_bound(candidates.begin(), next, *next, better), next, next + 1);
  }
}

void order_addresses(std::span<resolver::Address> addresses) {
  if (addresses.size() < 2) return;
  std::array<Candidate, resolver::kMaxAddresses> candidates{};
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    candidates[i] = {.destination = addresses[i], .source = source_for(addresses[i])};
  }
  order_candidates(std::span(candidates).first(addresses.size()));
  for (std::size_t i = 0; i < addresses.size(); ++i) addresses[i] = candidates[i].destination;
}

}  // namespace zsock::lib
