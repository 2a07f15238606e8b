/** \file Zephyr's own path of <arpa/inet.h>. */
#include <zephyr/net/socket.h>
