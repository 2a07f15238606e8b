/** \file
 * Events of the network. Handlers run one after the other in a thread of the library's, "net_mgmt",
 * which zsockd wakes when something has changed; what is there when the first handler is added is
 * told to it as new.
 */
#ifndef ZEPHYR_NET_NET_MGMT_H_
#define ZEPHYR_NET_NET_MGMT_H_

#include <zephyr/kernel.h>
#include <zephyr/net/net_event.h>
#include <zephyr/net/net_if.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** As wide as the version of Zephyr has it. */
#if ZSOCK_COMPAT_ZEPHYR < 40200
typedef uint32_t zsock_mgmt_event_t;
#else
typedef uint64_t zsock_mgmt_event_t;
#endif

struct net_mgmt_event_callback;
typedef void (*net_mgmt_event_handler_t)(struct net_mgmt_event_callback* cb,
                                         zsock_mgmt_event_t mgmt_event, struct net_if* iface);
typedef void (*net_mgmt_event_static_handler_t)(zsock_mgmt_event_t mgmt_event, struct net_if* iface,
                                                void* info, size_t info_length, void* user_data);

struct net_mgmt_event_callback {
  sys_snode_t node;
  net_mgmt_event_handler_t handler;
  const void* info; /**< of the event, while the handler runs */
  size_t info_length;
  __extension__ union {
    uint64_t event_mask;
    uint64_t raised_event;
  };
};

static inline void net_mgmt_init_event_callback(struct net_mgmt_event_callback* cb,
                                                net_mgmt_event_handler_t handler, uint64_t mask) {
  memset(cb, 0, sizeof(*cb));
  cb->handler = handler;
  cb->event_mask = mask;
}
/** Added twice is added once. */
void net_mgmt_add_event_callback(struct net_mgmt_event_callback* cb);
/** Its handler does not run when this returns, unless it calls this itself. */
void net_mgmt_del_event_callback(struct net_mgmt_event_callback* cb);
/** Calls the handlers of an event, soon. `info` is copied. */
void net_mgmt_event_notify_with_info(uint64_t event, struct net_if* iface, const void* info,
                                     size_t length);
static inline void net_mgmt_event_notify(uint64_t event, struct net_if* iface) {
  net_mgmt_event_notify_with_info(event, iface, NULL, 0);
}
/**
 * Waits for one of the events. \param raised, iface, info, length  may be NULL; *info is valid
 * until the next call \return 0; -ETIMEDOUT
 */
int net_mgmt_event_wait(uint64_t mask, uint64_t* raised, struct net_if** iface, const void** info,
                        size_t* length, k_timeout_t timeout);
static inline int net_mgmt_event_wait_on_iface(struct net_if* iface, uint64_t mask,
                                               uint64_t* raised, const void** info, size_t* length,
                                               k_timeout_t timeout) {
  (void)iface;
  return net_mgmt_event_wait(mask, raised, NULL, info, length, timeout);
}

/** What NET_MGMT_REGISTER_EVENT_HANDLER() makes. */
struct zsock_mgmt_static_handler {
  struct net_mgmt_event_callback callback; /* the first member */
  net_mgmt_event_static_handler_t handler;
  void* user_data;
};
void zsock_mgmt_register(struct zsock_mgmt_static_handler* handler, uint64_t mask);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

/** A handler from the program's start on. */
#define NET_MGMT_REGISTER_EVENT_HANDLER(name, mask, function, user_data_)         \
  static struct zsock_mgmt_static_handler zsock_mgmt_##name;                      \
  static void __attribute__((__constructor__)) zsock_mgmt_register_##name(void) { \
    zsock_mgmt_##name.handler = function;                                         \
    zsock_mgmt_##name.user_data = user_data_;                                     \
    zsock_mgmt_register(&zsock_mgmt_##name, mask);                                \
  }                                                                               \
  struct zsock_mgmt_static_handler

#endif /* ZEPHYR_NET_NET_MGMT_H_ */
