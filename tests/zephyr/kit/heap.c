#include "kit.h"

K_HEAP_DEFINE(heap, 1000);
static void* later_freed;

static void free_later(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  k_msleep(5);
  k_heap_free(&heap, later_freed);
}

void test_heap(void) {
  struct helper helper;
  struct k_heap small;
  char memory[64];
  char* text;
  void* aligned;

  later_freed = k_heap_alloc(&heap, 900, K_NO_WAIT);
  CHECK(later_freed != NULL);
  CHECK(k_heap_alloc(&heap, 200, K_NO_WAIT) == NULL);
  CHECK(k_heap_alloc(&heap, 200, K_MSEC(2)) == NULL);
  CHECK(k_heap_alloc(&heap, 2000, K_FOREVER) == NULL); /* never */
  helper_start(&helper, free_later, NULL);
  text = k_heap_calloc(&heap, 100, 2, K_SECONDS(10));
  CHECK(text != NULL && text[199] == 0);
  helper_join(&helper);
  memset(text, 'x', 200);
  text = k_heap_realloc(&heap, text, 300, K_NO_WAIT);
  CHECK(text != NULL && text[199] == 'x');
  aligned = k_heap_aligned_alloc(&heap, 256, 10, K_NO_WAIT);
  CHECK_EQ(POINTER_TO_UINT(aligned) % 256, 0);
  k_heap_free(&heap, aligned);
  k_heap_free(&heap, text);
  k_heap_free(&heap, NULL);
  k_heap_init(&small, memory, sizeof(memory));
  CHECK(k_heap_alloc(&small, 65, K_NO_WAIT) == NULL);

  /* CONFIG_HEAP_MEM_POOL_SIZE of this program is 4096. */
  CHECK(k_malloc(4097) == NULL);
  CHECK(k_malloc(0) == NULL);
  text = k_malloc(4000);
  CHECK(text != NULL);
  CHECK(k_calloc(10, 10) == NULL);
  k_free(text);
  text = k_calloc(10, 10);
  CHECK(text != NULL && text[99] == 0);
  text = k_realloc(text, 200);
  CHECK(text != NULL);
  k_free(text);
  aligned = k_aligned_alloc(64, 100);
  CHECK_EQ(POINTER_TO_UINT(aligned) % 64, 0);
  k_free(aligned);
  k_free(NULL);
}
