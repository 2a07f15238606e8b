/** \file Connecting interfaces: zsockd's is the operator's, and connected while it is up. */
#ifndef ZEPHYR_NET_CONN_MGR_CONNECTIVITY_H_
#define ZEPHYR_NET_CONN_MGR_CONNECTIVITY_H_

#include <zephyr/net/conn_mgr_monitor.h>

/** \return 0: it is up; -ENETDOWN: zsockd cannot be reached */
static inline int conn_mgr_all_if_up(bool skip_ignored) {
  (void)skip_ignored;
  return net_if_is_up(net_if_get_default()) ? 0 : -ENETDOWN;
}
/** \return 0: it is up; -ENETDOWN: zsockd cannot be reached */
static inline int conn_mgr_all_if_connect(bool skip_ignored) {
  return conn_mgr_all_if_up(skip_ignored);
}
/** \return 0: it is up; -ENETDOWN: zsockd cannot be reached */
static inline int conn_mgr_if_connect(struct net_if* iface) {
  return net_if_is_up(iface) ? 0 : -ENETDOWN;
}
/** \return 0: it is down; -ENOTSUP: it is the operator's */
static inline int conn_mgr_if_disconnect(struct net_if* iface) {
  return net_if_is_up(iface) ? -ENOTSUP : 0;
}
/** \return 0: it is down; -ENOTSUP: it is the operator's */
static inline int conn_mgr_all_if_disconnect(bool skip_ignored) {
  (void)skip_ignored;
  return conn_mgr_if_disconnect(net_if_get_default());
}
static inline int conn_mgr_all_if_down(bool skip_ignored) {
  return conn_mgr_all_if_disconnect(skip_ignored);
}

#endif /* ZEPHYR_NET_CONN_MGR_CONNECTIVITY_H_ */
