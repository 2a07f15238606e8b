#include "kit.h"

static struct k_poll_signal signal_ = K_POLL_SIGNAL_INITIALIZER(signal_);
static K_SEM_DEFINE(sem, 0, 1);
static K_FIFO_DEFINE(fifo);
K_MSGQ_DEFINE(polled_msgq, 1, 1, 1);
static struct k_poll_event events[4] = {
    K_POLL_EVENT_INITIALIZER(K_POLL_TYPE_SIGNAL, K_POLL_MODE_NOTIFY_ONLY, &signal_),
    K_POLL_EVENT_INITIALIZER(K_POLL_TYPE_SEM_AVAILABLE, K_POLL_MODE_NOTIFY_ONLY, &sem),
    K_POLL_EVENT_STATIC_INITIALIZER(K_POLL_TYPE_FIFO_DATA_AVAILABLE, K_POLL_MODE_NOTIFY_ONLY, &fifo,
                                    17),
    K_POLL_EVENT_INITIALIZER(K_POLL_TYPE_MSGQ_DATA_AVAILABLE, K_POLL_MODE_NOTIFY_ONLY,
                             &polled_msgq),
};

static void later(void* what, void* p2, void* p3) {
  static void* item[2];

  ARG_UNUSED(p2);
  ARG_UNUSED(p3);
  k_msleep(5);
  switch (POINTER_TO_INT(what)) {
    case 0:
      k_poll_signal_raise(&signal_, 42);
      break;
    case 1:
      k_sem_give(&sem);
      break;
    case 2:
      k_fifo_put(&fifo, item);
      break;
    case 3:
      k_msgq_put(&polled_msgq, "m", K_NO_WAIT);
      break;
    default:
      k_fifo_cancel_wait(&fifo);
  }
}

static const uint32_t states[4] = {K_POLL_STATE_SIGNALED, K_POLL_STATE_SEM_AVAILABLE,
                                   K_POLL_STATE_FIFO_DATA_AVAILABLE,
                                   K_POLL_STATE_MSGQ_DATA_AVAILABLE};

static void each_wakes(void) {
  struct helper helper;
  char octet;
  int i;
  int other;

  for (i = 0; i < 4; ++i) {
    helper_start(&helper, later, INT_TO_POINTER(i));
    CHECK_EQ(k_poll(events, 4, K_SECONDS(10)), 0);
    helper_join(&helper);
    for (other = 0; other < 4; ++other) {
      CHECK_EQ(events[other].state, other == i ? states[i] : K_POLL_STATE_NOT_READY);
    }
    events[i].state = K_POLL_STATE_NOT_READY;
    /* It is there until it is taken. */
    CHECK_EQ(k_poll(&events[i], 1, K_NO_WAIT), 0);
    events[i].state = K_POLL_STATE_NOT_READY;
    k_poll_signal_reset(&signal_);
    (void)k_sem_take(&sem, K_NO_WAIT);
    (void)k_fifo_get(&fifo, K_NO_WAIT);
    (void)k_msgq_get(&polled_msgq, &octet, K_NO_WAIT);
    CHECK_EQ(k_poll(events, 4, K_NO_WAIT), -EAGAIN);
  }
}

void test_poll(void) {
  struct helper helper;
  struct k_poll_event event;
  unsigned int signaled;
  int result;

  CHECK_EQ(k_poll(events, 4, K_MSEC(2)), -EAGAIN);
  CHECK_EQ(events[2].tag, 17);
  each_wakes();
  helper_start(&helper, later, INT_TO_POINTER(4));
  CHECK_EQ(k_poll(events, 4, K_SECONDS(10)), -EINTR);
  CHECK_EQ(events[2].state, K_POLL_STATE_CANCELLED);
  helper_join(&helper);

  CHECK_EQ(k_poll_signal_raise(&signal_, 7), 0);
  k_poll_signal_check(&signal_, &signaled, &result);
  CHECK_EQ(signaled, 1);
  CHECK_EQ(result, 7);
  k_poll_signal_init(&signal_);
  k_poll_signal_check(&signal_, &signaled, &result);
  CHECK_EQ(signaled, 0);

  k_poll_event_init(&event, K_POLL_TYPE_IGNORE, K_POLL_MODE_NOTIFY_ONLY, NULL);
  CHECK_EQ(k_poll(&event, 1, K_MSEC(1)), -EAGAIN);
  k_poll_event_init(&event, 3, K_POLL_MODE_NOTIFY_ONLY, &sem);
  CHECK_EQ(k_poll(&event, 1, K_NO_WAIT), -EINVAL);
  k_poll_event_init(&event, K_POLL_TYPE_SEM_AVAILABLE, 1, &sem);
  CHECK_EQ(k_poll(&event, 1, K_NO_WAIT), -EINVAL);
}
