/** \file "host:port" in one. */
#ifndef ZEPHYR_NET_SOCKETUTILS_H_
#define ZEPHYR_NET_SOCKETUTILS_H_

#include <zephyr/net/socket.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** Where the port of "host:port" or "[address]:port" begins; NULL: it has none. */
const char* net_addr_str_find_port(const char* addr_str);
/**
 * zsock_getaddrinfo() of "host:port", "[address]:port" or "host", then with the port `def_port`.
 * \return as there; -1 and errno EINVAL: NULL, or a name too long
 */
int net_getaddrinfo_addr_str(const char* addr_str, const char* def_port,
                             const struct zsock_addrinfo* hints, struct zsock_addrinfo** res);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_SOCKETUTILS_H_ */
