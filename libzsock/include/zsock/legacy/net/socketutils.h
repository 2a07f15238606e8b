/** \file The place of <zephyr/net/socketutils.h> before Zephyr 3.1. */
#include <zephyr/net/socketutils.h>
