#include "kit.h"

int failures;

#define HELPERS 8
static K_THREAD_STACK_ARRAY_DEFINE(stacks, HELPERS, 1024);
static int next_stack;

void helper_start(struct helper* helper, k_thread_entry_t entry, void* p1) {
  k_thread_create(&helper->thread, stacks[next_stack], K_THREAD_STACK_SIZEOF(stacks[next_stack]),
                  entry, p1, NULL, NULL, K_PRIO_PREEMPT(7), 0, K_NO_WAIT);
  next_stack = (next_stack + 1) % HELPERS;
}

/* Peeps at what is the kernel's without its lock, as a debugger would. */
__attribute__((no_sanitize("thread"))) int waiting_in(const _wait_q_t* queue) {
  const struct zsock_wait_node* node;
  int count = 0;

  for (node = queue->first; node != NULL; node = node->next) {
    ++count;
  }
  return count;
}

void helper_join(struct helper* helper) {
  CHECK_EQ(k_thread_join(&helper->thread, K_SECONDS(10)), 0);
}

int main(void) {
  test_util();
  test_time();
  test_clock();
  test_threads();
  test_sync();
  test_queues();
  test_msgq();
  test_poll();
  test_timers();
  test_work();
  test_heap();
  test_slab();
  test_buf();
  test_octets();
  printf("%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
