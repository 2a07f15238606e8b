#include "libzsock/fd_table.h"

#include <sys/mman.h>

#include <new>

namespace zsock::lib {

std::uint64_t FdTable::pack(SocketKey key) {
  return (std::uint64_t{key.generation} << 32) | (std::uint64_t{key.arena} << 16) | key.slot;
}

FdTable::Chunk* FdTable::chunk_for(int fd) {
  std::atomic<Chunk*>& place = chunks_[static_cast<std::size_t>(fd) / kChunkSize];
  Chunk* chunk = place.load(std::memory_order_acquire);
  if (chunk != nullptr) return chunk;
  void* memory =
      ::mmap(nullptr, sizeof(Chunk), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  auto* fresh = new (memory) Chunk{};
  if (place.compare_exchange_strong(chunk, fresh, std::memory_order_acq_rel)) return fresh;
  ::munmap(memory, sizeof(Chunk));
  return chunk;
}

bool FdTable::set(int fd, SocketKey key, ino_t inode) {
  if (fd < 0 || fd >= kMaxFd) return false;
  Chunk* chunk = chunk_for(fd);
  if (chunk == nullptr) return false;
  Entry& place = (*chunk)[static_cast<std::size_t>(fd) % kChunkSize];
  place.inode.store(inode, std::memory_order_relaxed);
  place.key.store(pack(key), std::memory_order_release);
  return true;
}

SocketKey FdTable::clear(int fd) {
  Entry* known = entry(fd);
  return known == nullptr ? SocketKey{} : unpack(known->key.exchange(0));
}

}  // namespace zsock::lib
