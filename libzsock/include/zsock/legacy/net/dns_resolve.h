/** \file The place of <zephyr/net/dns_resolve.h> before Zephyr 3.1. */
#include <zephyr/net/dns_resolve.h>
