/** \file The place of <zephyr/posix/sys/time.h> before Zephyr 3.1. */
#include <zephyr/posix/sys/time.h>
