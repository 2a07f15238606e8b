/** \file Codes and sizes of name resolution, and questions whose answers come by a call. */
#ifndef ZEPHYR_NET_DNS_RESOLVE_H_
#define ZEPHYR_NET_DNS_RESOLVE_H_

#include <zephyr/net/net_ip.h>

/** Octets of a name (RFC 1035 2.3.4). */
#ifndef DNS_MAX_NAME_SIZE
#define DNS_MAX_NAME_SIZE 255
#endif

enum dns_resolve_status {
  DNS_EAI_BADFLAGS = -1,
  DNS_EAI_NONAME = -2,
  DNS_EAI_AGAIN = -3,
  DNS_EAI_FAIL = -4,
  DNS_EAI_NODATA = -5,
  DNS_EAI_FAMILY = -6,
  DNS_EAI_SOCKTYPE = -7,
  DNS_EAI_SERVICE = -8,
  DNS_EAI_ADDRFAMILY = -9,
  DNS_EAI_MEMORY = -10,
  DNS_EAI_SYSTEM = -11,
  DNS_EAI_OVERFLOW = -12,
  DNS_EAI_INPROGRESS = -100,
  DNS_EAI_CANCELED = -101,
  DNS_EAI_NOTCANCELED = -102,
  DNS_EAI_ALLDONE = -103,
  DNS_EAI_IDN_ENCODE = -105
};

enum dns_query_type { DNS_QUERY_TYPE_A = 1, DNS_QUERY_TYPE_AAAA = 28 };

struct dns_addrinfo {
  struct net_sockaddr ai_addr;
  net_socklen_t ai_addrlen;
  uint8_t ai_family;
  char ai_canonname[DNS_MAX_NAME_SIZE + 1];
};

/**
 * Called in a thread of the library's: DNS_EAI_INPROGRESS with each address, then DNS_EAI_ALLDONE
 * and NULL; or one of the other codes and NULL: DNS_EAI_CANCELED timed out or canceled,
 * DNS_EAI_NODATA, DNS_EAI_NONAME, DNS_EAI_FAIL.
 */
typedef void (*dns_resolve_cb_t)(enum dns_resolve_status status, struct dns_addrinfo* info,
                                 void* user_data);

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/**
 * Asks for the addresses of a name, and returns at once.
 * \param dns_id   becomes the number of the question; may be NULL
 * \param timeout  milliseconds; SYS_FOREVER_MS: as the resolver has it
 * \return 0; -EINVAL an argument; -EAGAIN 8 questions are open already
 */
int dns_get_addr_info(const char* query, enum dns_query_type type, uint16_t* dns_id,
                      dns_resolve_cb_t cb, void* user_data, int32_t timeout);
/** Calls the question's function with DNS_EAI_CANCELED, and no more. \return 0; -ENOENT: there is
 * no such question open */
int dns_cancel_addr_info(uint16_t dns_id);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_DNS_RESOLVE_H_ */
