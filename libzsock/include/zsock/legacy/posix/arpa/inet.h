/** \file The place of <zephyr/posix/arpa/inet.h> before Zephyr 3.1. */
#include <zephyr/posix/arpa/inet.h>
