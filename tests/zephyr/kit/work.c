#include "kit.h"

static atomic_t runs;
static K_SEM_DEFINE(go, 0, 10);
static struct k_work_sync sync_;

static void count(struct k_work* work) {
  CHECK_EQ(k_work_busy_get(work) & K_WORK_RUNNING, K_WORK_RUNNING);
  atomic_inc(&runs);
}

static void wait_for_go(struct k_work* work) {
  ARG_UNUSED(work);
  k_sem_take(&go, K_FOREVER);
  atomic_inc(&runs);
}

K_WORK_DEFINE(counting, count);
K_WORK_DELAYABLE_DEFINE(delayed, count);
K_THREAD_STACK_DEFINE(work_stack, 1024);
static struct k_work_q queue;
static struct k_work slow;

static void system_queue(void) {
  CHECK_EQ(k_work_busy_get(&counting), 0);
  CHECK(!k_work_flush(&counting, &sync_));
  CHECK_EQ(k_work_submit(&counting), 1);
  (void)k_work_flush(&counting, &sync_);
  CHECK_EQ(atomic_get(&runs), 1);
  CHECK(!k_work_is_pending(&counting));
}

static void own_queue(void) {
  const struct k_work_queue_config config = {"own", false, false, 0};
  struct k_work other;

  k_work_queue_init(&queue);
  CHECK_EQ(k_work_submit_to_queue(&queue, &counting), -ENODEV);
  k_work_init(&other, count);
  CHECK_EQ(k_work_submit_to_queue(NULL, &other), -EINVAL);
  CHECK_EQ(k_work_queue_stop(&queue, K_NO_WAIT), -EALREADY);
  k_work_queue_start(&queue, work_stack, K_THREAD_STACK_SIZEOF(work_stack), 3, &config);
  CHECK(strcmp(k_thread_name_get(k_work_queue_thread_get(&queue)), "own") == 0);

  k_work_init(&slow, wait_for_go);
  CHECK_EQ(k_work_submit_to_queue(&queue, &slow), 1);
  UNTIL(k_work_busy_get(&slow) == K_WORK_RUNNING);
  CHECK_EQ(k_work_submit_to_queue(NULL, &slow), 2); /* behind itself */
  CHECK_EQ(k_work_submit_to_queue(&queue, &slow), 0);
  CHECK_EQ(k_work_submit_to_queue(&queue, &other), 1);
  CHECK_EQ(k_work_busy_get(&other), K_WORK_QUEUED);
  CHECK_EQ(k_work_cancel(&other), 0);
  CHECK_EQ(k_work_cancel(&slow), K_WORK_RUNNING | K_WORK_CANCELING);
  CHECK_EQ(k_work_submit_to_queue(&queue, &slow), -EBUSY);
  k_sem_give(&go);
  CHECK(k_work_cancel_sync(&slow, &sync_) || k_work_busy_get(&slow) == 0);
  CHECK_EQ(k_work_busy_get(&slow), 0);
  CHECK_EQ(atomic_get(&runs), 2);
  CHECK(!k_work_cancel_sync(&slow, &sync_));
}

static void give_later(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  UNTIL_WAITING(queue.drain_q, 1);
  k_sem_give(&go);
}

static void draining(void) {
  struct helper helper;

  CHECK_EQ(k_work_submit_to_queue(&queue, &slow), 1);
  helper_start(&helper, give_later, NULL);
  CHECK_EQ(k_work_queue_drain(&queue, true), 1);
  helper_join(&helper);
  CHECK_EQ(atomic_get(&runs), 3);
  CHECK_EQ(k_work_submit_to_queue(&queue, &slow), -EBUSY);
  CHECK_EQ(k_work_queue_drain(&queue, false), 0);
  CHECK_EQ(k_work_queue_unplug(&queue), 0);
  CHECK_EQ(k_work_queue_unplug(&queue), -EALREADY);
  CHECK_EQ(k_work_queue_stop(&queue, K_NO_WAIT), -EBUSY);
  CHECK_EQ(k_work_submit_to_queue(&queue, &slow), 1);
  k_sem_give(&go);
  (void)k_work_queue_drain(&queue, true);
  CHECK_EQ(k_work_queue_stop(&queue, K_SECONDS(10)), 0);
  CHECK_EQ(k_work_submit_to_queue(&queue, &slow), -ENODEV);
}

static void delayable(void) {
  int64_t begin = k_uptime_get();

  atomic_set(&runs, 0);
  CHECK_EQ(k_work_schedule(&delayed, K_MSEC(5)), 1);
  CHECK_EQ(k_work_schedule(&delayed, K_MSEC(1)), 0);
  CHECK_EQ(k_work_delayable_busy_get(&delayed), K_WORK_DELAYED);
  CHECK(k_work_delayable_is_pending(&delayed));
  CHECK(k_work_delayable_remaining_get(&delayed) > 0);
  CHECK(k_work_delayable_expires_get(&delayed) >= k_uptime_ticks());
  CHECK_EQ(k_work_reschedule(&delayed, K_MSEC(10)), 1);
  while (atomic_get(&runs) == 0) {
    k_msleep(1);
  }
  CHECK(k_uptime_get() - begin >= 10);
  CHECK_EQ(k_work_schedule(&delayed, K_SECONDS(60)), 1);
  CHECK(k_work_flush_delayable(&delayed, &sync_)); /* now */
  CHECK_EQ(atomic_get(&runs), 2);
  CHECK(!k_work_flush_delayable(&delayed, &sync_));
  CHECK_EQ(k_work_schedule(&delayed, K_NO_WAIT), 1);
  (void)k_work_flush_delayable(&delayed, &sync_);
  CHECK_EQ(atomic_get(&runs), 3);
  CHECK_EQ(k_work_schedule(&delayed, K_SECONDS(60)), 1);
  CHECK_EQ(k_work_cancel_delayable(&delayed), 0);
  CHECK(!k_work_cancel_delayable_sync(&delayed, &sync_));
  CHECK_EQ(k_work_schedule(&delayed, K_FOREVER), 1);
  CHECK(k_work_cancel_delayable_sync(&delayed, &sync_));
  CHECK(k_work_delayable_from_work(&delayed.work) == &delayed);
  CHECK_EQ(atomic_get(&runs), 3);
}

/* Before Zephyr 3.0. */
static void delayed_work(void) {
  static struct k_delayed_work old;
  const atomic_val_t before = atomic_get(&runs);

  k_delayed_work_init(&old, count);
  CHECK_EQ(k_delayed_work_cancel(&old), -EINVAL);
  CHECK_EQ(k_delayed_work_submit(&old, K_SECONDS(100)), 0);
  CHECK(k_delayed_work_pending(&old));
  CHECK(k_delayed_work_remaining_get(&old) > 90000);
  CHECK_EQ(k_delayed_work_submit(&old, K_SECONDS(200)), 0); /* anew */
  CHECK(k_delayed_work_remaining_get(&old) > 190000);
  CHECK_EQ(k_delayed_work_cancel(&old), 0);
  CHECK_EQ(k_delayed_work_remaining_get(&old), 0);
  CHECK_EQ(k_delayed_work_submit(&old, K_MSEC(1)), 0);
  UNTIL(atomic_get(&runs) == before + 1);
}

void test_work(void) {
  system_queue();
  own_queue();
  draining();
  delayable();
  delayed_work();
}
