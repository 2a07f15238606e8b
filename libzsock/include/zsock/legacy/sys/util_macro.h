/** \file The place of <zephyr/sys/util_macro.h> before Zephyr 3.1. */
#include <zephyr/sys/util_macro.h>
