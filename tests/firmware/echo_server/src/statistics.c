/* Reports what the servers have done, when something has. */
#include "common.h"

#include <zephyr/sys/slist.h>

LOG_MODULE_REGISTER(statistics, LOG_LEVEL_INF);

#define MOST_LISTENERS 8

struct report {
  struct listener* listener;
  atomic_val_t told;
};

static struct report reports[MOST_LISTENERS];
static size_t report_count;
static K_MUTEX_DEFINE(reports_lock);

static void report(struct k_work* work);
static K_WORK_DELAYABLE_DEFINE(report_work, report);

static void report_one(struct report* entry) {
  struct listener* listener = entry->listener;
  atomic_val_t messages = atomic_get(&listener->received.messages);

  if (messages == entry->told) {
    return;
  }
  entry->told = messages;
  LOG_INF("%s: received %ld octets in %ld messages, sent %ld, errors %ld", listener->name,
          (long)atomic_get(&listener->received.octets), (long)messages,
          (long)atomic_get(&listener->sent.octets),
          (long)(atomic_get(&listener->received.errors) + atomic_get(&listener->sent.errors)));
}

static void report(struct k_work* work) {
  struct k_work_delayable* delayable = k_work_delayable_from_work(work);

  k_mutex_lock(&reports_lock, K_FOREVER);
  for (size_t i = 0; i < report_count; i++) {
    report_one(&reports[i]);
  }
  k_mutex_unlock(&reports_lock);
  k_work_reschedule(delayable, K_MSEC(CONFIG_ECHO_REPORT_MS));
}

void statistics_add(struct listener* listener) {
  k_mutex_lock(&reports_lock, K_FOREVER);
  for (size_t i = 0; i < report_count; i++) {
    if (reports[i].listener == listener) {
      k_mutex_unlock(&reports_lock);
      return;
    }
  }
  __ASSERT(report_count < ARRAY_SIZE(reports), "too many listeners");
  reports[report_count++].listener = listener;
  k_mutex_unlock(&reports_lock);
}

void statistics_start(void) {
  k_work_schedule(&report_work, K_MSEC(CONFIG_ECHO_REPORT_MS));
}

void statistics_stop(void) {
  struct k_work_sync sync;

  k_work_cancel_delayable_sync(&report_work, &sync);
}
