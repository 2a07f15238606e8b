/** \file The place of <zephyr/posix/netdb.h> before Zephyr 3.1. */
#include <zephyr/posix/netdb.h>
