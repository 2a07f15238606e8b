/** \file The place of <zephyr/posix/unistd.h> before Zephyr 3.1. */
#include <zephyr/posix/unistd.h>
