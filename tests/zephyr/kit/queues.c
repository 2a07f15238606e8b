#include "kit.h"

struct item {
  void* reserved;
  int number;
};

static K_FIFO_DEFINE(fifo);
static K_LIFO_DEFINE(lifo);
static K_QUEUE_DEFINE(queue);
static struct item items[4] = {{NULL, 0}, {NULL, 1}, {NULL, 2}, {NULL, 3}};
static void* got;

static void get(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  got = k_fifo_get(&fifo, K_SECONDS(10));
}

static void fifos(void) {
  struct helper helper;

  CHECK(k_fifo_is_empty(&fifo));
  CHECK(k_fifo_get(&fifo, K_NO_WAIT) == NULL);
  CHECK(k_fifo_get(&fifo, K_MSEC(2)) == NULL);
  CHECK(k_fifo_peek_head(&fifo) == NULL);
  k_fifo_put(&fifo, &items[0]);
  items[1].reserved = &items[2];
  CHECK_EQ(k_queue_append_list(&fifo._queue, &items[1], &items[2]), 0);
  CHECK_EQ(k_fifo_put_list(&fifo, NULL, NULL), -EINVAL);
  CHECK(k_fifo_peek_head(&fifo) == &items[0]);
  CHECK(k_fifo_peek_tail(&fifo) == &items[2]);
  CHECK(k_fifo_get(&fifo, K_NO_WAIT) == &items[0]);
  CHECK(k_fifo_get(&fifo, K_FOREVER) == &items[1]);
  CHECK(k_fifo_get(&fifo, K_FOREVER) == &items[2]);
  CHECK(k_fifo_is_empty(&fifo));

  helper_start(&helper, get, NULL);
  UNTIL_WAITING(fifo._queue.wait_q, 1);
  k_fifo_put(&fifo, &items[3]);
  helper_join(&helper);
  CHECK(got == &items[3]);
  helper_start(&helper, get, NULL);
  UNTIL_WAITING(fifo._queue.wait_q, 1);
  k_fifo_cancel_wait(&fifo);
  helper_join(&helper);
  CHECK(got == NULL);
  k_fifo_init(&fifo);
}

static void lifos(void) {
  int same = 7;

  k_lifo_init(&lifo);
  k_lifo_put(&lifo, &items[0]);
  k_lifo_put(&lifo, &items[1]);
  /* Twice the same, and its content stays. */
  CHECK_EQ(k_lifo_alloc_put(&lifo, &same), 0);
  CHECK_EQ(k_lifo_alloc_put(&lifo, &same), 0);
  CHECK(k_lifo_get(&lifo, K_NO_WAIT) == &same);
  CHECK(k_lifo_get(&lifo, K_NO_WAIT) == &same);
  CHECK_EQ(same, 7);
  CHECK(k_lifo_get(&lifo, K_NO_WAIT) == &items[1]);
  CHECK(k_lifo_get(&lifo, K_NO_WAIT) == &items[0]);
  CHECK(k_lifo_get(&lifo, K_MSEC(2)) == NULL);
}

static void queues(void) {
  sys_slist_t list;
  sys_snode_t nodes[2];

  k_queue_append(&queue, &items[0]);
  k_queue_append(&queue, &items[2]);
  k_queue_insert(&queue, &items[0], &items[1]);
  CHECK(!k_queue_unique_append(&queue, &items[1]));
  CHECK(k_queue_unique_append(&queue, &items[3]));
  CHECK(k_queue_remove(&queue, &items[2]));
  CHECK(!k_queue_remove(&queue, &items[2]));
  CHECK(k_queue_remove(&queue, &items[3]));
  CHECK(k_queue_peek_tail(&queue) == &items[1]);
  CHECK_EQ(k_queue_alloc_append(&queue, &queue), 0);
  CHECK(k_queue_peek_tail(&queue) == &queue);
  CHECK(k_queue_get(&queue, K_NO_WAIT) == &items[0]);
  CHECK(k_queue_get(&queue, K_NO_WAIT) == &items[1]);
  CHECK(k_queue_get(&queue, K_NO_WAIT) == &queue);
  CHECK_EQ(k_queue_is_empty(&queue), 1);

  sys_slist_init(&list);
  CHECK_EQ(k_queue_merge_slist(&queue, &list), -EINVAL);
  sys_slist_append(&list, &nodes[0]);
  sys_slist_append(&list, &nodes[1]);
  CHECK_EQ(k_queue_merge_slist(&queue, &list), 0);
  CHECK(sys_slist_is_empty(&list));
  CHECK(k_queue_get(&queue, K_NO_WAIT) == &nodes[0]);
  CHECK(k_queue_get(&queue, K_NO_WAIT) == &nodes[1]);
  k_queue_init(&queue);
}

void test_queues(void) {
  fifos();
  lifos();
  queues();
}
