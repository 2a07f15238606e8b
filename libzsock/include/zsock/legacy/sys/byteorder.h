/** \file The place of <zephyr/sys/byteorder.h> before Zephyr 3.1. */
#include <zephyr/sys/byteorder.h>
