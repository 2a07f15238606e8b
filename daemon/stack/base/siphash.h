#pragma once
/// \file
/// SipHash-2-4 (Aumasson, Bernstein 2012): the keyed function behind ISNs, ports, hash tables and
/// cookies.

#include <cstdint>

#include "daemon/stack/base/bytes.h"
#include "daemon/stack/base/rng.h"

namespace zsock {

/// A 128-bit key. Draw one per purpose.
struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
  static SipKey draw(Rng& rng) {
    const std::uint64_t first = rng.next_u64();
    return {first, rng.next_u64()};
  }
};

/// The 64-bit SipHash-2-4 of `data` under `key`.
[[nodiscard]] std::uint64_t siphash(const SipKey& key, ByteView data);

}  // namespace zsock
