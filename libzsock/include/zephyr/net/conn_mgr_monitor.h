/** \file The connection manager: it raises NET_EVENT_L4_*. */
#ifndef ZEPHYR_NET_CONN_MGR_MONITOR_H_
#define ZEPHYR_NET_CONN_MGR_MONITOR_H_

#include <zephyr/net/net_if.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** Raises NET_EVENT_L4_CONNECTED or _DISCONNECTED again, and of each family, as it is now. */
void conn_mgr_mon_resend_status(void);
/** It counts no more as a connection: NET_EVENT_L4_DISCONNECTED, if it was one. */
void conn_mgr_ignore_iface(struct net_if* iface);
void conn_mgr_watch_iface(struct net_if* iface);
bool conn_mgr_is_iface_ignored(struct net_if* iface);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_CONN_MGR_MONITOR_H_ */
