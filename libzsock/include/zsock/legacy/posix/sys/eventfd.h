/** \file The place of <zephyr/posix/sys/eventfd.h> before Zephyr 3.1. */
#include <zephyr/posix/sys/eventfd.h>
