/** \file The place of <zephyr/net/udp.h> before Zephyr 3.1. */
#include <zephyr/net/udp.h>
