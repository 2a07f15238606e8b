/** \file Memory domains: there is no user mode, so all memory is everyone's. */
#ifndef ZEPHYR_APP_MEMORY_APP_MEMDOMAIN_H_
#define ZEPHYR_APP_MEMORY_APP_MEMDOMAIN_H_

#include <zephyr/kernel/thread.h>

struct k_mem_partition {
  uintptr_t start;
  size_t size;
};
struct k_mem_domain {
  uint8_t count;
};

#define K_APPMEM_PARTITION_DEFINE(name) struct k_mem_partition name
#define K_APP_DMEM(partition)
#define K_APP_BMEM(partition)
#define K_APP_DMEM_SECTION(partition) ".data"
#define K_APP_BMEM_SECTION(partition) ".bss"

/** \return 0 */
static inline int k_mem_domain_init(struct k_mem_domain* domain, uint8_t count,
                                    struct k_mem_partition* partitions[]) {
  (void)partitions;
  domain->count = count;
  return 0;
}
/** \return 0 */
static inline int k_mem_domain_add_partition(struct k_mem_domain* domain,
                                             struct k_mem_partition* partition) {
  (void)partition;
  ++domain->count;
  return 0;
}
/** \return 0 */
static inline int k_mem_domain_add_thread(struct k_mem_domain* domain, k_tid_t thread) {
  (void)domain;
  (void)thread;
  return 0;
}

#endif /* ZEPHYR_APP_MEMORY_APP_MEMDOMAIN_H_ */
