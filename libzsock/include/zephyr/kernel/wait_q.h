/** \file
 * What threads stand in while they wait for a kernel object: first the higher priority, then who
 * came first. All zeros is empty. The members are the library's.
 */
#ifndef ZEPHYR_KERNEL_WAIT_Q_H_
#define ZEPHYR_KERNEL_WAIT_Q_H_

#include <zephyr/sys_clock.h>
#include <zephyr/types.h>

struct k_thread;
struct zsock_wait_node;

typedef struct {
  struct zsock_wait_node* first;
} _wait_q_t;

/** A thread's place in one queue. */
struct zsock_wait_node {
  struct zsock_wait_node* next;
  struct zsock_wait_node* previous;
  _wait_q_t* queue; /**< NULL: in none */
  struct k_thread* thread;
  void* data;
  int result;
};

/** Something that the clock's thread does at a time. */
struct zsock_timeout {
  struct zsock_timeout* next;
  int64_t deadline; /**< ns of CLOCK_MONOTONIC */
  void (*expire)(struct zsock_timeout* timeout);
  bool waiting;
};

#endif /* ZEPHYR_KERNEL_WAIT_Q_H_ */
