/** \file The place of <zephyr/net_buf.h> before Zephyr 4.0. */
#include <zephyr/net_buf.h>
