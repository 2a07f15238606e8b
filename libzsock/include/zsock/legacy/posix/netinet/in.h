/** \file The place of <zephyr/posix/netinet/in.h> before Zephyr 3.1. */
#include <zephyr/posix/netinet/in.h>
