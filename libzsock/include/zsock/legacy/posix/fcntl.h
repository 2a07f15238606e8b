/** \file The place of <zephyr/posix/fcntl.h> before Zephyr 3.1. */
#include <zephyr/posix/fcntl.h>
