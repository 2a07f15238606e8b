#include "kit.h"

static K_MUTEX_DEFINE(mutex);
static K_CONDVAR_DEFINE(condvar);
static K_SEM_DEFINE(sem, 0, 2);
static K_EVENT_DEFINE(event);
static int results[3];
static struct helper helpers[3];

#define UNUSED_REST ARG_UNUSED(p2), ARG_UNUSED(p3)

static void try_mutex(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  UNUSED_REST;
  results[0] = k_mutex_lock(&mutex, K_NO_WAIT);
  results[1] = k_mutex_lock(&mutex, K_MSEC(2));
  results[2] = k_mutex_unlock(&mutex);
}

static void wait_for_mutex(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  UNUSED_REST;
  results[0] = k_mutex_lock(&mutex, K_FOREVER);
  results[1] = k_mutex_unlock(&mutex);
}

static void mutexes(void) {
  CHECK_EQ(k_mutex_unlock(&mutex), -EINVAL);
  CHECK_EQ(k_mutex_lock(&mutex, K_NO_WAIT), 0);
  CHECK_EQ(k_mutex_lock(&mutex, K_FOREVER), 0);
  CHECK_EQ(k_mutex_unlock(&mutex), 0);
  helper_start(&helpers[0], try_mutex, NULL);
  helper_join(&helpers[0]);
  CHECK_EQ(results[0], -EBUSY);
  CHECK_EQ(results[1], -EAGAIN);
  CHECK_EQ(results[2], -EPERM);
  helper_start(&helpers[0], wait_for_mutex, NULL);
  UNTIL_WAITING(mutex.wait_q, 1);
  CHECK_EQ(k_mutex_unlock(&mutex), 0);
  helper_join(&helpers[0]);
  CHECK_EQ(results[0], 0);
  CHECK_EQ(results[1], 0);
  CHECK_EQ(k_mutex_init(&mutex), 0);
}

static void wait_for_condition(void* p1, void* p2, void* p3) {
  UNUSED_REST;
  k_mutex_lock(&mutex, K_FOREVER);
  results[POINTER_TO_INT(p1)] = k_condvar_wait(&condvar, &mutex, K_SECONDS(10));
  k_mutex_unlock(&mutex);
}

static void condvars(void) {
  int i;

  CHECK_EQ(k_mutex_lock(&mutex, K_FOREVER), 0);
  CHECK_EQ(k_condvar_wait(&condvar, &mutex, K_MSEC(2)), -EAGAIN);
  CHECK_EQ(k_condvar_wait(&condvar, &mutex, K_NO_WAIT), -EAGAIN);
  CHECK_EQ(k_mutex_unlock(&mutex), 0); /* had again each time */
  for (i = 0; i < 3; ++i) {
    helper_start(&helpers[i], wait_for_condition, INT_TO_POINTER(i));
  }
  UNTIL_WAITING(condvar.wait_q, 3);
  CHECK_EQ(k_condvar_signal(&condvar), 0);
  CHECK_EQ(k_condvar_broadcast(&condvar), 2);
  for (i = 0; i < 3; ++i) {
    helper_join(&helpers[i]);
    CHECK_EQ(results[i], 0);
  }
  CHECK_EQ(k_condvar_broadcast(&condvar), 0);
  CHECK_EQ(k_condvar_init(&condvar), 0);
}

static atomic_t order;
static void take(void* p1, void* p2, void* p3) {
  int me = POINTER_TO_INT(p1);

  UNUSED_REST;
  k_thread_priority_set(k_current_get(), 2 - me);
  results[me] = k_sem_take(&sem, K_SECONDS(10));
  if (results[me] == 0) {
    results[me] = (int)atomic_inc(&order);
  }
}

static void semaphores(void) {
  struct k_sem other;
  int i;

  CHECK_EQ(k_sem_init(&other, 1, 0), -EINVAL);
  CHECK_EQ(k_sem_init(&other, 2, 1), -EINVAL);
  CHECK_EQ(k_sem_init(&other, 1, K_SEM_MAX_LIMIT), 0);
  CHECK_EQ(k_sem_take(&other, K_NO_WAIT), 0);
  CHECK_EQ(k_sem_take(&other, K_NO_WAIT), -EBUSY);
  CHECK_EQ(k_sem_take(&other, K_MSEC(2)), -EAGAIN);
  for (i = 0; i < 3; ++i) {
    k_sem_give(&sem);
  }
  CHECK_EQ(k_sem_count_get(&sem), 2); /* the limit */
  k_sem_reset(&sem);
  CHECK_EQ(k_sem_count_get(&sem), 0);
  /* The highest priority is served first, however late it came. */
  for (i = 0; i < 3; ++i) {
    helper_start(&helpers[i], take, INT_TO_POINTER(i));
    UNTIL_WAITING(sem.wait_q, i + 1);
  }
  for (i = 0; i < 3; ++i) {
    k_sem_give(&sem);
    UNTIL(atomic_get(&order) == i + 1);
  }
  for (i = 0; i < 3; ++i) {
    helper_join(&helpers[i]);
    CHECK_EQ(results[i], 2 - i);
  }
  helper_start(&helpers[0], take, INT_TO_POINTER(0));
  UNTIL_WAITING(sem.wait_q, 1);
  k_sem_reset(&sem);
  helper_join(&helpers[0]);
  CHECK_EQ(results[0], -EAGAIN);
}

static void wait_for_both(void* p1, void* p2, void* p3) {
  ARG_UNUSED(p1);
  UNUSED_REST;
  results[0] = (int)k_event_wait_all(&event, 6, false, K_SECONDS(10));
}

static void events(void) {
  k_event_init(&event);
  CHECK_EQ(k_event_post(&event, 1), 0);
  CHECK_EQ(k_event_post(&event, 3), 1);
  CHECK_EQ(k_event_test(&event, 6), 2);
  CHECK_EQ(k_event_set(&event, 4), 3);
  CHECK_EQ(k_event_set_masked(&event, 1, 5), 4);
  CHECK_EQ(k_event_clear(&event, 1), 1);
  CHECK_EQ(k_event_wait(&event, 1, false, K_NO_WAIT), 0);
  CHECK_EQ(k_event_wait(&event, 1, false, K_MSEC(2)), 0);
  k_event_post(&event, 9);
  CHECK_EQ(k_event_wait(&event, 3, false, K_NO_WAIT), 1);
  CHECK_EQ(k_event_wait(&event, 3, true, K_NO_WAIT), 0);
  helper_start(&helpers[0], wait_for_both, NULL);
  UNTIL_WAITING(event.wait_q, 1);
  k_event_post(&event, 2);
  CHECK_EQ(k_thread_join(&helpers[0].thread, K_MSEC(2)), -EAGAIN);
  k_event_post(&event, 4);
  helper_join(&helpers[0]);
  CHECK_EQ(results[0], 6);
}

void test_sync(void) {
  mutexes();
  condvars();
  semaphores();
  events();
}
