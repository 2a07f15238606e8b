/** \file Waiting for the network at the start; its addresses are those of zsockd. */
#ifndef ZEPHYR_NET_NET_CONFIG_H_
#define ZEPHYR_NET_NET_CONFIG_H_

#include <zephyr/net/net_if.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define NET_CONFIG_NEED_ROUTER 0x00000001 /**< not waited for */
#define NET_CONFIG_NEED_IPV6 0x00000002
#define NET_CONFIG_NEED_IPV4 0x00000004

/**
 * Waits until zsockd can be reached and has a usable address of each family wanted.
 * \param app_info  for the log; may be NULL
 * \param timeout   milliseconds; SYS_FOREVER_MS
 * \return 0; -ETIMEDOUT
 */
int net_config_init(const char* app_info, uint32_t flags, int32_t timeout);
static inline int net_config_init_by_iface(struct net_if* iface, const char* app_info,
                                           uint32_t flags, int32_t timeout) {
  (void)iface;
  return net_config_init(app_info, flags, timeout);
}
/** Says so in the log if firmware expects an address that zsockd does not have. */
void zsock_config_check(const char* option, const char* address);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

/** As CONFIG_NET_CONFIG_* of the program say. \param device  NULL */
static inline int net_config_init_app(const void* device, const char* app_info) {
  uint32_t flags = 0;

  (void)device;
#ifdef CONFIG_NET_CONFIG_NEED_IPV4
  flags |= NET_CONFIG_NEED_IPV4;
#endif
#ifdef CONFIG_NET_CONFIG_NEED_IPV6
  flags |= NET_CONFIG_NEED_IPV6;
#endif
#ifdef CONFIG_NET_CONFIG_MY_IPV4_ADDR
  zsock_config_check("CONFIG_NET_CONFIG_MY_IPV4_ADDR", CONFIG_NET_CONFIG_MY_IPV4_ADDR);
#endif
#ifdef CONFIG_NET_CONFIG_MY_IPV6_ADDR
  zsock_config_check("CONFIG_NET_CONFIG_MY_IPV6_ADDR", CONFIG_NET_CONFIG_MY_IPV6_ADDR);
#endif
  return net_config_init(app_info, flags, CONFIG_NET_CONFIG_INIT_TIMEOUT * 1000);
}

#endif /* ZEPHYR_NET_NET_CONFIG_H_ */
