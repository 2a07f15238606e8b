/** \file The place of <zephyr/kernel.h> before Zephyr 3.1. */
#include <zephyr/kernel.h>
