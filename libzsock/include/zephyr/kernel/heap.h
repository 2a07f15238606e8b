/** \file
 * Heaps: the host's memory, counted. A heap gives no more than its size, as far as the program can
 * tell; what it gives does not lie in the memory that the program set aside for it.
 */
#ifndef ZEPHYR_KERNEL_HEAP_H_
#define ZEPHYR_KERNEL_HEAP_H_

#include <zephyr/kernel/wait_q.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct k_heap {
  _wait_q_t wait_q;
  size_t size;
  size_t used;
};

#define K_HEAP_DEFINE(name, octets) struct k_heap name = {{NULL}, (octets), 0}
#define K_HEAP_DEFINE_NOCACHE K_HEAP_DEFINE

void k_heap_init(struct k_heap* heap, void* memory, size_t octets);
/** \return NULL: no room in time */
void* k_heap_alloc(struct k_heap* heap, size_t octets, k_timeout_t timeout);
/** \param align  a power of two */
void* k_heap_aligned_alloc(struct k_heap* heap, size_t align, size_t octets, k_timeout_t timeout);
void* k_heap_calloc(struct k_heap* heap, size_t count, size_t octets, k_timeout_t timeout);
void* k_heap_realloc(struct k_heap* heap, void* memory, size_t octets, k_timeout_t timeout);
void k_heap_free(struct k_heap* heap, void* memory);

/** The system's heap: as large as the smallest CONFIG_HEAP_MEM_POOL_SIZE of the program, without
 * one as large as the host's. NULL: no room. */
void* k_malloc(size_t octets);
void* k_calloc(size_t count, size_t octets);
void* k_realloc(void* memory, size_t octets);
void* k_aligned_alloc(size_t align, size_t octets);
void k_free(void* memory);

#ifdef CONFIG_HEAP_MEM_POOL_SIZE
/* The library has a weak one as well; a program's comes first. */
extern size_t zsock_heap_size;
__attribute__((__weak__)) size_t zsock_heap_size = CONFIG_HEAP_MEM_POOL_SIZE;
#endif

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_KERNEL_HEAP_H_ */
