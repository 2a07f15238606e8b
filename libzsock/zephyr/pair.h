#pragma once
/// \file
/// zsock_socketpair(): two descriptors of the kernel that the zsock_ calls know as theirs.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "libzsock/zephyr/native.h"

namespace zsock::zephyr {

inline constexpr int kMaxPairFd = 1 << 16;  ///< pairs beyond it are not made
/// A bit for each number.
extern constinit std::array<std::atomic<std::uint64_t>, kMaxPairFd / 64> pair_ends;

/// Is it an end of a pair?
inline bool is_pair(int fd) {
  if (fd < 0 || fd >= kMaxPairFd) return false;
  const auto number = static_cast<std::size_t>(fd);
  return (pair_ends[number / 64].load(std::memory_order_relaxed) >> (number % 64) & 1) != 0;
}
/// A socket of the stack, or an end of a pair: what zsock_ calls are for.
inline bool is_ours(int fd) {
  return is_pair(fd) || zs_is_socket(fd) != 0;
}
/// The number is another socket's now, or nobody's.
void forget_pair(int fd);

}  // namespace zsock::zephyr
