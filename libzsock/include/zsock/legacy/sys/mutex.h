/** \file The place of <zephyr/sys/mutex.h> before Zephyr 3.1. */
#include <zephyr/sys/mutex.h>
