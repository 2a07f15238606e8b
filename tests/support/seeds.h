#pragma once
/// \file
/// Which seeds a random test runs: a few hundred by default, 1..N with ZSOCK_SEEDS=N, one alone
/// with ZSOCK_SEED=n.

#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

namespace zsock::test {

inline std::vector<std::uint64_t> seeds(std::size_t usual) {
  if (const char* one = std::getenv("ZSOCK_SEED")) return {std::stoull(one)};
  if (const char* count = std::getenv("ZSOCK_SEEDS")) usual = std::stoull(count);
  std::vector<std::uint64_t> all(usual);
  std::iota(all.begin(), all.end(), std::uint64_t{1});
  return all;
}

/// For SCOPED_TRACE.
inline std::string repeat_with(std::uint64_t seed) {
  return "repeat with ZSOCK_SEED=" + std::to_string(seed);
}

}  // namespace zsock::test
