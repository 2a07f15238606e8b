/** \file The place of <zephyr/sys/util.h> before Zephyr 3.1. */
#include <zephyr/sys/util.h>
