/** \file The place of <zephyr/net/net_core.h> before Zephyr 3.1. */
#include <zephyr/net/net_core.h>
