/** \file The connection manager before Zephyr 3.4. */
#ifndef ZSOCK_LEGACY_NET_CONN_MGR_H_
#define ZSOCK_LEGACY_NET_CONN_MGR_H_

#include <zephyr/net/conn_mgr_monitor.h>

static inline void net_conn_mgr_resend_status(void) {
  conn_mgr_mon_resend_status();
}

#endif /* ZSOCK_LEGACY_NET_CONN_MGR_H_ */
