#pragma once
/// \file
/// A cheap keyed hash of addresses for bounded tables that the wire can fill. The tables it serves
/// hold a few thousand entries at most; where a hash decides what goes on the wire, siphash does.

#include <cstdint>
#include <cstring>

#include "daemon/stack/base/ids.h"
#include "daemon/stack/base/rng.h"
#include "daemon/stack/wire/addr.h"

namespace zsock::net {

/// SplitMix64's finalizer: every input bit reaches every output bit.
constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

/// A next hop or a peer, together with the interface it is met on.
struct ScopedAddress {
  InterfaceId interface {};
  wire::IpAddress address{};
  friend bool operator==(const ScopedAddress&, const ScopedAddress&) = default;
};

struct AddressHash {
  std::uint64_t first_key = 0;
  std::uint64_t second_key = 0;

  static AddressHash draw(Rng& rng) {
    const std::uint64_t first = rng.next_u64();
    return {first, rng.next_u64()};
  }
  std::size_t operator()(const ScopedAddress& key) const {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::memcpy(&low, key.address.octets().data(), sizeof low);
    std::memcpy(&high, key.address.octets().data() + sizeof low, sizeof high);
    const std::uint64_t first = mix_bits(low ^ first_key);
    return static_cast<std::size_t>(mix_bits(first + (high ^ second_key) + key.interface.value));
  }
};

}  // namespace zsock::net
