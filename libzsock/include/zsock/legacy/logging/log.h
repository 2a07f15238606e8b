/** \file The place of <zephyr/logging/log.h> before Zephyr 3.1. */
#include <zephyr/logging/log.h>
