/** \file Blocks of one size out of the program's own memory. */
#ifndef ZEPHYR_KERNEL_SLAB_H_
#define ZEPHYR_KERNEL_SLAB_H_

#include <zephyr/kernel/wait_q.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** The first word of a block that is free is the slab's. */
struct k_mem_slab {
  _wait_q_t wait_q;
  char* buffer;
  size_t block_size;
  uint32_t num_blocks;
  uint32_t num_used;
  uint32_t max_used;
  uint32_t zsock_fresh; /* blocks that were given at least once */
  void* free_list;
};

#define Z_MEM_SLAB_INITIALIZER(memory, size, count) \
  { {NULL}, (memory), (size), (count), 0, 0, 0, NULL }
#define Z_MEM_SLAB(storage, name, size, count, align)                                       \
  static char __attribute__((__aligned__(align))) _k_mem_slab_buf_##name[(size) * (count)]; \
  storage struct k_mem_slab name = Z_MEM_SLAB_INITIALIZER(_k_mem_slab_buf_##name, size, count)
#define K_MEM_SLAB_DEFINE(name, size, count, align) Z_MEM_SLAB(, name, size, count, align)
#define K_MEM_SLAB_DEFINE_STATIC(name, size, count, align) \
  Z_MEM_SLAB(static, name, size, count, align)

/** \return 0; -EINVAL: blocks that cannot hold a pointer, or memory that is not aligned to one */
int k_mem_slab_init(struct k_mem_slab* slab, void* buffer, size_t block_size, uint32_t num_blocks);
/** \return 0; -ENOMEM: none there (K_NO_WAIT); -EAGAIN: not in time. Then *mem is NULL */
int k_mem_slab_alloc(struct k_mem_slab* slab, void** mem, k_timeout_t timeout);
void k_mem_slab_free(struct k_mem_slab* slab, void* mem);
uint32_t k_mem_slab_num_used_get(struct k_mem_slab* slab);
uint32_t k_mem_slab_num_free_get(struct k_mem_slab* slab);
/** The most that there ever were. */
uint32_t k_mem_slab_max_used_get(struct k_mem_slab* slab);

#if ZSOCK_COMPAT_ZEPHYR < 30500
/* It was given a pointer to the pointer. */
#define k_mem_slab_free(slab, mem) (k_mem_slab_free)(slab, *(mem))
#endif

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_KERNEL_SLAB_H_ */
