/** \file The place of <zephyr/net/mld.h> before Zephyr 3.1. */
#include <zephyr/net/mld.h>
