#pragma once
/// \file
/// Which descriptor is which socket: a cache. The truth is with the kernel (the descriptor) and in
/// the status page (the slot's generation); an entry that contradicts it is not used.

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>

#include "libzsock/arena.h"

namespace zsock::lib {

/// What an entry says. arena 0: nothing.
struct SocketKey {
  std::uint32_t generation = 0;
  std::uint16_t arena = 0;
  std::uint16_t slot = 0;
  bool operator==(const SocketKey&) const = default;
};

/// Lock-free; all functions may be called from any thread.
class FdTable {
 public:
  static constexpr int kMaxFd = 1 << 20;

  [[nodiscard]] SocketKey find(int fd) const;
  /// \return false: fd is too large or memory is short
  bool set(int fd, SocketKey key, ino_t inode);
  /// Forgets fd. \return what was known
  SocketKey clear(int fd);
  /// The socket whose descriptor has this inode: fd was made by dup() behind our back.
  template <class Valid>
  [[nodiscard]] SocketKey find_inode(ino_t inode, Valid valid) const;
  /// Calls visit(fd, key, inode) for every entry, fds ascending.
  template <class Visit>
  void each(Visit visit) const;

 private:
  struct Entry {
    std::atomic<std::uint64_t> key;
    std::atomic<std::uint64_t> inode;
  };
  static constexpr int kChunkSize = 1024;
  using Chunk = std::array<Entry, kChunkSize>;

  static std::uint64_t pack(SocketKey key);
  static SocketKey unpack(std::uint64_t packed);
  [[nodiscard]] Entry* entry(int fd) const;
  Chunk* chunk_for(int fd);

  std::array<std::atomic<Chunk*>, kMaxFd / kChunkSize> chunks_{};
};

// In every call on a descriptor, and in poll() for every entry: worth being inline.

inline SocketKey FdTable::unpack(std::uint64_t packed) {
  return {.generation = static_cast<std::uint32_t>(packed >> 32),
          .arena = static_cast<std::uint16_t>(packed >> 16),
          .slot = static_cast<std::uint16_t>(packed)};
}

inline FdTable::Entry* FdTable::entry(int fd) const {
  if (fd < 0 || fd >= kMaxFd) return nullptr;
  const auto number = static_cast<std::size_t>(fd);
  Chunk* chunk = chunks_[number / kChunkSize].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : &(*chunk)[number % kChunkSize];
}

inline SocketKey FdTable::find(int fd) const {
  const Entry* known = entry(fd);
  return known == nullptr ? SocketKey{} : unpack(known->key.load(std::memory_order_acquire));
}

template <class Visit>
void FdTable::each(Visit visit) const {
  for (std::size_t number = 0; number < chunks_.size(); ++number) {
    const Chunk* chunk = chunks_[number].load(std::memory_order_acquire);
    if (chunk == nullptr) continue;
    for (std::size_t i = 0; i < chunk->size(); ++i) {
      const Entry& entry = (*chunk)[i];
      const SocketKey key = unpack(entry.key.load(std::memory_order_acquire));
      const auto fd = static_cast<int>(number * kChunkSize + i);
      if (key.arena != 0) visit(fd, key, static_cast<ino_t>(entry.inode.load()));
    }
  }
}

template <class Valid>
SocketKey FdTable::find_inode(ino_t inode, Valid valid) const {
  SocketKey found;
  each([&](int, SocketKey key, ino_t known) {
    if (known == inode && valid(key)) found = key;
  });
  return found;
}

}  // namespace zsock::lib
