/** \file The place of <zephyr/sys/ring_buffer.h> before Zephyr 3.1. */
#include <zephyr/sys/ring_buffer.h>
