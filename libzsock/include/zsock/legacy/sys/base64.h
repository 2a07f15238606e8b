/** \file The place of <zephyr/sys/base64.h> before Zephyr 3.1. */
#include <zephyr/sys/base64.h>
