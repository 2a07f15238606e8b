/* Part of applications with CONFIG_NET_CONFIG_SETTINGS: waits for the network before main(). */
#include <zephyr/init.h>
#include <zephyr/net/net_config.h>

static int wait_for_network(void) {
  return net_config_init_app(NULL, "Initializing network");
}

SYS_INIT(wait_for_network, APPLICATION, 95);
