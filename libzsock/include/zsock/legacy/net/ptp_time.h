/** \file The place of <zephyr/net/ptp_time.h> before Zephyr 3.1. */
#include <zephyr/net/ptp_time.h>
