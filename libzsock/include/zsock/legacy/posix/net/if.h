/** \file The place of <zephyr/posix/net/if.h> before Zephyr 3.1. */
#include <zephyr/posix/net/if.h>
