/** \file The place of <zephyr/spinlock.h> before Zephyr 3.1. */
#include <zephyr/spinlock.h>
