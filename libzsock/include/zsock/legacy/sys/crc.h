/** \file The place of <zephyr/sys/crc.h> before Zephyr 3.1. */
#include <zephyr/sys/crc.h>
