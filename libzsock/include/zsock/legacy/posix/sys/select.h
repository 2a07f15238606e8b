/** \file The place of <zephyr/posix/sys/select.h> before Zephyr 3.1. */
#include <zephyr/posix/sys/select.h>
