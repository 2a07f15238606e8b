/* Is there a network? Asks the connection manager and listens to address events. */
#include "common.h"

#include <zephyr/net/conn_mgr_monitor.h>
#include <zephyr/net/net_event.h>
#include <zephyr/net/net_if.h>
#include <zephyr/net/net_mgmt.h>

LOG_MODULE_REGISTER(network, LOG_LEVEL_INF);

#define L4_EVENTS (NET_EVENT_L4_CONNECTED | NET_EVENT_L4_DISCONNECTED)
#define ADDRESS_EVENTS                                                           \
  (NET_EVENT_IPV4_ADDR_ADD | NET_EVENT_IPV4_ADDR_DEL | NET_EVENT_IPV6_ADDR_ADD | \
   NET_EVENT_IPV6_ADDR_DEL)

static struct net_mgmt_event_callback l4_callback;
static struct net_mgmt_event_callback address_callback;
static void (*call_up)(void);
static void (*call_down)(void);
static atomic_t connected;

/* Starting servers takes time: not in the thread of the events. */
static void change(struct k_work* work) {
  ARG_UNUSED(work);
  if (atomic_get(&connected) != 0) {
    call_up();
  } else {
    call_down();
  }
}

static K_WORK_DEFINE(change_work, change);

static void on_l4(struct net_mgmt_event_callback* cb, uint64_t event, struct net_if* iface) {
  ARG_UNUSED(cb);
  if (event == NET_EVENT_L4_CONNECTED) {
    LOG_INF("interface %d, MTU %u", net_if_get_by_iface(iface), net_if_get_mtu(iface));
    atomic_set(&connected, 1);
  } else if (event == NET_EVENT_L4_DISCONNECTED) {
    atomic_set(&connected, 0);
  }
  k_work_submit(&change_work);
}

static void on_address(struct net_mgmt_event_callback* cb, uint64_t event, struct net_if* iface) {
  bool ipv4 = (event & (NET_EVENT_IPV4_ADDR_ADD | NET_EVENT_IPV4_ADDR_DEL)) != 0;
  bool added = (event & (NET_EVENT_IPV4_ADDR_ADD | NET_EVENT_IPV6_ADDR_ADD)) != 0;
  char text[NET_IPV6_ADDR_LEN];

  ARG_UNUSED(iface);
  if (cb->info == NULL) {
    return;
  }
  LOG_INF("%s %s", added ? "new address" : "lost address",
          net_addr_ntop(ipv4 ? AF_INET : AF_INET6, cb->info, text, sizeof(text)));
}

bool network_is_up(void) {
  return atomic_get(&connected) != 0;
}

int network_start(void (*up)(void), void (*down)(void)) {
  if (up == NULL || down == NULL) {
    return -EINVAL;
  }
  call_up = up;
  call_down = down;
  net_mgmt_init_event_callback(&l4_callback, on_l4, L4_EVENTS);
  net_mgmt_add_event_callback(&l4_callback);
  net_mgmt_init_event_callback(&address_callback, on_address, ADDRESS_EVENTS);
  net_mgmt_add_event_callback(&address_callback);
  conn_mgr_mon_resend_status();
  return 0;
}
