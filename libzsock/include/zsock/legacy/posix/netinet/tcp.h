/** \file The place of <zephyr/posix/netinet/tcp.h> before Zephyr 3.1. */
#include <zephyr/posix/netinet/tcp.h>
