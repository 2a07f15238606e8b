#include "libzsock/arena.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <new>

#include "libzsock/no_cancel.h"

namespace zsock::lib {
namespace {

constexpr std::int64_t kCheckInterval = 20'000'000;  // ns

/// Maps a whole memfd. \return empty on failure
std::span<std::byte> map_memory(const ipc::Fd& memory, int protection) {
  struct stat facts {};
  if (::fstat(memory.get(), &facts) != 0 || facts.st_size <= 0) return {};
  const auto octets = static_cast<std::size_t>(facts.st_size);
  void* base = ::mmap(nullptr, octets, protection, MAP_SHARED, memory.get(), 0);
  if (base == MAP_FAILED) return {};
  return {static_cast<std::byte*>(base), octets};
}

/// The memory is what zsockd laid out; the layout's types begin their life there.
template <class T>
T* object_at(std::span<std::byte> memory) {
  return static_cast<T*>(static_cast<void*>(memory.data()));
}

void unmap(std::span<std::byte> memory) {
  if (!memory.empty()) ::munmap(memory.data(), memory.size());
}

}  // namespace

Arena* Arena::map(const ipc::Fd& status, const ipc::Fd& data, ipc::Fd doorbell) {
  const std::span<std::byte> status_memory = map_memory(status, PROT_READ);
  const std::span<std::byte> data_memory = map_memory(data, PROT_READ | PROT_WRITE);
  auto* arena = new (std::nothrow) Arena;
  if (arena != nullptr && doorbell.valid() && status_memory.size() >= sizeof(ipc::StatusArea) &&
      data_memory.size() >= sizeof(ipc::DataArea)) {
    arena->status_ = object_at<const ipc::StatusArea>(status_memory);
    arena->data_ = object_at<ipc::DataArea>(data_memory);
    arena->doorbell_ = std::move(doorbell);
    const ipc::StatusPage& page = arena->status_->page;
    arena->shard_ = page.shard;
    if (page.magic == ipc::kMagic && page.version == ipc::kVersion &&
        page.shard < ipc::kMaxShards) {
      return arena;
    }
  }
  delete arena;
  unmap(status_memory);
  unmap(data_memory);
  return nullptr;
}

void Arena::ring_doorbell() const {
  const NoCancel no_cancel;
  const int saved = errno;
  const std::uint64_t one = 1;
  while (::write(doorbell_.get(), &one, sizeof(one)) < 0 && errno == EINTR) {
  }
  errno = saved;
}

int Arena::add_segment(std::uint32_t number, const ipc::Fd& memory) {
  if (number >= kMaxSegments) return EPROTO;
  if (!segment(number).empty()) return 0;
  const std::span<std::byte> mapped = map_memory(memory, PROT_READ | PROT_WRITE);
  if (mapped.empty()) return ENOMEM;
  segments_[number].octets.store(mapped.size(), std::memory_order_relaxed);
  segments_[number].base.store(mapped.data(), std::memory_order_release);
  return 0;
}

bool Arena::time_to_check() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  const std::int64_t nanoseconds = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  std::int64_t due = next_check_.load(std::memory_order_relaxed);
  if (nanoseconds < due) return false;
  return next_check_.compare_exchange_strong(due, nanoseconds + kCheckInterval,
                                             std::memory_order_relaxed);
}

}  // namespace zsock::lib
