/** \file The place of <zephyr/init.h> before Zephyr 3.1. */
#include <zephyr/init.h>
