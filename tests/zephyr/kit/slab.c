#include "kit.h"

K_MEM_SLAB_DEFINE_STATIC(slab, 32, 2, 8);
static void* later_freed;

static void free_later(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  UNTIL_WAITING(slab.wait_q, 1);
  k_mem_slab_free(&slab, later_freed);
}

void test_slab(void) {
  struct helper helper;
  struct k_mem_slab own;
  static void* memory[6];
  void* first;
  void* second;
  void* third = &first;

  CHECK_EQ(k_mem_slab_alloc(&slab, &first, K_NO_WAIT), 0);
  CHECK_EQ(k_mem_slab_alloc(&slab, &second, K_FOREVER), 0);
  CHECK_EQ((char*)second - (char*)first, 32);
  memset(first, 1, 32);
  memset(second, 2, 32);
  CHECK_EQ(*(char*)first, 1);
  CHECK_EQ(k_mem_slab_num_free_get(&slab), 0);
  CHECK_EQ(k_mem_slab_alloc(&slab, &third, K_NO_WAIT), -ENOMEM);
  CHECK(third == NULL);
  CHECK_EQ(k_mem_slab_alloc(&slab, &third, K_MSEC(2)), -EAGAIN);
  CHECK(third == NULL);
  later_freed = first;
  helper_start(&helper, free_later, NULL);
  CHECK_EQ(k_mem_slab_alloc(&slab, &third, K_SECONDS(10)), 0);
  CHECK(third == first);
  helper_join(&helper);
  CHECK_EQ(k_mem_slab_num_used_get(&slab), 2);
  k_mem_slab_free(&slab, second);
  k_mem_slab_free(&slab, third);
  CHECK_EQ(k_mem_slab_num_used_get(&slab), 0);
  CHECK_EQ(k_mem_slab_num_free_get(&slab), 2);
  CHECK_EQ(k_mem_slab_max_used_get(&slab), 2);
  CHECK_EQ(k_mem_slab_alloc(&slab, &first, K_NO_WAIT), 0);
  CHECK(first == third); /* the last one that came back */
  k_mem_slab_free(&slab, first);

  CHECK_EQ(k_mem_slab_init(&own, memory, 2 * sizeof(void*), 3), 0);
  CHECK_EQ(k_mem_slab_num_free_get(&own), 3);
  CHECK_EQ(k_mem_slab_init(&own, memory, 5, 3), -EINVAL);
  CHECK_EQ(k_mem_slab_init(&own, (char*)memory + 1, sizeof(void*), 3), -EINVAL);
}
