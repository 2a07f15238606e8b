/** \file Packets belong to zsockd: only their names are here, for firmware that includes this. */
#ifndef ZEPHYR_NET_NET_PKT_H_
#define ZEPHYR_NET_NET_PKT_H_

#include <zephyr/kernel.h>
#include <zephyr/net/net_core.h>
#include <zephyr/net/net_if.h>
#include <zephyr/net/net_ip.h>
#include <zephyr/net/net_linkaddr.h>
#include <zephyr/net_buf.h>

#ifdef __cplusplus
extern "C" {
#endif

struct net_pkt;

Z_MISSING(net_pkt_alloc, "packets belong to zsockd; use sockets");
#define net_pkt_alloc(...) zsock_has_no_net_pkt_alloc()
Z_MISSING(net_pkt_alloc_with_buffer, "packets belong to zsockd; use sockets");
#define net_pkt_alloc_with_buffer(...) zsock_has_no_net_pkt_alloc_with_buffer()
Z_MISSING(net_pkt_read, "packets belong to zsockd; use sockets");
#define net_pkt_read(...) zsock_has_no_net_pkt_read()
Z_MISSING(net_pkt_write, "packets belong to zsockd; use sockets");
#define net_pkt_write(...) zsock_has_no_net_pkt_write()
Z_MISSING(net_pkt_unref, "packets belong to zsockd; use sockets");
#define net_pkt_unref(...) zsock_has_no_net_pkt_unref()
Z_MISSING(net_pkt_get_info, "packets belong to zsockd; build without CONFIG_NET_BUF_POOL_USAGE");
#define net_pkt_get_info(...) zsock_has_no_net_pkt_get_info()

#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_NET_PKT_H_ */
