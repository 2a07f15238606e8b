/** \file Waiting for one of several kernel objects; signals, which exist for that. */
#ifndef ZEPHYR_KERNEL_POLL_H_
#define ZEPHYR_KERNEL_POLL_H_

#include <zephyr/kernel/queue.h>
#include <zephyr/kernel/sync.h>
#include <zephyr/kernel/wait_q.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define K_POLL_TYPE_IGNORE 0U
#define K_POLL_TYPE_SIGNAL 1U
#define K_POLL_TYPE_SEM_AVAILABLE 2U
#define K_POLL_TYPE_DATA_AVAILABLE 4U
#define K_POLL_TYPE_FIFO_DATA_AVAILABLE K_POLL_TYPE_DATA_AVAILABLE
#define K_POLL_TYPE_MSGQ_DATA_AVAILABLE 16U

#define K_POLL_STATE_NOT_READY 0U
#define K_POLL_STATE_SIGNALED 1U
#define K_POLL_STATE_SEM_AVAILABLE 2U
#define K_POLL_STATE_DATA_AVAILABLE 4U
#define K_POLL_STATE_FIFO_DATA_AVAILABLE K_POLL_STATE_DATA_AVAILABLE
#define K_POLL_STATE_CANCELLED 8U
#define K_POLL_STATE_MSGQ_DATA_AVAILABLE 16U

enum k_poll_modes { K_POLL_MODE_NOTIFY_ONLY = 0, K_POLL_NUM_MODES };

struct k_poll_signal {
  _wait_q_t pollers;
  unsigned int signaled;
  int result;
};

#define K_POLL_SIGNAL_INITIALIZER(object) \
  { {NULL}, 0, 0 }

/** One array of events serves one k_poll() at a time. */
struct k_poll_event {
  struct zsock_wait_node node;
  uint32_t tag;
  uint32_t type;
  uint32_t state;
  uint32_t mode;
  unsigned int cancelled; /**< the queue's, when the wait began */
  __extension__ union {
    void* obj;
    struct k_poll_signal* signal;
    struct k_sem* sem;
    struct k_fifo* fifo;
    struct k_queue* queue;
    struct k_msgq* msgq;
  };
};

#define K_POLL_EVENT_INITIALIZER(type_, mode_, object) \
  K_POLL_EVENT_STATIC_INITIALIZER(type_, mode_, object, 0)
#define K_POLL_EVENT_STATIC_INITIALIZER(type_, mode_, object, tag_)                           \
  {                                                                                           \
    {NULL, NULL, NULL, NULL, NULL, 0}, (tag_), (type_), K_POLL_STATE_NOT_READY, (mode_), 0, { \
      (object)                                                                                \
    }                                                                                         \
  }

void k_poll_event_init(struct k_poll_event* event, uint32_t type, int mode, void* object);
/**
 * Waits until one of the events is there; each says in `state` whether it is (to be set back to
 * K_POLL_STATE_NOT_READY by the program). Takes nothing from the objects.
 * \return 0; -EAGAIN: none, in time or with K_NO_WAIT; -EINTR: a queue's wait was cancelled;
 * -EINVAL: a type or mode that is none
 */
int k_poll(struct k_poll_event* events, int count, k_timeout_t timeout);

void k_poll_signal_init(struct k_poll_signal* signal);
void k_poll_signal_reset(struct k_poll_signal* signal);
void k_poll_signal_check(struct k_poll_signal* signal, unsigned int* signaled, int* result);
/** \return 0 */
int k_poll_signal_raise(struct k_poll_signal* signal, int result);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_KERNEL_POLL_H_ */
