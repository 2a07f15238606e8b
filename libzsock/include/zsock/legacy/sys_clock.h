/** \file The place of <zephyr/sys_clock.h> before Zephyr 3.1. */
#include <zephyr/sys_clock.h>
