/* Says what happens to the network, as firmware learns it. "wait": until it is connected, no
 * longer. */
#include <zephyr/kernel.h>
#include <zephyr/net/conn_mgr_monitor.h>
#include <zephyr/net/net_config.h>
#include <zephyr/net/net_mgmt.h>
#include <zephyr/net/socket.h>

static struct net_mgmt_event_callback l4_callback;
static struct net_mgmt_event_callback address_callback;

static void on_l4(struct net_mgmt_event_callback* cb, zsock_mgmt_event_t event,
                  struct net_if* iface) {
  ARG_UNUSED(cb);
  if (event == NET_EVENT_L4_CONNECTED) {
    printk("connected, mtu %d\n", net_if_get_mtu(iface));
  } else if (event == NET_EVENT_L4_DISCONNECTED) {
    printk("disconnected\n");
  } else if (event == NET_EVENT_L4_IPV6_CONNECTED) {
    printk("IPv6 is connected\n");
  }
}

static void on_address(struct net_mgmt_event_callback* cb, zsock_mgmt_event_t event,
                       struct net_if* iface) {
  char text[NET_IPV6_ADDR_LEN];
  int family = cb->info_length == 4 ? AF_INET : AF_INET6;

  ARG_UNUSED(iface);
  printk("%s %s\n",
         event == NET_EVENT_IPV4_ADDR_ADD || event == NET_EVENT_IPV6_ADDR_ADD ? "add" : "del",
         zsock_inet_ntop((sa_family_t)family, cb->info, text, sizeof(text)));
}

static void on_up_or_down(zsock_mgmt_event_t event, struct net_if* iface, void* info,
                          size_t info_length, void* user_data) {
  ARG_UNUSED(iface);
  ARG_UNUSED(info);
  ARG_UNUSED(info_length);
  printk("%s %s\n", (const char*)user_data, event == NET_EVENT_IF_UP ? "up" : "down");
}
NET_MGMT_REGISTER_EVENT_HANDLER(up_or_down, NET_EVENT_IF_UP | NET_EVENT_IF_DOWN, on_up_or_down,
                                "interface");

int main(int argc, char* argv[]) {
  if (argc > 1 && strcmp(argv[1], "wait") == 0) {
    uint64_t raised = 0;

    printk("too early: %d\n", net_config_init(NULL, NET_CONFIG_NEED_IPV4, 100));
    if (net_mgmt_event_wait(NET_EVENT_L4_CONNECTED, &raised, NULL, NULL, NULL, K_SECONDS(20)) ==
        0) {
      printk("waited for %d\n", raised == NET_EVENT_L4_CONNECTED);
    }
    printk("in time: %d\n", net_config_init(NULL, NET_CONFIG_NEED_IPV4, 1000));
    exit(0);
  }
  net_mgmt_init_event_callback(
      &l4_callback, on_l4,
      NET_EVENT_L4_CONNECTED | NET_EVENT_L4_DISCONNECTED | NET_EVENT_L4_IPV6_CONNECTED);
  net_mgmt_add_event_callback(&l4_callback);
  net_mgmt_init_event_callback(&address_callback, on_address,
                               NET_EVENT_IPV4_ADDR_ADD | NET_EVENT_IPV4_ADDR_DEL |
                                   NET_EVENT_IPV6_ADDR_ADD | NET_EVENT_IPV6_ADDR_DEL);
  net_mgmt_add_event_callback(&address_callback);
  conn_mgr_mon_resend_status();
  return 0; /* the handlers stay */
}
