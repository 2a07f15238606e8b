/** \file The place of <zephyr/posix/sys/ioctl.h> before Zephyr 3.1. */
#include <zephyr/posix/sys/ioctl.h>
