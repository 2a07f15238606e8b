/** \file What firmware takes from the stack's core: the names of its log, and verdicts. */
#ifndef ZEPHYR_NET_NET_CORE_H_
#define ZEPHYR_NET_NET_CORE_H_

#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>

#define NET_DBG(...) LOG_DBG(__VA_ARGS__)
#define NET_ERR(...) LOG_ERR(__VA_ARGS__)
#define NET_WARN(...) LOG_WRN(__VA_ARGS__)
#define NET_INFO(...) LOG_INF(__VA_ARGS__)
#define NET_HEXDUMP_DBG(data, length, text) LOG_HEXDUMP_DBG(data, length, text)
#define NET_HEXDUMP_ERR(data, length, text) LOG_HEXDUMP_ERR(data, length, text)
#define NET_HEXDUMP_WARN(data, length, text) LOG_HEXDUMP_WRN(data, length, text)
#define NET_HEXDUMP_INFO(data, length, text) LOG_HEXDUMP_INF(data, length, text)
#define NET_ASSERT(...) __ASSERT(__VA_ARGS__)

enum net_verdict { NET_OK, NET_CONTINUE, NET_DROP };

#endif /* ZEPHYR_NET_NET_CORE_H_ */
