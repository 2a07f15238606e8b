/*
 * A gateway: pages over HTTP with poll(), a shell on the console and over TCP with a socket
 * service, the time from a server. Everything starts with the network and stops with it.
 */
#include <stdlib.h>

#include <zephyr/logging/log.h>
LOG_MODULE_REGISTER(gateway, LOG_LEVEL_INF);

#include <zephyr/net/conn_mgr_monitor.h>
#include <zephyr/net/net_core.h>
#include <zephyr/net/net_if.h>
#include <zephyr/net/net_mgmt.h>
#include <zephyr/net/net_pkt.h>
#include <zephyr/net/socket.h>
#include <zephyr/shell/shell.h>

#include "gateway.h"

#define EVENT_MASK (NET_EVENT_L4_CONNECTED | NET_EVENT_L4_DISCONNECTED)

K_SEM_DEFINE(connected, 0, 1);
K_SEM_DEFINE(disconnected, 0, 1);
static atomic_t quit;
static struct net_mgmt_event_callback mgmt_cb;

static void event_handler(struct net_mgmt_event_callback* cb, uint64_t mgmt_event,
                          struct net_if* iface) {
  ARG_UNUSED(cb);
  if ((mgmt_event & EVENT_MASK) != mgmt_event) {
    return;
  }
  if (mgmt_event == NET_EVENT_L4_CONNECTED) {
    NET_INFO("network connected, MTU %u", net_if_get_mtu(iface));
    k_sem_give(&connected);
  } else {
    NET_INFO("network disconnected");
    k_sem_reset(&connected);
    k_sem_give(&disconnected);
  }
}

static int cmd_status(const struct shell* sh, size_t argc, char** argv) {
  ARG_UNUSED(argc);
  ARG_UNUSED(argv);
  shell_print(sh, "%u requests, time is %s", http_requests(), time_now() < 0 ? "unknown" : "known");
  return 0;
}

static int cmd_time(const struct shell* sh, size_t argc, char** argv) {
  long offset = 0;
  int err = 0;

  if (argc > 1) {
    offset = shell_strtol(argv[1], 10, &err);
    if (err != 0) {
      shell_error(sh, "%s is not a number", argv[1]);
      return err;
    }
  }
  shell_print(sh, "%lld", (long long)time_now() + offset);
  return 0;
}

static int cmd_quit(const struct shell* sh, size_t argc, char** argv) {
  ARG_UNUSED(argc);
  ARG_UNUSED(argv);
  shell_warn(sh, "bye");
  atomic_set(&quit, 1);
  k_sem_give(&disconnected);
  return 0;
}

SHELL_STATIC_SUBCMD_SET_CREATE(
    gateway_commands, SHELL_CMD(status, NULL, "What it has done", cmd_status),
    SHELL_CMD_ARG(time, NULL, "Seconds since 1970, and so many more", cmd_time, 1, 1),
    SHELL_COND_CMD(CONFIG_GATEWAY_BIG, grow, NULL, "Grows", cmd_status),
    SHELL_CMD(quit, NULL, "Ends the program", cmd_quit), SHELL_SUBCMD_SET_END);
SHELL_CMD_REGISTER(gateway, &gateway_commands, "The gateway's commands", NULL);

K_THREAD_STACK_DEFINE(http_stack, 2048);
static struct k_thread http_thread;

static void serve(void) {
  k_sem_reset(&disconnected);
  k_tid_t http = k_thread_create(&http_thread, http_stack, K_THREAD_STACK_SIZEOF(http_stack),
                                 http_serve, NULL, NULL, NULL, K_PRIO_PREEMPT(8), 0, K_NO_WAIT);

  if (IS_ENABLED(CONFIG_THREAD_NAME)) {
    k_thread_name_set(http, "http");
  }
  time_start();
  if (telnet_start() < 0) {
    LOG_ERR("no shell over the network");
  }
  k_sem_take(&disconnected, K_FOREVER);
  telnet_stop();
  time_stop();
  http_stop();
  k_thread_join(http, K_FOREVER);
}

int main(void) {
  net_mgmt_init_event_callback(&mgmt_cb, event_handler, EVENT_MASK);
  net_mgmt_add_event_callback(&mgmt_cb);
  conn_mgr_mon_resend_status();
  while (!atomic_get(&quit)) {
    k_sem_take(&connected, K_FOREVER);
    serve();
  }
  exit(0);
}
