/** \file The place of <zephyr/sys/dlist.h> before Zephyr 3.1. */
#include <zephyr/sys/dlist.h>
