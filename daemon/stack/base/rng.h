#pragma once
/// \file
/// Randomness as a parameter: the host hands the stack an Rng fed by the operating system, tests a
/// seeded one.

#include <cstdint>

namespace zsock {

class Rng {
 public:
  virtual ~Rng() = default;
  /// Next 32 uniformly distributed bits.
  virtual std::uint32_t next_u32() = 0;

  std::uint64_t next_u64() {
    const std::uint64_t high = next_u32();
    return (high << 32U) | next_u32();
  }
  /// Uniform in [0, bound); bound 0 yields 0.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>((std::uint64_t{next_u32()} * bound) >> 32U);
  }
};

/// SplitMix64, for tests and simulations: the same seed gives the same run on every machine.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed) : state_(seed) {}
  std::uint32_t next_u32() override {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return static_cast<std::uint32_t>((z ^ (z >> 31U)) >> 32U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace zsock
