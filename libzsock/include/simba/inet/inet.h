/** \file IPv4 addresses. */
#ifndef ZSOCK_SIMBA_INET_INET_H_
#define ZSOCK_SIMBA_INET_INET_H_

#ifdef _ARPA_INET_H
#error "<arpa/inet.h> has another inet_aton() and inet_ntoa(): simba programs do without it"
#endif

#include "../kernel/types.h"

#pragma GCC visibility push(default)

struct inet_ip_addr_t {
  uint32_t number; /**< in network byte order */
};

struct inet_addr_t {
  struct inet_ip_addr_t ip;
  uint16_t port; /**< in host byte order */
};

struct inet_if_ip_info_t {
  struct inet_ip_addr_t address;
  struct inet_ip_addr_t netmask;
  struct inet_ip_addr_t gateway;
};

int inet_module_init(void) SIMBA_SYMBOL(inet_module_init);
/** a.b.c.d \return 0; -EINVAL */
int inet_aton(const char* src_p, struct inet_ip_addr_t* dst_p) SIMBA_SYMBOL(inet_aton);
/** `dst_p` has room for 16 characters. */
char* inet_ntoa(const struct inet_ip_addr_t* src_p, char* dst_p) SIMBA_SYMBOL(inet_ntoa);
/** RFC 1071, in network byte order. */
uint16_t inet_checksum(void* buf_p, size_t size) SIMBA_SYMBOL(inet_checksum);

#pragma GCC visibility pop

/* The host's. */
uint16_t htons(uint16_t host);
uint16_t ntohs(uint16_t network);
uint32_t htonl(uint32_t host);
uint32_t ntohl(uint32_t network);

#endif /* ZSOCK_SIMBA_INET_INET_H_ */
