/// \file
/// Slabs: blocks of one size, handed to the thread that waits for one.

#include <algorithm>

#include "libzsock/zephyr/kernel/wait.h"

using namespace zsock::kernel;  // NOLINT(google-build-using-namespace): the edge to C

namespace {

void*& next_of(void* block) {
  return *static_cast<void**>(block);
}

// There is one.
void* take(k_mem_slab& slab) {
  void* block = slab.free_list;
  if (block != nullptr) {
    slab.free_list = next_of(block);
  } else {
    block = slab.buffer + slab.zsock_fresh++ * slab.block_size;
  }
  slab.max_used = std::max(slab.max_used, ++slab.num_used);
  return block;
}

}  // namespace

int k_mem_slab_init(k_mem_slab* slab, void* buffer, size_t block_size, uint32_t num_blocks) {
  if ((POINTER_TO_UINT(buffer) | block_size) % sizeof(void*) != 0) return -EINVAL;
  *slab = Z_MEM_SLAB_INITIALIZER(static_cast<char*>(buffer), block_size, num_blocks);
  return 0;
}

int k_mem_slab_alloc(k_mem_slab* slab, void** mem, k_timeout_t timeout) {
  const Lock lock;
  if (slab->num_used < slab->num_blocks) {
    *mem = take(*slab);
    return 0;
  }
  *mem = nullptr;
  return pend_or(slab->wait_q, timeout, -ENOMEM, mem);
}

void k_mem_slab_free(k_mem_slab* slab, void* mem) {
  const Lock lock;
  if (zsock_wait_node* const waiter = slab->wait_q.first) {
    *static_cast<void**>(waiter->data) = mem;
    wake(*waiter, 0);
    return;
  }
  next_of(mem) = slab->free_list;
  slab->free_list = mem;
  --slab->num_used;
}

uint32_t k_mem_slab_num_used_get(k_mem_slab* slab) {
  const Lock lock;
  return slab->num_used;
}
uint32_t k_mem_slab_num_free_get(k_mem_slab* slab) {
  const Lock lock;
  return slab->num_blocks - slab->num_used;
}
uint32_t k_mem_slab_max_used_get(k_mem_slab* slab) {
  const Lock lock;
  return slab->max_used;
}
