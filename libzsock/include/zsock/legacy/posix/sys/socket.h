/** \file The place of <zephyr/posix/sys/socket.h> before Zephyr 3.1. */
#include <zephyr/posix/sys/socket.h>
