/** \file Zephyr's own path of <netinet/tcp.h>. */
#include <zephyr/net/socket.h>
