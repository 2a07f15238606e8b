/** \file
 * Queues of items that belong to the program: their first word is the queue's while they are in it.
 * struct k_fifo and struct k_lifo are struct k_queue. And message queues, which copy.
 */
#ifndef ZEPHYR_KERNEL_QUEUE_H_
#define ZEPHYR_KERNEL_QUEUE_H_

#include <zephyr/kernel/wait_q.h>
#include <zephyr/sys/slist.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

struct k_queue {
  _wait_q_t wait_q;
  _wait_q_t pollers;
  struct zsock_queue_item* head;
  struct zsock_queue_item* tail;
  unsigned int cancelled; /**< how often k_queue_cancel_wait() was called */
};

#define Z_QUEUE_INITIALIZER \
  { {NULL}, {NULL}, NULL, NULL, 0 }
#define K_QUEUE_DEFINE(name) struct k_queue name = Z_QUEUE_INITIALIZER

void k_queue_init(struct k_queue* queue);
/** Ends the wait of one thread: it gets NULL, or -EINTR of k_poll(). */
void k_queue_cancel_wait(struct k_queue* queue);
void k_queue_append(struct k_queue* queue, void* data);
void k_queue_prepend(struct k_queue* queue, void* data);
/** Puts `data` behind the item `previous`; NULL: at the front. */
void k_queue_insert(struct k_queue* queue, void* previous, void* data);
/** The first word of `data` is left alone. \return 0; -ENOMEM */
int32_t k_queue_alloc_append(struct k_queue* queue, void* data);
/** The first word of `data` is left alone. \return 0; -ENOMEM */
int32_t k_queue_alloc_prepend(struct k_queue* queue, void* data);
/** Appends items that are linked by their first words. \return 0; -EINVAL: one of them is NULL */
int k_queue_append_list(struct k_queue* queue, void* head, void* tail);
/** Appends the items of a list, which is empty then. \return 0; -EINVAL: it was empty */
int k_queue_merge_slist(struct k_queue* queue, sys_slist_t* list);
/** \return the first item; NULL: not in time, or the wait was cancelled */
void* k_queue_get(struct k_queue* queue, k_timeout_t timeout);
/** \return true if it was there */
bool k_queue_remove(struct k_queue* queue, void* data);
/** \return false if it is there already */
bool k_queue_unique_append(struct k_queue* queue, void* data);
int k_queue_is_empty(struct k_queue* queue);
void* k_queue_peek_head(struct k_queue* queue);
void* k_queue_peek_tail(struct k_queue* queue);

/** First in, first out. */
struct k_fifo {
  struct k_queue _queue;
};
#define K_FIFO_DEFINE(name) struct k_fifo name = {Z_QUEUE_INITIALIZER}
#define k_fifo_init(fifo) k_queue_init(&(fifo)->_queue)
#define k_fifo_cancel_wait(fifo) k_queue_cancel_wait(&(fifo)->_queue)
#define k_fifo_put(fifo, data) k_queue_append(&(fifo)->_queue, data)
#define k_fifo_alloc_put(fifo, data) k_queue_alloc_append(&(fifo)->_queue, data)
#define k_fifo_put_list(fifo, head, tail) k_queue_append_list(&(fifo)->_queue, head, tail)
#define k_fifo_put_slist(fifo, list) k_queue_merge_slist(&(fifo)->_queue, list)
#define k_fifo_get(fifo, timeout) k_queue_get(&(fifo)->_queue, timeout)
#define k_fifo_is_empty(fifo) k_queue_is_empty(&(fifo)->_queue)
#define k_fifo_peek_head(fifo) k_queue_peek_head(&(fifo)->_queue)
#define k_fifo_peek_tail(fifo) k_queue_peek_tail(&(fifo)->_queue)

/** Last in, first out. */
struct k_lifo {
  struct k_queue _queue;
};
#define K_LIFO_DEFINE(name) struct k_lifo name = {Z_QUEUE_INITIALIZER}
#define k_lifo_init(lifo) k_queue_init(&(lifo)->_queue)
#define k_lifo_put(lifo, data) k_queue_prepend(&(lifo)->_queue, data)
#define k_lifo_alloc_put(lifo, data) k_queue_alloc_prepend(&(lifo)->_queue, data)
#define k_lifo_get(lifo, timeout) k_queue_get(&(lifo)->_queue, timeout)

/** Messages of one size, copied into a ring. */
struct k_msgq {
  _wait_q_t wait_q; /**< readers while it is empty, writers while it is full */
  _wait_q_t pollers;
  size_t msg_size;
  uint32_t max_msgs;
  char* buffer_start;
  uint32_t first;
  uint32_t used_msgs;
  bool allocated;
};
struct k_msgq_attrs {
  size_t msg_size;
  uint32_t max_msgs;
  uint32_t used_msgs;
};

#define Z_MSGQ_INITIALIZER(buffer, size, max) \
  { {NULL}, {NULL}, (size), (max), (buffer), 0, 0, false }
#define K_MSGQ_DEFINE(name, size, max, align)                                         \
  static char __attribute__((__aligned__(align))) _k_fifo_buf_##name[(max) * (size)]; \
  struct k_msgq name = Z_MSGQ_INITIALIZER(_k_fifo_buf_##name, (size), (max))

void k_msgq_init(struct k_msgq* queue, char* buffer, size_t size, uint32_t max);
/** \return 0; -ENOMEM; -EINVAL: too large */
int k_msgq_alloc_init(struct k_msgq* queue, size_t size, uint32_t max);
/** Frees what k_msgq_alloc_init() took. \return 0; -EBUSY: threads wait */
int k_msgq_cleanup(struct k_msgq* queue);
/** \return 0; -ENOMSG: full (K_NO_WAIT), or purged while waiting; -EAGAIN: not in time */
int k_msgq_put(struct k_msgq* queue, const void* data, k_timeout_t timeout);
/** As k_msgq_put(); it becomes the next one to be read. Does not wait. \return 0; -ENOMSG: full */
int k_msgq_put_front(struct k_msgq* queue, const void* data);
/** \return 0; -ENOMSG: empty (K_NO_WAIT); -EAGAIN: not in time */
int k_msgq_get(struct k_msgq* queue, void* data, k_timeout_t timeout);
/** Copies the next message, which stays. \return 0; -ENOMSG: empty */
int k_msgq_peek(struct k_msgq* queue, void* data);
/** Copies the message at `index`. \return 0; -ENOMSG: there is none */
int k_msgq_peek_at(struct k_msgq* queue, void* data, uint32_t index);
/** Drops all messages; writers that wait get -ENOMSG. */
void k_msgq_purge(struct k_msgq* queue);
uint32_t k_msgq_num_free_get(struct k_msgq* queue);
uint32_t k_msgq_num_used_get(struct k_msgq* queue);
void k_msgq_get_attrs(struct k_msgq* queue, struct k_msgq_attrs* attributes);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_KERNEL_QUEUE_H_ */
