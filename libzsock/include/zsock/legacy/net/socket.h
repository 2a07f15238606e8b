/** \file The place of <zephyr/net/socket.h> before Zephyr 3.1. */
#include <zephyr/net/socket.h>
