/** \file The place of <zephyr/net/socket_service.h> below <net/>. */
#include <zephyr/net/socket_service.h>
