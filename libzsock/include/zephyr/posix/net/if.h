/** \file Zephyr's own path of <net/if.h>. */
#include <zephyr/net/socket.h>
