/** \file The place of <zephyr/random/random.h> before Zephyr 3.1. */
#include <zephyr/random/random.h>
