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

#ifdef WITH_KCONFIG
#if CONFIG_APP_CLIENTS != 4 || defined(CONFIG_APP_EXTRA)
#error "defaults of Kconfig"
#endif
static const char greeting[] = CONFIG_APP_GREETING;
#else
static const char greeting[] = "a; b [c] = d";
#endif

/* A file of the application's, as it is and packed. */
static const unsigned char page[] = {
#include "page.inc"
};
static const unsigned char packed[] = {
#include "packed.inc"
};

extern int zsock_connect_timeout_ms;

int main(void) {
  LOG_DBG("in the log");
  if (strcmp(CONFIG_APP_TEXT, "one; two [three] @four@ \"five\"") != 0) {
    return 1;
  }
  if (IS_ENABLED(CONFIG_NET_IPV6) || !IS_ENABLED(CONFIG_NET_IPV4)) {
    return 2;
  }
  if (strcmp(greeting, "a; b [c] = d") != 0) {
    return 4;
  }
  if (sizeof(page) != 22 || memcmp(page, "Seven words, and more\n", 22) != 0) {
    return 5;
  }
  if (sizeof(packed) < 20 || packed[0] != 0x1f || packed[1] != 0x8b) {
    return 6;
  }
  return k_malloc(0x401) == NULL ? 0 : 3;
}
