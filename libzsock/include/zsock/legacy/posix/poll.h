/** \file The place of <zephyr/posix/poll.h> before Zephyr 3.1. */
#include <zephyr/posix/poll.h>
