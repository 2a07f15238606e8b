/** \file The place of <zephyr/sys/slist.h> before Zephyr 3.1. */
#include <zephyr/sys/slist.h>
