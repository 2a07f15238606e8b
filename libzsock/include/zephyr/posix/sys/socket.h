/** \file Zephyr's own path of <sys/socket.h>. */
#include <zephyr/net/socket.h>
