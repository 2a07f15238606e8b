/** \file The place of <zephyr/sys/__assert.h> before Zephyr 3.1. */
#include <zephyr/sys/__assert.h>
