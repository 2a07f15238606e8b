/** \file
 * What Kconfig's autoconf.h is in a Zephyr build: the configuration that firmware finds when it is
 * compiled for zsock. Every value can be set before (-DCONFIG_X=...); 0 switches an option off.
 */
#ifndef ZEPHYR_ZSOCK_CONFIG_H_
#define ZEPHYR_ZSOCK_CONFIG_H_

#include <zephyr/version.h>

/* What the stack has. */
#ifndef CONFIG_NETWORKING
#define CONFIG_NETWORKING 1
#elif CONFIG_NETWORKING == 0
#undef CONFIG_NETWORKING
#endif
#ifndef CONFIG_NET_IPV4
#define CONFIG_NET_IPV4 1
#elif CONFIG_NET_IPV4 == 0
#undef CONFIG_NET_IPV4
#endif
#ifndef CONFIG_NET_IPV6
#define CONFIG_NET_IPV6 1
#elif CONFIG_NET_IPV6 == 0
#undef CONFIG_NET_IPV6
#endif
#ifndef CONFIG_NET_TCP
#define CONFIG_NET_TCP 1
#elif CONFIG_NET_TCP == 0
#undef CONFIG_NET_TCP
#endif
#ifndef CONFIG_NET_UDP
#define CONFIG_NET_UDP 1
#elif CONFIG_NET_UDP == 0
#undef CONFIG_NET_UDP
#endif
#ifndef CONFIG_NET_SOCKETS
#define CONFIG_NET_SOCKETS 1
#elif CONFIG_NET_SOCKETS == 0
#undef CONFIG_NET_SOCKETS
#endif

/* The names before 4.4 (AF_INET, struct sockaddr_in, htons...) as macros: zephyr/net/net_compat.h.
 */
#ifndef CONFIG_NET_NAMESPACE_COMPAT_MODE
#define CONFIG_NET_NAMESPACE_COMPAT_MODE 1
#endif
#if CONFIG_NET_NAMESPACE_COMPAT_MODE == 0
#undef CONFIG_NET_NAMESPACE_COMPAT_MODE
#endif

/* socket(), close(), poll()...: zephyr/net/socket_posix_names.h. They need the names before 4.4. */
#ifndef CONFIG_NET_SOCKETS_POSIX_NAMES
#ifdef CONFIG_NET_NAMESPACE_COMPAT_MODE
#define CONFIG_NET_SOCKETS_POSIX_NAMES 1
#else
#define CONFIG_NET_SOCKETS_POSIX_NAMES 0
#endif
#endif
#if CONFIG_NET_SOCKETS_POSIX_NAMES == 0
#undef CONFIG_NET_SOCKETS_POSIX_NAMES
#endif

/* The shell: zephyr/shell/shell.h. */
#ifndef CONFIG_SHELL
#define CONFIG_SHELL 0
#endif
#if CONFIG_SHELL == 0
#undef CONFIG_SHELL
#endif

/* A small target's limits, at run time, too: docs/compat.md. */
#ifndef CONFIG_ZSOCK_PROFILE_ZEPHYR
#define CONFIG_ZSOCK_PROFILE_ZEPHYR 0
#endif
#if CONFIG_ZSOCK_PROFILE_ZEPHYR == 0
#undef CONFIG_ZSOCK_PROFILE_ZEPHYR
#else
#ifndef CONFIG_NET_MAX_CONTEXTS
#define CONFIG_NET_MAX_CONTEXTS 6
#endif
#ifndef CONFIG_NET_SOCKET_MAX_SEND_WAIT
#define CONFIG_NET_SOCKET_MAX_SEND_WAIT 10000
#endif
#ifndef CONFIG_NET_TCP_INIT_RETRANSMISSION_TIMEOUT
#define CONFIG_NET_TCP_INIT_RETRANSMISSION_TIMEOUT 200
#endif
#ifndef CONFIG_NET_TCP_RETRY_COUNT
#define CONFIG_NET_TCP_RETRY_COUNT 9
#endif
#ifndef CONFIG_ZVFS_OPEN_MAX
#define CONFIG_ZVFS_OPEN_MAX 16
#endif
#ifndef CONFIG_ZVFS_POLL_MAX
#define CONFIG_ZVFS_POLL_MAX 3
#endif
#endif

/* Descriptors are the host's; these only size the arrays of firmware. */
#ifndef CONFIG_ZVFS_OPEN_MAX
#define CONFIG_ZVFS_OPEN_MAX 1024
#endif
#ifndef CONFIG_POSIX_MAX_FDS
#define CONFIG_POSIX_MAX_FDS CONFIG_ZVFS_OPEN_MAX
#endif
#ifndef CONFIG_ZVFS_POLL_MAX
#define CONFIG_ZVFS_POLL_MAX 1024
#endif
#ifndef CONFIG_NET_SOCKETS_POLL_MAX
#define CONFIG_NET_SOCKETS_POLL_MAX CONFIG_ZVFS_POLL_MAX
#endif

/* Ticks only exist in k_timeout_t; the library counts the same. */
#undef CONFIG_SYS_CLOCK_TICKS_PER_SEC
#define CONFIG_SYS_CLOCK_TICKS_PER_SEC 10000

/* Priorities of threads: K_PRIO_COOP(), K_PRIO_PREEMPT(). */
#ifndef CONFIG_NUM_COOP_PRIORITIES
#define CONFIG_NUM_COOP_PRIORITIES 16
#endif
#ifndef CONFIG_NUM_PREEMPT_PRIORITIES
#define CONFIG_NUM_PREEMPT_PRIORITIES 15
#endif
#ifndef CONFIG_MAIN_THREAD_PRIORITY
#define CONFIG_MAIN_THREAD_PRIORITY 0
#endif
#ifndef CONFIG_MAIN_STACK_SIZE
#define CONFIG_MAIN_STACK_SIZE 1024
#endif
#ifndef CONFIG_SYSTEM_WORKQUEUE_STACK_SIZE
#define CONFIG_SYSTEM_WORKQUEUE_STACK_SIZE 1024
#endif
#ifndef CONFIG_SYSTEM_WORKQUEUE_PRIORITY
#define CONFIG_SYSTEM_WORKQUEUE_PRIORITY (-1)
#endif
#ifndef CONFIG_ASSERT
#define CONFIG_ASSERT 0
#endif
#if CONFIG_ASSERT == 0
#undef CONFIG_ASSERT
#endif

/* Pools of <zephyr/net_buf.h> that do not say it themselves. */
#ifndef CONFIG_NET_BUF_USER_DATA_SIZE
#define CONFIG_NET_BUF_USER_DATA_SIZE 8
#endif

/* net_config_init_app(): seconds. */
#ifndef CONFIG_NET_CONFIG_INIT_TIMEOUT
#define CONFIG_NET_CONFIG_INIT_TIMEOUT 30
#endif

/* 0: no logging at all. */
#ifndef CONFIG_LOG
#define CONFIG_LOG 1
#elif CONFIG_LOG == 0
#undef CONFIG_LOG
#endif
/* LOG_LEVEL_*: none 0, err 1, wrn 2, inf 3, dbg 4. */
#ifndef CONFIG_LOG_DEFAULT_LEVEL
#define CONFIG_LOG_DEFAULT_LEVEL 3
#endif

#endif /* ZEPHYR_ZSOCK_CONFIG_H_ */
