/** \file The header of a UDP datagram (RFC 768). */
#ifndef ZEPHYR_NET_UDP_H_
#define ZEPHYR_NET_UDP_H_

#include <zephyr/net/net_core.h>
#include <zephyr/net/net_ip.h>
#include <zephyr/net/net_pkt.h>
#include <zephyr/toolchain.h>
#include <zephyr/types.h>

/** In network order. */
struct net_udp_hdr {
  uint16_t src_port;
  uint16_t dst_port;
  uint16_t len;
  uint16_t chksum;
} __packed;

#endif /* ZEPHYR_NET_UDP_H_ */
