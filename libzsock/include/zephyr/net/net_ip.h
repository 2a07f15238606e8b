/** \file IP addresses and socket addresses as firmware knows them. */
#ifndef ZEPHYR_NET_NET_IP_H_
#define ZEPHYR_NET_NET_IP_H_

#include <errno.h>
#include <string.h>
#include <zephyr/net/ip/cmsg.h>
#include <zephyr/net/ip/constants.h>
#include <zephyr/net/ip/functions.h>
#include <zephyr/net/ip/ipv4.h>
#include <zephyr/net/ip/ipv6.h>
#include <zephyr/net/ip/own.h>
#include <zephyr/net/ip/types.h>
#include <zephyr/toolchain.h>
#include <zephyr/zsock_config.h>

#ifdef CONFIG_NET_NAMESPACE_COMPAT_MODE
#include <zephyr/net/net_compat.h>
#endif

#endif /* ZEPHYR_NET_NET_IP_H_ */
