/** \file The place of <zephyr/sys/printk.h> before Zephyr 3.1. */
#include <zephyr/sys/printk.h>
