/** \file Zephyr's own path of <poll.h>. */
#include <zephyr/net/socket.h>
