/** \file The place of <zephyr/net/buf.h> before Zephyr 3.1. */
#include <zephyr/net_buf.h>
