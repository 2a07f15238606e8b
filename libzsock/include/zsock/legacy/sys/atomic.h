/** \file The place of <zephyr/sys/atomic.h> before Zephyr 3.1. */
#include <zephyr/sys/atomic.h>
