/** \file The place of <zephyr/net/hostname.h> before Zephyr 3.1. */
#include <zephyr/net/hostname.h>
