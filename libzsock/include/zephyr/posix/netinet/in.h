/** \file Zephyr's own path of <netinet/in.h>. */
#include <zephyr/net/socket.h>
