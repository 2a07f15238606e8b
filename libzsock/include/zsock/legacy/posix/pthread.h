/** \file The place of <zephyr/posix/pthread.h> before Zephyr 3.1. */
#include <zephyr/posix/pthread.h>
