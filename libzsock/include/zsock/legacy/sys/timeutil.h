/** \file The place of <zephyr/sys/timeutil.h> before Zephyr 3.1. */
#include <zephyr/sys/timeutil.h>
