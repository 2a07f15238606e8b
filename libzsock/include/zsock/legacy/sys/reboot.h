/** \file The place of <zephyr/sys/reboot.h> before Zephyr 3.1. */
#include <zephyr/sys/reboot.h>
