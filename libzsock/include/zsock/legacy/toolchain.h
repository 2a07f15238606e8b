/** \file The place of <zephyr/toolchain.h> before Zephyr 3.1. */
#include <zephyr/toolchain.h>
