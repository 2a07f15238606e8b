/** \file The place of <zephyr/net/net_pkt.h> before Zephyr 3.1. */
#include <zephyr/net/net_pkt.h>
