/** \file Says why this header is not there. */
#error "zsock has no <zephyr/net/net_pkt.h>: packets belong to zsockd; use sockets."
