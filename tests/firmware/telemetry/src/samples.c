/*
 * The sensor: a timer says when, a thread takes the sample, a message queue keeps what the network
 * has no time for, and an event counter wakes whoever polls sockets as well.
 */
#include "telemetry.h"

#include <zephyr/random/random.h>
#include <zephyr/zvfs/eventfd.h>

LOG_MODULE_REGISTER(samples, LOG_LEVEL_INF);

static void on_timer(struct k_timer* timer);

K_MSGQ_DEFINE(queue, sizeof(struct sample), CONFIG_TELEMETRY_QUEUE, 8);
static K_TIMER_DEFINE(timer, on_timer, NULL);
static K_SEM_DEFINE(due, 0, 1);
static atomic_t dropped;
static int descriptor = -1;

static void on_timer(struct k_timer* expired) {
  ARG_UNUSED(expired);
  k_sem_give(&due);
}

static void keep(const struct sample* sample) {
  /* The newest are worth most. */
  while (k_msgq_put(&queue, sample, K_NO_WAIT) != 0) {
    struct sample oldest;

    if (k_msgq_get(&queue, &oldest, K_NO_WAIT) == 0 && atomic_inc(&dropped) == 0) {
      LOG_WRN("the queue is full, sample %u is dropped", oldest.number);
    }
  }
  (void)zvfs_eventfd_write(descriptor, 1);
}

static void measure(void* p1, void* p2, void* p3) {
  uint32_t number = 0;

  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  for (;;) {
    struct sample sample;

    k_sem_take(&due, K_FOREVER);
    sample.number = number++;
    sample.uptime = k_uptime_get();
    sample.millidegrees = 20000 + (int32_t)(sys_rand32_get() % 1000U);
    keep(&sample);
  }
}

K_THREAD_DEFINE(sensor, 1024, measure, NULL, NULL, NULL, K_PRIO_PREEMPT(5), 0, -1);

void samples_start(void) {
  descriptor = zvfs_eventfd(0, ZVFS_EFD_NONBLOCK);
  __ASSERT(descriptor >= 0, "no event counter");
  k_thread_name_set(sensor, "sensor");
  k_thread_start(sensor);
  samples_set_period(CONFIG_TELEMETRY_PERIOD_MS);
}

void samples_stop(void) {
  k_timer_stop(&timer);
}

void samples_set_period(uint32_t milliseconds) {
  k_timer_start(&timer, K_MSEC(milliseconds), K_MSEC(milliseconds));
}

int samples_get(struct sample* sample, k_timeout_t timeout) {
  if (k_msgq_get(&queue, sample, timeout) != 0) {
    return -EAGAIN;
  }
  return 0;
}

int samples_descriptor(void) {
  return descriptor;
}

uint32_t samples_dropped(void) {
  return (uint32_t)atomic_get(&dropped);
}
