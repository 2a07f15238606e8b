/* The options are there before any header. */
#if !defined(CONFIG_NET_IPV4) || defined(CONFIG_NET_IPV6) || defined(CONFIG_NET_UDP) || \
    !defined(CONFIG_NET_TCP)
#error "options that are on or off by default"
#endif
#if defined(CONFIG_APP_FLAG) || CONFIG_APP_NUMBER != 5 || CONFIG_APP_LOG_LEVEL != 4
#error "the overlay, the level"
#endif
#include <string.h>
#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
LOG_MODULE_REGISTER(app, CONFIG_APP_LOG_LEVEL);

extern int zsock_connect_timeout_ms;

int main(void) {
  LOG_DBG("in the log");
  if (strcmp(CONFIG_APP_TEXT, "one; two [three] @four@ \"five\"") != 0) {
    return 1;
  }
  if (IS_ENABLED(CONFIG_NET_IPV6) || !IS_ENABLED(CONFIG_NET_IPV4)) {
    return 2;
  }
  return k_malloc(0x401) == NULL ? 0 : 3;
}
