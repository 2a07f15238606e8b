/** \file
 * Names and addresses: zsock_getaddrinfo() and its kin. Names are looked up in /etc/hosts, then
 * with the servers of zsockd's configuration (dns.servers).
 */
#ifndef ZEPHYR_NET_SOCKET_NETDB_H_
#define ZEPHYR_NET_SOCKET_NETDB_H_

#include <zephyr/net/dns_resolve.h>
#include <zephyr/net/net_ip.h>

#define ZSOCK_AI_PASSIVE 0x1
#define ZSOCK_AI_CANONNAME 0x2
#define ZSOCK_AI_NUMERICHOST 0x4
#define ZSOCK_AI_V4MAPPED 0x8
#define ZSOCK_AI_ALL 0x10
#define ZSOCK_AI_ADDRCONFIG 0x20
#define ZSOCK_AI_NUMERICSERV 0x400
#define ZSOCK_AI_EXTFLAGS 0x800

#define ZSOCK_NI_NUMERICHOST 1
#define ZSOCK_NI_NUMERICSERV 2
#define ZSOCK_NI_NOFQDN 4
#define ZSOCK_NI_NAMEREQD 8
#define ZSOCK_NI_DGRAM 16
#define ZSOCK_NI_MAXHOST 64

struct zsock_addrinfo {
  struct zsock_addrinfo* ai_next;
  int ai_flags;
  int ai_family;
  int ai_socktype;
  int ai_protocol;
  int ai_eflags;
  net_socklen_t ai_addrlen;
  struct net_sockaddr* ai_addr;
  char* ai_canonname;
  struct net_sockaddr _ai_addr;
  char _ai_canonname[DNS_MAX_NAME_SIZE + 1];
};

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/**
 * `host` may be "address", "address:port" or "[address]:port", too. `service` is a decimal port.
 * Without hints->ai_socktype: a stream. UNSPEC: IPv4 addresses and IPv6 ones, the best first.
 * \return 0; DNS_EAI_SYSTEM and errno EINVAL: both are NULL, ENETDOWN: no zsockd; DNS_EAI_NONAME no
 * such name, or port; DNS_EAI_NODATA no address of that family; DNS_EAI_AGAIN nobody answers within
 * CONFIG_NET_SOCKETS_DNS_TIMEOUT (2000 ms); DNS_EAI_FAIL a name with AI_NUMERICHOST, no host
 * without AI_PASSIVE, or an answer without sense; DNS_EAI_ADDRFAMILY family; DNS_EAI_SOCKTYPE;
 * DNS_EAI_MEMORY. *res is NULL then.
 */
int zsock_getaddrinfo(const char* host, const char* service, const struct zsock_addrinfo* hints,
                      struct zsock_addrinfo** res);
/** NULL is fine. */
void zsock_freeaddrinfo(struct zsock_addrinfo* ai);
/** The name of a code: "EAI_NONAME". */
const char* zsock_gai_strerror(int errcode);
/**
 * The address and the port as numbers, whatever the flags. Either text may be NULL.
 * \return 0; DNS_EAI_SYSTEM and errno: EAFNOSUPPORT, EINVAL, ENOSPC
 */
int zsock_getnameinfo(const struct net_sockaddr* addr, net_socklen_t addrlen, char* host,
                      net_socklen_t hostlen, char* serv, net_socklen_t servlen, int flags);

#ifdef CONFIG_NET_SOCKETS_DNS_TIMEOUT
/* The library has a weak one as well, of 2000; a program's comes first. */
extern int zsock_dns_timeout_ms;
__attribute__((__weak__)) int zsock_dns_timeout_ms = CONFIG_NET_SOCKETS_DNS_TIMEOUT;
#endif

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_SOCKET_NETDB_H_ */
