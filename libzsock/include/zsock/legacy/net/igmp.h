/** \file The place of <zephyr/net/igmp.h> before Zephyr 3.1. */
#include <zephyr/net/igmp.h>
