/** \file The place of <zephyr/net/dhcpv4.h> before Zephyr 3.1. */
#include <zephyr/net/dhcpv4.h>
