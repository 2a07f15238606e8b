/* What the parts of the echo server share. */
#ifndef COMMON_H
#define COMMON_H

#include <zephyr/kernel.h>
#include <zephyr/logging/log.h>
#include <zephyr/net/socket.h>

#define STACK_SIZE 1024
#if defined(CONFIG_NET_TC_THREAD_COOPERATIVE)
#define SERVER_PRIORITY K_PRIO_COOP(CONFIG_NUM_COOP_PRIORITIES - 1)
#else
#define SERVER_PRIORITY K_PRIO_PREEMPT(8)
#endif

/* Each protocol has a thread per family. */
enum family { IPV4, IPV6, FAMILIES };

/* What one direction of one protocol has carried. */
struct counters {
  atomic_t octets;
  atomic_t messages;
  atomic_t errors;
};

struct listener {
  const char* name;
  int sock;
  struct counters received;
  struct counters sent;
};

/* network.c */
int network_start(void (*up)(void), void (*down)(void));
bool network_is_up(void);

/* tcp.c */
void tcp_start(void);
void tcp_stop(void);
int tcp_clients(void);

/* udp.c */
void udp_start(void);
void udp_stop(void);

/* statistics.c */
void statistics_add(struct listener* listener);
void statistics_start(void);
void statistics_stop(void);

/* Binds an address of all interfaces; -errno */
int server_socket(enum family family, int type, int protocol, uint16_t port);

#endif
