#pragma once
/// \file
/// For ThreadSanitizer: slots and rings go from one user by way of zsockd to the next, a way that
/// it does not see. told() stands at its beginning, heard() at its end. Nothing in other builds.
///
/// What threads do to one and the same socket is ordered by its locks, which it sees; of a ring
/// that two threads used without them these notes would hide the race.

#include <cstddef>
#include <cstdint>

#ifdef __SANITIZE_THREAD__
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace zsock::lib {

inline void told([[maybe_unused]] void* memory) {
#ifdef __SANITIZE_THREAD__
  __tsan_release(memory);
#endif
}
inline void heard([[maybe_unused]] void* memory) {
#ifdef __SANITIZE_THREAD__
  __tsan_acquire(memory);
#endif
}

/// Of a piece of a ring: whatever ring it is part of, it lies in the same blocks.
/// \param note  told or heard
inline void about_ring([[maybe_unused]] void (*note)(void*), [[maybe_unused]] std::byte* piece,
                       [[maybe_unused]] std::size_t octets) {
#ifdef __SANITIZE_THREAD__
  constexpr std::uintptr_t kBlock = 65536;  // no ring of a connection is smaller
  const auto start = reinterpret_cast<std::uintptr_t>(piece);
  for (std::uintptr_t block = start & ~(kBlock - 1); block < start + octets; block += kBlock) {
    note(reinterpret_cast<void*>(block));
  }
#endif
}

}  // namespace zsock::lib
