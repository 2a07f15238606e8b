/*
 * A sensor that publishes what it measures to a broker found by name, keeps samples while there is
 * none, comes back with growing pauses, and obeys a few commands.
 */
#include "telemetry.h"

#include <zephyr/net/conn_mgr_monitor.h>
#include <zephyr/net/net_event.h>
#include <zephyr/net/net_mgmt.h>

LOG_MODULE_REGISTER(telemetry, LOG_LEVEL_INF);

#define EVENTS (NET_EVENT_L4_CONNECTED | NET_EVENT_L4_DISCONNECTED)

static struct net_mgmt_event_callback events;
static K_SEM_DEFINE(network, 0, 1);
static atomic_t is_up;

static void try_now(struct k_work* work);
static K_WORK_DELAYABLE_DEFINE(attempt, try_now);
static K_THREAD_STACK_DEFINE(work_stack, 4096);
static struct k_work_q sessions;
static uint32_t pause_ms = CONFIG_TELEMETRY_RETRY_MIN_MS;

static void schedule_next(enum broker_end end) {
  if (end == BROKER_LOST) {
    pause_ms = CONFIG_TELEMETRY_RETRY_MIN_MS;
  }
  if (atomic_get(&is_up) == 0) {
    return; /* the event starts the next attempt */
  }
  LOG_INF("again in %u ms", pause_ms);
  k_work_reschedule_for_queue(&sessions, &attempt, K_MSEC(pause_ms));
  pause_ms = MIN(pause_ms * 2, CONFIG_TELEMETRY_RETRY_MAX_MS);
}

static void try_now(struct k_work* work) {
  const enum broker_end end = broker_session(CONFIG_TELEMETRY_BROKER, CONFIG_TELEMETRY_PORT);

  ARG_UNUSED(work);
  if (end == BROKER_QUIT) {
    return;
  }
  schedule_next(end);
}

static void on_event(struct net_mgmt_event_callback* cb, uint64_t event, struct net_if* iface) {
  ARG_UNUSED(cb);
  ARG_UNUSED(iface);
  if (event == NET_EVENT_L4_CONNECTED) {
    atomic_set(&is_up, 1);
    k_sem_give(&network);
    k_work_reschedule_for_queue(&sessions, &attempt, K_NO_WAIT);
  } else {
    LOG_WRN("no network");
    atomic_set(&is_up, 0);
    k_work_cancel_delayable(&attempt);
    broker_interrupt();
  }
}

static void wait_for_quit(void) {
  struct k_poll_event awaited =
      K_POLL_EVENT_INITIALIZER(K_POLL_TYPE_SIGNAL, K_POLL_MODE_NOTIFY_ONLY, &quit_signal);

  while (k_poll(&awaited, 1, K_SECONDS(10)) != 0) {
    LOG_INF("%ld published, %u dropped", (long)atomic_get(&broker_statistics.published),
            samples_dropped());
  }
}

int main(void) {
  struct k_work_queue_config config = {.name = "sessions"};

  k_work_queue_init(&sessions);
  k_work_queue_start(&sessions, work_stack, K_THREAD_STACK_SIZEOF(work_stack), K_PRIO_PREEMPT(7),
                     &config);
  samples_start();
  net_mgmt_init_event_callback(&events, on_event, EVENTS);
  net_mgmt_add_event_callback(&events);
  conn_mgr_mon_resend_status();
  if (k_sem_take(&network, K_SECONDS(1)) != 0) {
    LOG_INF("waiting for the network");
  }
  wait_for_quit();
  samples_stop();
  k_work_queue_drain(&sessions, true);
  LOG_INF(
      "%ld connections, %ld published, %ld pings", (long)atomic_get(&broker_statistics.connections),
      (long)atomic_get(&broker_statistics.published), (long)atomic_get(&broker_statistics.pings));
  exit(0);
}
