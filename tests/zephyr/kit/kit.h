/* Tests of the firmware kit, in C as firmware is: each file has cases, main.c runs them. */
#ifndef KIT_H
#define KIT_H

#include <stdio.h>
#include <zephyr/kernel.h>

extern int failures;

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      ++failures;                                                             \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
    }                                                                         \
  } while (0)
#define CHECK_EQ(is, should)                                                                   \
  do {                                                                                         \
    const long long is_ = (long long)(is);                                                     \
    const long long should_ = (long long)(should);                                             \
                                                                                               \
    if (is_ != should_) {                                                                      \
      ++failures;                                                                              \
      fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #is, is_, should_); \
    }                                                                                          \
  } while (0)

/* Until something is so; not for ever. */
#define UNTIL(condition)                              \
  do {                                                \
    int turns_ = 10000;                               \
                                                      \
    while (!(condition) && --turns_ > 0) k_msleep(1); \
    CHECK(turns_ > 0);                                \
  } while (0)
/* Until so many threads wait for an object. */
#define UNTIL_WAITING(queue, count) UNTIL(waiting_in(&(queue)) == (count))
int waiting_in(const _wait_q_t* queue);

/* Starts a thread that runs entry(p1), with its stack of its own. */
struct helper {
  struct k_thread thread;
};
void helper_start(struct helper* helper, k_thread_entry_t entry, void* p1);
void helper_join(struct helper* helper);

void test_time(void);
void test_clock(void);
void test_threads(void);
void test_sync(void);
void test_queues(void);
void test_msgq(void);
void test_poll(void);
void test_timers(void);
void test_work(void);
void test_heap(void);
void test_slab(void);
void test_buf(void);
void test_octets(void);
void test_util(void);

#endif
