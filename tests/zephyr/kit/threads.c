#include "kit.h"

K_SEM_DEFINE(never_given, 0, 1);
static atomic_t runs;

static void run(void* p1, void* p2, void* p3) {
  CHECK_EQ(POINTER_TO_INT(p1), 1);
  CHECK_EQ(POINTER_TO_INT(p2), 2);
  CHECK_EQ(POINTER_TO_INT(p3), 3);
  atomic_inc(&runs);
}

K_THREAD_STACK_DEFINE(stack, 512);
K_THREAD_DEFINE(defined, 512, run, INT_TO_POINTER(1), INT_TO_POINTER(2), INT_TO_POINTER(3), 5, 0,
                0);
K_THREAD_DEFINE(defined_for_later, 512, run, INT_TO_POINTER(1), INT_TO_POINTER(2),
                INT_TO_POINTER(3), K_PRIO_COOP(2), 0, -1);

static int inits_before_threads;
static int count_init(void) {
  inits_before_threads = atomic_get(&runs) == 0;
  return 0;
}
SYS_INIT(count_init, APPLICATION, 99);

static struct k_thread thread;

static k_tid_t start(k_thread_entry_t entry, k_timeout_t delay) {
  return k_thread_create(&thread, stack, K_THREAD_STACK_SIZEOF(stack), entry, INT_TO_POINTER(1),
                         INT_TO_POINTER(2), INT_TO_POINTER(3), 3, K_USER, delay);
}

static void starting(void) {
  int64_t begin;

  CHECK_EQ(inits_before_threads, 1);
  CHECK_EQ(k_thread_join(defined, K_SECONDS(10)), 0);
  CHECK_EQ(atomic_get(&runs), 1);
  CHECK_EQ(k_thread_join(defined_for_later, K_MSEC(3)), -EAGAIN);
  CHECK_EQ(k_thread_join(defined_for_later, K_NO_WAIT), -EBUSY);
  CHECK_EQ(k_thread_priority_get(defined_for_later), -14);
  k_thread_start(defined_for_later);
  CHECK_EQ(k_thread_join(defined_for_later, K_FOREVER), 0);
  k_thread_start(defined_for_later);
  CHECK_EQ(atomic_get(&runs), 2);
  begin = k_uptime_get();
  CHECK(start(run, K_MSEC(5)) == &thread);
  CHECK_EQ(k_thread_join(&thread, K_FOREVER), 0);
  CHECK(k_uptime_get() - begin >= 5);
  CHECK_EQ(k_thread_join(&thread, K_NO_WAIT), 0);
}

#ifndef __SANITIZE_ADDRESS__
static void wait_for_ever(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  k_sem_take(&never_given, K_FOREVER);
  CHECK(!"reached");
}

#endif

static void abort_self(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  k_thread_abort(k_current_get());
  CHECK(!"reached");
}

static void aborting(void) {
#ifdef __SANITIZE_ADDRESS__
  /* gcc's AddressSanitizer cannot unwind a thread that is cancelled. */
  printf("skipped: k_thread_abort() of threads that wait\n");
#else
  start(wait_for_ever, K_NO_WAIT);
  UNTIL_WAITING(never_given.wait_q, 1);
  k_thread_abort(&thread);
  CHECK_EQ(k_thread_join(&thread, K_NO_WAIT), 0);
  k_thread_abort(&thread);
  /* It has left the queue. */
  k_sem_give(&never_given);
  CHECK_EQ(k_sem_count_get(&never_given), 1);
  start(run, K_FOREVER);
  k_thread_abort(&thread);
  CHECK_EQ(k_thread_join(&thread, K_NO_WAIT), 0);
#endif
  start(abort_self, K_NO_WAIT);
  CHECK_EQ(k_thread_join(&thread, K_SECONDS(10)), 0);
}

static k_tid_t joined_by_other;
static int other_result;
static void join_main(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  UNTIL_WAITING(thread.joining, 1);
  other_result = k_thread_join(joined_by_other, K_SECONDS(10));
}

static void names(void) {
  char text[8];

  CHECK_EQ(k_thread_join(k_current_get(), K_SECONDS(1)), -EDEADLK);
  joined_by_other = k_current_get();
  start(join_main, K_NO_WAIT);
  CHECK_EQ(k_thread_join(&thread, K_SECONDS(10)), 0);
  CHECK_EQ(other_result, -EDEADLK);
  CHECK_EQ(k_thread_name_set(NULL, "seven77"), 0);
  CHECK_EQ(k_thread_name_copy(k_current_get(), text, sizeof(text)), 0);
  CHECK(strcmp(text, "seven77") == 0);
  CHECK_EQ(k_thread_name_copy(k_current_get(), text, 7), -ENOSPC);
  CHECK_EQ(k_thread_name_set(NULL, "a name that has more than thirty-one octets"), -EINVAL);
  CHECK(strcmp(k_thread_name_get(defined), "defined") == 0);
  k_thread_custom_data_set(&thread);
  CHECK(k_thread_custom_data_get() == &thread);
  k_thread_priority_set(k_current_get(), K_PRIO_COOP(1));
  CHECK_EQ(k_is_preempt_thread(), 0);
  k_thread_priority_set(k_current_get(), 0);
  CHECK_EQ(k_is_preempt_thread(), 1);
  CHECK(!k_is_in_isr());
}

static void excluding(void) {
  struct k_spinlock lock = {0};
  k_spinlock_key_t key = k_spin_lock(&lock);
  unsigned int outer = irq_lock();
  unsigned int inner = irq_lock();

  irq_unlock(inner);
  irq_unlock(outer);
  CHECK_EQ(k_spin_trylock(&lock, &key), -EBUSY);
  k_spin_unlock(&lock, key);
  K_SPINLOCK(&lock) {
    CHECK_EQ(k_spin_trylock(&lock, &key), -EBUSY);
  }
  CHECK_EQ(k_spin_trylock(&lock, &key), 0);
}

static void* in_posix_thread(void* size) {
  char text[4096];

  memset(text, 1, sizeof(text));
  return (char*)size + text[POINTER_TO_INT(size)];
}

/* Stacks of firmware are too small for the host. */
static void posix_threads(void) {
  static char own_stack[1024] __aligned(64);
  pthread_attr_t attributes;
  pthread_t posix;
  void* result = NULL;

  CHECK_EQ(pthread_attr_init(&attributes), 0);
  CHECK_EQ(pthread_attr_setstack(&attributes, own_stack, sizeof(own_stack)), 0);
  CHECK_EQ(pthread_attr_setstacksize(&attributes, 512), 0);
  CHECK_EQ(pthread_create(&posix, &attributes, in_posix_thread, INT_TO_POINTER(7)), 0);
  CHECK_EQ(pthread_join(posix, &result), 0);
  CHECK_EQ(POINTER_TO_INT(result), 8);
  (void)pthread_attr_destroy(&attributes);
}

void test_threads(void) {
  posix_threads();
  starting();
  aborting();
  names();
  excluding();
}
