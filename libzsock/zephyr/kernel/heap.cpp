/// \file
/// Heaps: the host's memory, counted.

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "libzsock/zephyr/kernel/wait.h"

extern "C" {
// A program's comes first: zephyr/kernel/heap.h.
extern size_t zsock_heap_size;
__attribute__((weak, visibility("default"))) size_t zsock_heap_size = SIZE_MAX;
}

using namespace zsock::kernel;  // NOLINT(google-build-using-namespace): the edge to C

namespace {

/// What is before a piece of memory.
struct Header {
  void* allocated;
  size_t octets;
};
constexpr size_t kAlign = alignof(std::max_align_t);
static_assert(sizeof(Header) <= kAlign);

Header* header_of(void* memory) {
  return static_cast<Header*>(static_cast<void*>(static_cast<char*>(memory) - kAlign));
}

void* from_host(size_t align, size_t octets) {
  size_t size = 0;
  if (__builtin_add_overflow(octets, align + kAlign, &size)) return nullptr;
  auto* const allocated = static_cast<char*>(std::malloc(size));
  if (allocated == nullptr) return nullptr;
  char* memory = allocated + kAlign;
  memory += (align - POINTER_TO_UINT(memory) % align) % align;
  *header_of(memory) = {.allocated = allocated, .octets = octets};
  return memory;
}

// The heap of k_malloc(), once zsock_heap_size is known.
k_heap& system_heap() {
  static k_heap heap{.wait_q = {}, .size = zsock_heap_size, .used = 0};
  return heap;
}

bool fits(const k_heap& heap, size_t octets) {
  return octets <= heap.size - heap.used;
}

// Counts the octets. False: not in time, or never.
bool reserve(k_heap& heap, size_t octets, k_timeout_t timeout) {
  if (octets > heap.size) return false;
  const std::int64_t deadline = deadline_of(timeout);
  while (!fits(heap, octets)) {
    if (pend_or(heap.wait_q, timeout, -ENOMEM) != 0) return fits(heap, octets);
    timeout = deadline == kNever ? K_FOREVER : K_TICKS(ticks_until(deadline));
  }
  return true;
}

void give_back(k_heap& heap, size_t octets) {
  heap.used -= octets;
  wake_all(heap.wait_q, 0);
}

}  // namespace

void k_heap_init(k_heap* heap, void*, size_t octets) {
  *heap = {.wait_q = {}, .size = octets, .used = 0};
}

void* k_heap_aligned_alloc(k_heap* heap, size_t align, size_t octets, k_timeout_t timeout) {
  const Lock lock;
  if (octets == 0 || !reserve(*heap, octets, timeout)) return nullptr;
  heap->used += octets;
  void* const memory = from_host(align > kAlign ? align : kAlign, octets);
  if (memory == nullptr) give_back(*heap, octets);
  return memory;
}

void* k_heap_alloc(k_heap* heap, size_t octets, k_timeout_t timeout) {
  return k_heap_aligned_alloc(heap, kAlign, octets, timeout);
}

void* k_heap_calloc(k_heap* heap, size_t count, size_t octets, k_timeout_t timeout) {
  size_t size = 0;
  if (__builtin_mul_overflow(count, octets, &size)) return nullptr;
  void* const memory = k_heap_alloc(heap, size, timeout);
  if (memory != nullptr) std::memset(memory, 0, size);
  return memory;
}

void* k_heap_realloc(k_heap* heap, void* memory, size_t octets, k_timeout_t timeout) {
  if (octets == 0) {
    k_heap_free(heap, memory);
    return nullptr;
  }
  void* const larger = k_heap_alloc(heap, octets, timeout);
  if (memory == nullptr || larger == nullptr) return larger;
  const size_t before = header_of(memory)->octets;
  std::memcpy(larger, memory, before < octets ? before : octets);
  k_heap_free(heap, memory);
  return larger;
}

void k_heap_free(k_heap* heap, void* memory) {
  if (memory == nullptr) return;
  const Lock lock;
  const Header header = *header_of(memory);
  std::free(header.allocated);
  give_back(*heap, header.octets);
}

void* k_malloc(size_t octets) {
  return k_heap_alloc(&system_heap(), octets, K_NO_WAIT);
}
void* k_calloc(size_t count, size_t octets) {
  return k_heap_calloc(&system_heap(), count, octets, K_NO_WAIT);
}
void* k_realloc(void* memory, size_t octets) {
  return k_heap_realloc(&system_heap(), memory, octets, K_NO_WAIT);
}
void* k_aligned_alloc(size_t align, size_t octets) {
  return k_heap_aligned_alloc(&system_heap(), align, octets, K_NO_WAIT);
}
void k_free(void* memory) {
  k_heap_free(&system_heap(), memory);
}
