/** \file The host's name, as firmware knows it: CONFIG_NET_HOSTNAME, "zephyr" unless it is set. */
#ifndef ZEPHYR_NET_HOSTNAME_H_
#define ZEPHYR_NET_HOSTNAME_H_

#include <stddef.h>
#include <zephyr/zsock_config.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#ifdef CONFIG_NET_HOSTNAME
/* The library has a weak one as well; a program's comes first. */
extern const char* zsock_hostname;
__attribute__((__weak__)) const char* zsock_hostname = CONFIG_NET_HOSTNAME;
#endif

const char* net_hostname_get(void);
/** `len` octets of it. \return 0; -EINVAL NULL or empty; -ENOMEM longer than 63 octets */
int net_hostname_set(const char* host_name, size_t len);
/** Cut to `len` octets without a NUL at the end if there is no room for it. EINVAL: NULL */
int zsock_gethostname(char* buf, size_t len);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif /* ZEPHYR_NET_HOSTNAME_H_ */
